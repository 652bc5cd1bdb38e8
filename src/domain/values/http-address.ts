/**
 * Whether the text is an address of HTTP. Judged as it is parsed: an address may have spaces before it, and a tab or the
 * end of a line in its scheme.
 */
export function isHttpAddress(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}
