/** Keys by how those of well-known services begin. */
const KEY = /\b(?:sk|pk|rk|gh[opsu]|xox[abps]|AKIA|eyJ)[-_A-Za-z0-9.]{12,4096}/g;
const BEARER = /\bBearer [-\w.~+/]{8,4096}/g;

/** What names or reaches a person, or opens a door, by how it is written. */
const PATTERNS: readonly (readonly [RegExp, string])[] = [
  [/[\w.%+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}/g, '[mail address]'],
  [/(?:\/home|\/Users|[A-Za-z]:\\Users)[/\\][^\s/\\"']{1,64}/g, '[home]'],
  [KEY, '[key]'],
  [BEARER, 'Bearer [key]'],
  [/\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b/g, '[account]'],
  [/\b\d{1,3}(?:\.\d{1,3}){3}\b/g, '[address]'],
];

/** Numbers of telephones and cards, not dates; digits of ids have letters or hyphens around them. */
const LONG_NUMBER = /(?<![\w-])(?!\d{4}-\d\d-\d\d)\+?\d[\d ()/.-]{7,40}\d(?![\w-])/g;
const FEWEST_DIGITS = 9;

/** Where the first thing stands in a text that looks like a key: an index, or undefined when there is none. */
export function keyIn(text: string): number | undefined {
  const found = [KEY, BEARER].map((pattern) => text.search(pattern)).filter((index) => index >= 0);
  return found.length === 0 ? undefined : Math.min(...found);
}

/** The text without mail addresses, telephone and card numbers, keys, network addresses and home folders. */
export function withoutPersonalData(text: string): string {
  const others = PATTERNS.reduce((before, [pattern, mark]) => before.replace(pattern, mark), text);
  return others.replace(LONG_NUMBER, (found) => (found.replace(/\D/g, '').length < FEWEST_DIGITS ? found : '[number]'));
}
