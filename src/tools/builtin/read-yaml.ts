import { parseYaml } from '../../documents/parse-yaml.js';
import { MAX_DEPTH } from '../../domain/values/json.js';
import { keepsOrder } from '../../domain/values/name-order.js';
import { ContentRefused } from './content-refused.js';
import type { ReadValue } from './read-records.js';

/** The value of a YAML text, by the rules that hold for plans, but for numbers as in other data. Throws ContentRefused. */
export function readYaml(text: string): ReadValue {
  let first: string | undefined;
  let lostZero: string | undefined;
  let moved: string[] | undefined;
  const parsed = parseYaml(text, {
    maxDepth: MAX_DEPTH,
    keptDigits: (written) => (first ??= written),
    onLostZero: (written) => (lostZero ??= written),
    onNames: (names) => (moved ??= keepsOrder(names) ? undefined : names),
  });
  if (parsed.ok) return { value: parsed.value, first, moved, ...(lostZero && { warnings: [zeroLost(lostZero)] }) };
  const { line, column, problem, fix = `Correct line ${line}.` } = parsed;
  throw new ContentRefused(`it is not YAML. Line ${line}, column ${column}: ${problem}. ${fix.replace(/\.$/, '')}`);
}

function zeroLost(written: string): string {
  return `has a number that begins with 0 (${written}), which YAML reads without it. Put it in quotes to keep it.`;
}
