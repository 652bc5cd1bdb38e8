/**
 * A word as a POSIX shell reads it back unchanged, for commands that people paste. Bare when it needs no quotes.
 * Control characters cannot be pasted: check with `isPrintable` first.
 */
export function shellQuote(word: string): string {
  if (/^[\w@%+:,./-][\w@%+=:,./-]*$/.test(word)) return word;
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

export function shellCommand(words: string[]): string {
  return words.map(shellQuote).join(' ');
}
