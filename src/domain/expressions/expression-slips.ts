/** Spellings of other languages, and what JSONata has instead. */
const SLIPS: readonly (readonly [pattern: RegExp, advice: string])[] = [
  [/[=!]==/, 'write = or != to compare'],
  [/==/, 'write = to compare'],
  [/&&/, 'write and'],
  [/\|\|/, 'write or'],
  [/!(?!=)/, 'write $not(…)'],
  [/=>/, 'write function($x){ … }'],
  [/\*\*(?=\s*[\w$(])/, 'write $power(a, b)'],
  [/<>/, 'write !='],
];

/** What a person most likely meant, where an expression does not parse. */
export function slipIn(source: string): string | undefined {
  const code = source.replaceAll(/"[^"\\]*(?:\\[^][^"\\]*)*"|'[^'\\]*(?:\\[^][^'\\]*)*'|`[^`]*`|\/\*[^]*?\*\//g, ' ');
  return SLIPS.find(([pattern]) => pattern.test(code))?.[1];
}
