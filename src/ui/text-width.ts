// Latin letters, arrows and the symbols that our own views draw: one cell each.
const PLAIN = /^[\x20-\x7e\u00a1-\u02ff\u2010-\u2027\u2190-\u21ff\u23f8\u2500-\u25c1\u25c6\u25cf\u2713-\u2718]*$/;

// A character with the marks on it: what must not be torn apart. Intl.Segmenter knows more, but takes 17 ms to make and
// seconds for a long line; joined emoji, which only it can tell, do not occur in printable text.
const CLUSTER = /(?:\p{Regional_Indicator}{2}|\P{M})[\p{M}\u{1f3fb}-\u{1f3ff}]*|\p{M}+/gu;
const MARKS_ONLY = /^\p{M}+$/u;
const EMOJI = /^(\p{Emoji_Presentation}|\p{Regional_Indicator}{2})|\ufe0f/u;
// The blocks of East Asian wide and full-width characters.
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]/u;

/** Cells that printable text without colour takes on a terminal. */
export function textWidth(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let width = 0;
  for (const [cluster] of text.matchAll(CLUSTER)) width += clusterWidth(cluster);
  return width;
}

function clusterWidth(cluster: string): number {
  if (PLAIN.test(cluster)) return 1;
  if (MARKS_ONLY.test(cluster)) return 0;
  return EMOJI.test(cluster) || WIDE.test(cluster) ? 2 : 1;
}

/** The text filled up with spaces to a width. */
export function padTo(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - textWidth(text)));
}

/** As much of the text as fits, with an ellipsis where it was cut. */
export function cutTo(text: string, width: number, ellipsis = '…'): string {
  // Twelve code units are more than any common character has: anything after that cannot fit and need not be measured.
  const start = text.length > width * 12 ? text.slice(0, width * 12) : text;
  if (start === text && textWidth(text) <= width) return text;
  if (width < ellipsis.length) return '';
  const [kept = ''] = breakWord(start, width - ellipsis.length);
  return kept.trimEnd() + ellipsis;
}

/** The same from its end, with the ellipsis in front. */
export function cutBeginning(text: string, width: number, ellipsis = '…'): string {
  if (textWidth(text) <= width) return text;
  let room = width - ellipsis.length;
  const clusters = [...text.matchAll(CLUSTER)].map(([cluster]) => cluster);
  const first = clusters.findLastIndex((cluster) => (room -= clusterWidth(cluster)) < 0);
  return (
    ellipsis +
    clusters
      .slice(first + 1)
      .join('')
      .trimStart()
  );
}

/** Lines of at most `width` cells, broken at spaces, inside a word only when it is longer than a line. */
export function wrapTo(text: string, width: number): string[] {
  return text.split('\n').flatMap((line) => wrapLine(line, Math.max(2, width)));
}

/** A text and how it is painted. */
interface Item {
  text: string;
  paint?: ((text: string) => string) | undefined;
}

/** Lines of whole items, each line as full as it gets. The width is measured before painting. */
export function wrapItems(items: Item[], { width, between }: { width: number; between: string }): string[] {
  const lines: { used: number; text: string }[] = [];
  for (const { text, paint } of items) {
    const shown = paint?.(text) ?? text;
    const last = lines.at(-1);
    const used = (last?.used ?? 0) + textWidth(between) + textWidth(text);
    if (last !== undefined && used <= width) lines[lines.length - 1] = { used, text: last.text + between + shown };
    else lines.push({ used: textWidth(text), text: shown });
  }
  return lines.map(({ text }) => text);
}

function wrapLine(line: string, width: number): string[] {
  const lines: string[] = [];
  let current: string | undefined;
  let used = 0;
  for (const word of line.split(' ')) {
    const needed = textWidth(word);
    if (current !== undefined && used + 1 + needed <= width) {
      current = `${current} ${word}`;
      used += 1 + needed;
      continue;
    }
    if (current !== undefined) lines.push(current);
    const pieces = needed > width ? breakWord(word, width) : [word];
    lines.push(...pieces.slice(0, -1));
    current = pieces.at(-1) ?? '';
    used = textWidth(current);
  }
  return [...lines, current ?? ''];
}

function breakWord(word: string, width: number): string[] {
  const pieces: string[] = [];
  let start = 0;
  let used = 0;
  for (const match of word.matchAll(CLUSTER)) {
    const next = clusterWidth(match[0]);
    if (used + next > width && (match.index > start || width < next)) {
      pieces.push(word.slice(start, match.index));
      start = match.index;
      used = 0;
    }
    used += next;
  }
  return [...pieces, word.slice(start)];
}
