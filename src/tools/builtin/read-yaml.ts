import { parseYaml } from '../../documents/parse-yaml.js';
import { MAX_DEPTH } from '../../domain/values/json.js';
import type { KeptDigits } from '../../domain/values/whole-numbers.js';
import { ContentRefused } from './content-refused.js';

/** The value of a YAML text, by the rules that hold for plans, but for numbers as in other data. Throws ContentRefused. */
export function readYaml(text: string): KeptDigits {
  let first: string | undefined;
  const parsed = parseYaml(text, { maxDepth: MAX_DEPTH, keptDigits: (written) => (first ??= written) });
  if (parsed.ok) return { value: parsed.value, first };
  const { line, column, problem, fix = `Correct line ${line}.` } = parsed;
  throw new ContentRefused(`it is not YAML. Line ${line}, column ${column}: ${problem}. ${fix.replace(/\.$/, '')}`);
}
