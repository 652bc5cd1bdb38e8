import { oneLine, printable } from '../../domain/values/printable.js';

/**
 * A text of others on one line, as Markdown that shows it letter by letter: no link, picture, mention or markup in it
 * counts. Inside of `<code>`, GitHub looks for no mentions.
 */
export function inlineText(text: string): string {
  const shown = oneLine(text);
  return shown === '' ? '' : `<code>${shown.replaceAll(/[!-/:-@[-`{-~]/g, numbered)}</code>`;
}

/** The same on as many lines as it has. */
export function blockText(text: string): string {
  return `<pre>\n${printable(text).trimEnd().replaceAll(/[&<>]/g, numbered)}\n</pre>`;
}

function numbered(character: string): string {
  return `&#${character.codePointAt(0)};`;
}

/** A table; its cells are Markdown on one line. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
