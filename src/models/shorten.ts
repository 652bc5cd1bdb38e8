import { cutText } from '../domain/values/cut-text.js';
import { oneLine } from '../domain/values/printable.js';

/** One printable line of at most 300 characters, for messages. */
export function shorten(text: string): string {
  return cutText(oneLine(text), 300);
}
