import { errnoOf } from '../../domain/errors.js';
import { cutText } from '../../domain/values/cut-text.js';
import { describeThrown } from '../../domain/values/thrown.js';
import { ServerFault, ServerRefusal } from './server-fault.js';

const MOST_WORDS = 300;

/** Number of an error that no server sends: its answer was cut off. */
export const CUT = -32_999;

/** Of what a request can be rejected with: the fault of the server. Told apart by codes, as the package documents. */
export function faultOf(error: unknown): ServerFault | ServerRefusal {
  const own = chainOf(error).find((each) => each instanceof ServerFault || each instanceof ServerRefusal);
  if (own !== undefined) return own;
  if (!(error instanceof Error)) return new ServerFault('unusable', describeThrown(error));
  // Of whoever may not do that, the package tells by a class of its own, without the status.
  if ('requiredScope' in error) return faultOfStatus(403, error.message);
  const status = statusOf(error);
  if (status !== undefined) return faultOfStatus(status, textOf(error));
  const code: unknown = 'code' in error ? error.code : undefined;
  if (code === CUT) return new ServerFault('gone', error.message);
  if (typeof code === 'number') {
    return new ServerRefusal(error.message, { code, data: 'data' in error ? error.data : undefined });
  }
  const unreached = unreachedCause(error);
  if (unreached !== undefined) return new ServerFault('unreached', `it cannot be reached: ${unreached}`);
  switch (code) {
    case 'REQUEST_TIMEOUT':
      return new ServerFault('silent', 'it did not answer in time');
    case 'INVALID_RESULT':
    case 'UNSUPPORTED_RESULT_TYPE':
    case 'ERA_NEGOTIATION_FAILED':
    case 'CLIENT_HTTP_UNEXPECTED_CONTENT':
      return new ServerFault('unusable', `it answered with something that cannot be used: ${words(error.message)}`);
    default:
      return new ServerFault('gone', `the connection broke: ${words(describeThrown(error))}`);
  }
}

function statusOf(error: Error): number | undefined {
  return 'status' in error && typeof error.status === 'number' ? error.status : undefined;
}

/** Of an answer over HTTP that is an error; `text` is what it says. */
export function faultOfStatus(status: number, text: string): ServerFault {
  const said = text.trim() === '' ? '' : `: ${words(text)}`;
  const message = `it answered with status ${status}${said}`;
  if (status === 401 || status === 403) return new ServerFault('unauthorized', message);
  if (status === 404) return new ServerFault('lost', message);
  const isBusy = status === 408 || status === 425 || status === 429 || status >= 500;
  return isBusy ? new ServerFault('busy', message, { isNotDone: status < 500 }) : new ServerFault('refused', message);
}

function textOf(error: Error): string {
  const data: unknown = 'data' in error ? error.data : undefined;
  const text: unknown = typeof data === 'object' && data !== null && 'text' in data ? data.text : undefined;
  return typeof text === 'string' ? text : '';
}

const words = (text: string): string => cutText(text.replaceAll(/\s+/g, ' ').trim(), MOST_WORDS);

/** Faults after which nothing was sent. */
const NOT_CONNECTED = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** Why no connection came about; undefined when there was one. */
function unreachedCause(error: Error): string | undefined {
  const cause = chainOf(error).find((each) => NOT_CONNECTED.has(errnoOf(each) ?? ''));
  if (cause === undefined) return undefined;
  // Where several addresses were tried, the message is empty.
  return cause instanceof Error && cause.message !== '' ? cause.message : errnoOf(cause);
}

/** The error, and what caused it. */
function chainOf(error: unknown): unknown[] {
  const chain: unknown[] = [];
  for (let each = error; each instanceof Error && chain.length < 8; each = each.cause) chain.push(each);
  return chain.length === 0 ? [error] : chain;
}
