import { portiaTyped } from '../domain/next-step.js';
import { assertNever, PortiaError, type ErrorDetails } from '../domain/errors.js';
import { isJsonObject, jsonOf } from '../domain/values/json.js';
import { shorten, unusable } from './chat-protocol.js';
import { codeOf, isNoTls, isQuotaUsedUp, isTlsError, type Fault } from './faults.js';
import { FormatRejected } from './model.js';
import { isLoopback } from './providers.js';
import { shellQuote } from '../domain/values/shell-quote.js';

/** Who was asked, as far as an error message may say. */
export interface AskedEndpoint {
  /** `provider/name` of the model. */
  modelId: string;
  modelName: string;
  baseUrl: string;
  apiKey: string | undefined;
  /** Variable that the key came from or would come from. */
  keyName: string | undefined;
}

interface FaultContext {
  /** How often the request was sent. */
  attempts: number;
  /** Whether the request asked for a response format. */
  hasFormat: boolean;
  retryAfterMs: number | undefined;
}

type StatusFault = Extract<Fault, { kind: 'status' }>;

/** The fault as the error that the caller of a model gets. Never shows more of the key than its last 4 characters. */
export function faultToError(fault: Fault, asked: AskedEndpoint, context: FaultContext): PortiaError | FormatRejected {
  switch (fault.kind) {
    case 'network':
      return networkError(fault.error, asked, context);
    case 'stalled': {
      const why = `Nothing came for ${fault.idleMs / 1000} s from ${asked.baseUrl}${tries(context.attempts)}.`;
      return stopped('timed-out', asked.modelId, why);
    }
    case 'cut': {
      const why = `The stream of ${asked.baseUrl} ended too early${tries(context.attempts)}.`;
      return stopped('unavailable', asked.modelId, why);
    }
    case 'too-long':
      return unusable(asked.modelId, `It is longer than ${fault.maxBytes} bytes.`);
    case 'status':
      return statusError(fault, asked, context);
    default:
      return assertNever(fault);
  }
}

function stopped(code: 'timed-out' | 'unavailable', modelId: string, why: string): PortiaError {
  const message = `${modelId} stopped in the middle of its reply.`;
  return new PortiaError(code, message, { why, fix: 'Try again later.', retryable: true });
}

function networkError(error: unknown, asked: AskedEndpoint, { attempts }: FaultContext): PortiaError {
  const code = codeOf(error) ?? (error instanceof Error ? error.message : String(error));
  const explained = isTlsError(error) ? explainTls(error) : explainCode(code);
  const details = { why: `${explained} (${asked.baseUrl}, ${code})${tries(attempts)}.`, cause: error };
  if (isTlsError(error)) {
    const fix = isNoTls(error) ? fixNoTls(asked) : 'export NODE_EXTRA_CA_CERTS=/path/to/your-ca.pem';
    return new PortiaError('unavailable', `There is no safe connection to ${asked.modelId}.`, {
      ...details,
      fix,
      retryable: false,
    });
  }
  return new PortiaError('unavailable', `${asked.modelId} cannot be reached.`, {
    ...details,
    fix: `${listModels(asked)}\nStart the server, or correct --base-url.`,
    retryable: true,
  });
}

// Elsewhere than on this machine, http would show the key to everybody on the way.
function fixNoTls({ baseUrl }: AskedEndpoint): string {
  if (!isLoopback(baseUrl)) return 'Check the host and the port in --base-url.';
  return `--base-url ${shellQuote(baseUrl.replace(/^https:/, 'http:'))}`;
}

function explainTls(error: unknown): string {
  return isNoTls(error)
    ? 'The server does not encrypt at this address'
    : 'The certificate of the server is not trusted';
}

function explainCode(code: string): string {
  if (code === 'ECONNREFUSED') return 'Nothing listens at this address';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'The name of the server is not known';
  if (code === 'ECONNRESET') return 'The server closed the connection';
  if (code.startsWith('HPE_')) return 'The server does not speak HTTP';
  return 'The network failed';
}

function statusError(fault: StatusFault, asked: AskedEndpoint, context: FaultContext): PortiaError | FormatRejected {
  const { status } = fault;
  const said = hideKey(readMessage(fault.body), asked.apiKey);
  const why = `${asked.baseUrl} answered ${status}${said === '' ? '' : `: ${said}`}${tries(context.attempts)}.`;
  if (context.hasFormat && isFormatProblem(status, said)) return new FormatRejected(why);
  if (status === 401 || status === 403) return keyError(why, asked);
  if (status === 402) return noCredit(asked, { why, retryable: false });
  if (status === 429) return rateLimited(fault, asked, { why, retryAfterMs: context.retryAfterMs });
  if (status >= 300 && status < 400) return redirected(fault, asked);
  if (status === 404 || (status === 400 && isModelProblem(fault.body))) return modelMissing(why, asked);
  if ([408, 409].includes(status) || status >= 500) {
    const { retryAfterMs } = context;
    const fix = retryAfterMs === undefined ? 'Try again later.' : `Try again in ${tellTime(retryAfterMs)}.`;
    return new PortiaError('unavailable', `${asked.modelId} does not work at the moment.`, {
      why,
      fix,
      retryable: true,
      retryAfterMs,
    });
  }
  return notTaken(why, asked, status === 413 || TOO_LONG.test(said));
}

const TOO_LONG = /context.?(length|window|size)|too (long|large|many tokens)|maximum.{0,40}tokens/i;

/** The same request is answered the same each time: nobody needs to ask again before something is changed. */
function notTaken(why: string, asked: AskedEndpoint, isTooLong: boolean): PortiaError {
  if (isTooLong) {
    return new PortiaError('invalid-input', `The request is too long for ${asked.modelId}.`, {
      why,
      fix: 'Shorten the request or its inputs, or use a model that takes more: --model provider/name',
      retryable: false,
    });
  }
  return new PortiaError('invalid-settings', `${asked.modelId} did not take the request.`, {
    why,
    fix: fixAddress(asked),
    retryable: false,
  });
}

function keyError(why: string, { modelId, apiKey, keyName }: AskedEndpoint): PortiaError {
  const fix =
    keyName === undefined
      ? portiaTyped('run', '--api-key-env NAME_OF_YOUR_VARIABLE …')
      : `export ${keyName}=<your key>`;
  const what = apiKey === undefined ? `${modelId} needs a key.` : `${modelId} rejected the key ${tellKey(apiKey)}.`;
  return new PortiaError('key-rejected', what, { why, fix, retryable: false });
}

/** Enough of a key to recognise it, never enough to use it. */
function tellKey(key: string): string {
  return key.length < 12 ? '(too short to show a part of it)' : `ending in …${key.slice(-4)}`;
}

function rateLimited(fault: StatusFault, asked: AskedEndpoint, details: ErrorDetails): PortiaError {
  if (isQuotaUsedUp(fault)) return noCredit(asked, { ...details, retryable: false });
  const { retryAfterMs } = details;
  return new PortiaError('rate-limited', `${asked.modelId} takes no more requests at the moment.`, {
    ...details,
    fix: retryAfterMs === undefined ? 'Try again in a minute.' : `Try again in ${tellTime(retryAfterMs)}.`,
    retryable: true,
  });
}

function noCredit(asked: AskedEndpoint, details: ErrorDetails): PortiaError {
  return new PortiaError('rate-limited', `The account at ${asked.modelId} has no credit left.`, {
    ...details,
    fix: 'Add credit at the provider, or use another model: --model provider/name',
  });
}

function redirected(fault: StatusFault, asked: AskedEndpoint): PortiaError {
  const target = fault.headers.get('location') ?? 'another address';
  return new PortiaError('no-model', `${asked.baseUrl} is not the address of a model.`, {
    why: `It answered ${fault.status} and points to ${shorten(target)}; a key is never sent on to another address.`,
    fix: 'Give the final address: --base-url https://…/v1',
    retryable: false,
  });
}

/** Something answers at the base URL, and it is not a model. */
export function noModelThere(asked: AskedEndpoint, answer: string): PortiaError {
  return new PortiaError('no-model', `${asked.baseUrl} is not the address of a model.`, {
    why: `It answered with ${answer} instead of a chat completion.`,
    fix: fixAddress(asked),
    retryable: false,
  });
}

function fixAddress(asked: AskedEndpoint): string {
  return `Check --model and --base-url (most base URLs end in /v1); list the models:\n${listModels(asked)}`;
}

function modelMissing(why: string, asked: AskedEndpoint): PortiaError {
  const local = asked.modelId.startsWith('ollama/') ? `ollama pull ${shellQuote(asked.modelName)}\n` : '';
  return new PortiaError('no-model', `There is no model ${asked.modelName} at ${asked.baseUrl}.`, {
    why,
    fix: `${local}${fixAddress(asked)}`,
    retryable: false,
  });
}

const FORMAT_WORDS =
  /response_?format|json_?schema|json_?object|json_validate_failed|json mode|structured.?output|guided|grammar|invalid schema/i;

// An answer without a reason is taken as one about the format, because the next rung asks without it.
function isFormatProblem(status: number, said: string): boolean {
  return [400, 415, 422, 500, 501].includes(status) && (FORMAT_WORDS.test(said) || (said === '' && status < 500));
}

function isModelProblem(body: string): boolean {
  return /model_not_found|invalid model|unknown model|model .{0,80}(does not exist|not found)/i.test(body);
}

/** What an error body says, whatever its shape; one line, or empty. */
function readMessage(body: string): string {
  const trimmed = body.trim();
  if (trimmed.startsWith('<')) return 'an HTML page';
  const json = jsonOf(trimmed);
  const parsed = json === undefined ? trimmed : json;
  const candidates: unknown[] = [parsed];
  if (isJsonObject(parsed)) candidates.push(parsed['message'], parsed['detail'], parsed['error']);
  if (isJsonObject(parsed) && isJsonObject(parsed['error'])) candidates.push(parsed['error']['message']);
  const text = candidates.findLast((candidate) => typeof candidate === 'string');
  if (typeof text === 'string') return shorten(text).replace(/\.$/, '');
  return isJsonObject(parsed) && Object.keys(parsed).length > 0 ? shorten(trimmed) : '';
}

function listModels({ baseUrl }: AskedEndpoint): string {
  return `curl ${shellQuote(`${baseUrl}/models`)}`;
}

// Endpoints repeat the key that they reject: whole, or its two ends with stars between.
function hideKey(text: string, key: string | undefined): string {
  if (key === undefined || key.length < 4) return text;
  const whole = text.replaceAll(key, tellKey(key));
  if (key.length < 12) return whole;
  const beginning = key.slice(0, 8).replace(/[^A-Za-z0-9]/g, '\\$&');
  return whole.replace(new RegExp(`${beginning}\\S*`, 'g'), tellKey(key));
}

function tries(attempts: number): string {
  return attempts > 1 ? `, ${attempts} times` : '';
}

function tellTime(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  return seconds < 120 ? `${seconds} s` : `${Math.ceil(seconds / 60)} minutes`;
}
