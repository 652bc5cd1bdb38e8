/**
 * A word as a POSIX shell reads it back unchanged, for commands that people paste. Bare when it needs no quotes.
 * Control characters cannot be pasted: who may hold some is to be made visible first.
 */
export function shellQuote(word: string): string {
  // A word that begins with = is the path of a command in some shells.
  if (/^[\w@%+:,./-][\w@%+=:,./-]*$/.test(word)) return word;
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

export function shellCommand(words: string[]): string {
  return words.map(shellQuote).join(' ');
}
