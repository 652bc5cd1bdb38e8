/** Says of each position whether it is in a code block that is closed. Positions must be asked in rising order. */
export function codeFinder(text: string): (position: number) => boolean {
  const blocks: { start: number; end: number }[] = [];
  let start: number | undefined;
  for (const { 1: language, index } of text.matchAll(/^ {0,3}```([^`\n]*)$/gm)) {
    if (start === undefined || language?.trim() !== '') start = index;
    else {
      blocks.push({ start, end: index });
      start = undefined;
    }
  }
  let next = 0;
  return (position) => {
    while ((blocks[next]?.end ?? Infinity) < position) next += 1;
    return (blocks[next]?.start ?? Infinity) < position;
  };
}

/** Whether what stands there is quoted: a text is about it. */
export function isQuoted(text: string, { start, end }: { start: number; end: number }): boolean {
  return /[`"'“‘«]/.test(text.charAt(start - 1)) && /[`"'”’»]/.test(text.charAt(end));
}

/** Whether what stands there is a word of a sentence: a text is about it. */
export function isInSentence(text: string, { start, end }: { start: number; end: number }): boolean {
  return /[\p{L}\p{N},] $/u.test(text.slice(Math.max(0, start - 3), start)) && /[ .,;:)]/.test(text.charAt(end));
}
