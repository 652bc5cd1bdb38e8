// Made when it is first needed: it takes 10 ms, and most texts are plain.
let segmenter: Intl.Segmenter | undefined;

function segmentsOf(text: string): Intl.Segments {
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  return segmenter.segment(text);
}

// Latin letters, arrows and the symbols that our own views draw: one cell each.
const PLAIN = /^[\x20-\x7e\u00a1-\u02ff\u2010-\u2027\u2190-\u21ff\u23f8\u2500-\u25c1\u25c6\u25cf\u2713-\u2718]*$/;
const MARKS_ONLY = /^[\p{M}\u200b-\u200d\ufe0e\ufe0f]+$/u;
const EMOJI = /^(\p{Emoji_Presentation}|\p{Regional_Indicator}{2})|\ufe0f/u;
// The blocks of East Asian wide and full-width characters.
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]/u;

/** Cells that printable text without colour takes on a terminal. */
export function textWidth(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let width = 0;
  for (const { segment } of segmentsOf(text)) width += graphemeWidth(segment);
  return width;
}

function graphemeWidth(grapheme: string): number {
  if (MARKS_ONLY.test(grapheme)) return 0;
  return EMOJI.test(grapheme) || WIDE.test(grapheme) ? 2 : 1;
}

/** The text filled up with spaces to a width. */
export function padTo(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - textWidth(text)));
}

/** As much of the text as fits, with an ellipsis where it was cut. */
export function cutTo(text: string, width: number, ellipsis = '…'): string {
  // Twelve code units are more than any common grapheme has: what lies behind cannot fit and need not be measured.
  const start = text.length > width * 12 ? text.slice(0, width * 12) : text;
  if (start === text && textWidth(text) <= width) return text;
  let kept = '';
  let used = 0;
  for (const { segment } of segmentsOf(start)) {
    const next = used + graphemeWidth(segment);
    if (next > width - ellipsis.length) break;
    kept += segment;
    used = next;
  }
  return width < ellipsis.length ? '' : kept.trimEnd() + ellipsis;
}

/** Lines of at most `width` cells, broken at spaces, inside a word only when it is longer than a line. */
export function wrapTo(text: string, width: number): string[] {
  return text.split('\n').flatMap((line) => wrapLine(line, Math.max(1, width)));
}

function wrapLine(line: string, width: number): string[] {
  const lines: string[] = [];
  let current = '';
  for (const word of line.split(' ')) {
    const joined = current === '' ? word : `${current} ${word}`;
    if (textWidth(joined) <= width) {
      current = joined;
      continue;
    }
    if (current !== '') lines.push(current);
    const pieces = breakWord(word, width);
    lines.push(...pieces.slice(0, -1));
    current = pieces.at(-1) ?? '';
  }
  return [...lines, current];
}

function breakWord(word: string, width: number): string[] {
  if (textWidth(word) <= width) return [word];
  const pieces: string[] = [];
  let piece = '';
  let used = 0;
  for (const { segment } of segmentsOf(word)) {
    const next = graphemeWidth(segment);
    if (used + next > width && piece !== '') {
      pieces.push(piece);
      piece = '';
      used = 0;
    }
    piece += segment;
    used += next;
  }
  return [...pieces, piece];
}
