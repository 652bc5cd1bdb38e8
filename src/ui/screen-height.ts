import { stripVTControlCharacters } from 'node:util';

import type { OutputStream } from './streams.js';
import { textWidth } from './text-width.js';

/** Lines of a terminal that does not say how many it has. */
export const USUAL_ROWS = 24;

/** Whether a terminal shows the text at once, with a line for what is typed next. */
export function fitsOnScreen(text: string, { columns, rows }: Pick<OutputStream, 'columns' | 'rows'>): boolean {
  const most = (rows ?? USUAL_ROWS) - 1;
  let used = 0;
  for (const line of text.replace(/\n$/, '').split('\n')) {
    used += Math.max(1, Math.ceil(textWidth(stripVTControlCharacters(line)) / columns));
    if (used > most) return false;
  }
  return true;
}
