/** Spellings of other languages, and what JSONata has instead. */
const SLIPS: readonly (readonly [pattern: RegExp, advice: string])[] = [
  [/[=!]==/, 'write = or != to compare'],
  [/==/, 'write = to compare'],
  [/=~|!~/, 'write $contains($text, /…/)'],
  [/&&|\bAND\b/, 'write and'],
  [/\|\||\bOR\b/, 'write or'],
  [/!(?!=)|\bnot\s+[\w$(]|\bNOT\b/, 'write $not(…)'],
  [/=>|\blambda\b/, 'write function($x){ … }'],
  [/\*\*(?=\s*[\w$(])|\^\s*[\w$]/, 'write $power(a, b)'],
  [/<>/, 'write !='],
  [/[-+*/]=|\+\+/, 'write what the new value is, as in $n + 1: an expression changes no value'],
  [/\sis\s/, 'write = to compare, and $exists(…) to ask whether there is a value'],
  [/\smod\s/, 'write %'],
  [/\sdiv\s/, 'write $floor(a / b)'],
  [/\s(?:like|contains)\s/i, 'write $contains($text, "part")'],
  [/\bif\b|\belse\b/, 'write condition ? a : b'],
  [/\?\./, 'write . alone: a field that is not there is nothing'],
  [/\[\s*-?\d*\s*:\s*-?\d*\s*\]/, 'write the indices as a list: [[0..2]]'],
  [/^[^[]*\.\./, 'write brackets around it: [1..3]'],
];

/** Values by the names that other languages give them. */
const VALUES = new Map([
  ...['True', 'TRUE'].map((name) => [name, 'true'] as const),
  ...['False', 'FALSE'].map((name) => [name, 'false'] as const),
  ...['None', 'Null', 'NULL', 'nil', 'undefined'].map((name) => [name, 'null'] as const),
]);

/** What a person most likely meant, where an expression does not parse. */
export function slipIn(source: string): string | undefined {
  const code = source.replaceAll(/"[^"\\]*(?:\\[^][^"\\]*)*"|'[^'\\]*(?:\\[^][^'\\]*)*'|`[^`]*`|\/\*[^]*?\*\//g, ' ');
  return SLIPS.find(([pattern]) => pattern.test(code))?.[1];
}

/** The same for a name that parses as a field. */
export function slipInField(name: string): string | undefined {
  if (name === '') return 'write a name between the backticks, as in `unit price`';
  if (/[“”„‘’«»]/.test(name)) return `write straight quotes, as in "text": ${name} has others`;
  const value = VALUES.get(name);
  return value === undefined ? undefined : `write ${value} instead of ${name}`;
}
