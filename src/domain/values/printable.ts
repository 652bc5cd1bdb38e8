// Cf has the bidi controls, zero-width and tag characters; its few visible members (Arabic number signs) are let through.
// Beside it: C0 but newline and tab, DEL and C1, line separators, fillers that look like nothing, and selectors of glyph
// variants in numbers, in which text can hide.
const HIDDEN =
  /(?![\u0600-\u0605\u06dd\u08e2])[\p{Cf}\p{Cs}\p{Zl}\p{Zp}]|[\0-\x08\x0b-\x1f\x7f-\x9f\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\uffa0\ufe00-\ufe0d\u{e0000}-\u{e0fff}]|(?<=[\ufe0e\ufe0f])[\ufe0e\ufe0f]/gu;

/**
 * Text from anywhere (a model, a tool, a file, a flag) as it may reach a terminal: every character that acts or hides is
 * shown as `\u{1b}`. Newlines and tabs stay.
 */
export function printable(text: string): string {
  return escapeHidden(text, (shown) => shown);
}

/** The same, with each such character as `mark` shows it. */
export function escapeHidden(text: string, mark: (shown: string) => string): string {
  return text.replace(HIDDEN, (character) => mark(escapeCharacter(character)));
}

/** The same on one line: every run of white space becomes one space. */
export function oneLine(text: string): string {
  return printable(text.replace(/[\s\u0085]+/gu, ' ').trim());
}

/** Whether the text can be shown and pasted as it is. */
export function isPrintable(text: string): boolean {
  return text.search(HIDDEN) === -1;
}

function escapeCharacter(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
