import { parseYaml } from '../../documents/parse-yaml.js';
import { MAX_DEPTH, type Json } from '../../domain/values/json.js';
import { ContentRefused } from './content-refused.js';

/** The value of a YAML text, by the rules that hold for plans. Throws ContentRefused. */
export function readYaml(text: string): Json {
  const parsed = parseYaml(text, { maxDepth: MAX_DEPTH });
  if (parsed.ok) return parsed.value;
  const { line, column, problem, fix = `Correct line ${line}.` } = parsed;
  throw new ContentRefused(`it is not YAML. Line ${line}, column ${column}: ${problem}. ${fix.replace(/\.$/, '')}`);
}
