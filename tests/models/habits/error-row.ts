import { answer, raw } from '../fault-server.js';
import type { Habit } from './habit.js';

/** An error in OpenAI's form. */
export const openai = (message: string, more: object = {}): object => ({
  error: { message, type: 'invalid_request_error', param: null, code: null, ...more },
});
export const google = (code: number, message: string, more: object = {}): object => [
  { error: { code, message, ...more } },
];
export const page = (title: string): string =>
  `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n</body>\r\n</html>`;

/** An answer that is always the same, and the code, reason and advice that it leads to. */
export type ErrorRow = [
  server: string,
  does: string,
  status: number,
  body: object | string,
  code: string,
  why: RegExp,
  fix?: RegExp,
];

/** Asked for again, unless the row says "for good". */
const RETRIED = new Set(['unavailable', 'rate-limited']);

export function errorHabit([server, does, status, body, code, why, fix]: ErrorRow): Habit {
  const requests = RETRIED.has(code) && !does.endsWith('for good') ? 4 : 1;
  const sent = typeof body === 'string' ? raw(body, 'text/html', status) : answer(body, status);
  return { server, does, answers: [sent], expected: { code, why, ...(fix && { fix }), requests } };
}
