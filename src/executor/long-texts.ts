import type { EventBody } from '../domain/run/events.js';
import { cutText } from '../domain/values/cut-text.js';

/** Characters of a message, a reason or a summary. A tool or a program may give any number. */
const MOST = 64 * 1024;

/** The beginning of a text that says how something went. */
export function cutLong(text: string): string {
  return cutText(text, MOST);
}

/** The event with its message, reason and error cut to what an event can carry: values are kept aside, these are not. */
export function withoutLongTexts(body: EventBody): EventBody {
  if ('message' in body && body.message.length > MOST) return { ...body, message: cutLong(body.message) };
  if ('error' in body && body.error !== undefined && body.error.message.length > MOST) {
    return { ...body, error: { ...body.error, message: cutLong(body.error.message) } };
  }
  if (body.type === 'step.skipped' || body.type === 'condition.evaluated' || body.type === 'run.cancelled') {
    return body.reason.length > MOST ? { ...body, reason: cutLong(body.reason) } : body;
  }
  return body;
}
