import { cutText } from '../domain/values/cut-text.js';

/** More of a name is not shown. */
const MAX_LENGTH = 100;

/** The name as JSON text with everything but ASCII escaped, so that look-alike letters can be told apart. */
export function spellOut(name: string): string {
  const shown = cutText(name, MAX_LENGTH);
  return JSON.stringify(shown).replace(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
