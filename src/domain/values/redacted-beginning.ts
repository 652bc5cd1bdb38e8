/** The beginning of a text of which more comes. */
export interface Beginning {
  /** Without secrets, whatever follows. */
  text: string;
  /** As it came: perhaps a secret begins in it. */
  rest: string;
}

/** Where a text can be divided so that no spelling is torn apart, whatever follows it. */
export function safeEnd(text: string, spellings: ReadonlyMap<string, unknown>, found: RegExp): number {
  const end = text.length - longestOpenEnd(text, [...spellings.keys()]);
  for (const match of text.matchAll(found)) {
    if (match.index < end && match.index + match[0].length > end) return match.index;
  }
  return end;
}

/** Characters at the end of a text with which a longer spelling begins. */
function longestOpenEnd(text: string, spellings: readonly string[]): number {
  const longest = spellings.reduce((most, { length }) => Math.max(most, length), 0);
  for (let at = Math.max(0, text.length - longest); at < text.length; at += 1) {
    const tail = text.slice(at);
    if (spellings.some((spelling) => spelling.length > tail.length && spelling.startsWith(tail))) return tail.length;
  }
  return 0;
}
