import { VARIABLE_NAME } from '../../domain/environment.js';
import { portiaTyped } from '../../domain/next-step.js';
import { assertNever, PortiaError, type ErrorDetails } from '../../domain/errors.js';
import { adviceFor } from './server-advice.js';
import type { Verdict } from './verdict.js';
import { codeOf, isNoTls, isTlsError, type Fault, type StatusFault } from './faults.js';
import { FormatRejected } from '../model.js';
import { modelsUrl } from '../providers/base-url.js';
import { isLoopback } from '../providers/providers.js';
import { shellQuote } from '../../domain/values/shell-quote.js';
import { shorten } from '../shorten.js';
import { broken, unusable } from '../unusable-reply.js';

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
  /** Whether the request showed images. */
  hasImages: boolean;
  retryAfterMs: number | undefined;
}

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
  const { status, said, verdict } = fault;
  const words = hideKey(said.words, asked.apiKey);
  const why = `${asked.baseUrl} answered ${status}${words === '' ? '' : `: ${words}`}${tries(context.attempts)}.`;
  if (verdict === 'no-images') return imageRefused(why, asked);
  if (context.hasFormat && mayBeFormat(fault)) return new FormatRejected(why);
  const { retryAfterMs } = context;
  switch (verdict) {
    case 'key':
      return keyError(why, asked);
    case 'blocked':
      return blocked(why, asked);
    case 'no-credit':
      return noCredit(why, asked);
    case 'rate-limit':
      return rateLimited(asked, { why, retryAfterMs });
    case 'moved':
      return redirected(fault, asked);
    case 'no-model':
      return modelMissing(why, asked, words);
    case 'filtered':
      return filtered(why, asked);
    case 'bad-output':
      return broken(asked.modelId, why);
    case 'too-long':
      return tooLong(why, asked, words);
    case 'down':
      return down(asked, { why, retryAfterMs });
    case 'no-tools':
    case 'refused':
      return context.hasImages ? imageRefused(why, asked) : notTaken(why, asked, words);
    default:
      return assertNever(verdict);
  }
}

function down({ modelId }: AskedEndpoint, details: ErrorDetails): PortiaError {
  const { retryAfterMs } = details;
  return new PortiaError('unavailable', `${modelId} does not work at the moment.`, {
    ...details,
    fix: retryAfterMs === undefined ? 'Try again later.' : `Try again in ${tellTime(retryAfterMs)}.`,
    retryable: true,
  });
}

function tooLong(why: string, asked: AskedEndpoint, words: string): PortiaError {
  const shorter = 'Shorten the request or its inputs, or use a model that takes more: --model provider/name';
  return new PortiaError('invalid-input', `The request is too long for ${asked.modelId}.`, {
    why,
    fix: lines(adviceFor(words, asked), shorter),
    retryable: false,
  });
}

/** The same request is answered the same each time: nobody needs to ask again before something is changed. */
function notTaken(why: string, asked: AskedEndpoint, words: string): PortiaError {
  const fix = adviceFor(words, asked) ?? fixAddress(asked);
  return new PortiaError('invalid-settings', `${asked.modelId} did not take the request.`, {
    why,
    fix,
    retryable: false,
  });
}

/** Whether a model can see is known from its refusal only. */
function imageRefused(why: string, { modelId }: AskedEndpoint): PortiaError {
  const setting = `{"model_settings": {${JSON.stringify(modelId)}: {"images": false}}}`;
  return new PortiaError('invalid-settings', `${modelId} did not take the image.`, {
    why,
    fix:
      'Use a model that sees images: --model provider/name, or "execution" in "models" of the settings\n' +
      `To show this one no images, only their names, by portia.json: ${setting}`,
    retryable: false,
  });
}

function filtered(why: string, { modelId }: AskedEndpoint): PortiaError {
  return new PortiaError('model-refused', `A filter of ${modelId} did not let the request through.`, {
    why,
    fix:
      'Word the request or its inputs differently, or use another model: --model provider/name\n' +
      'On Azure, the content filter of a deployment can be changed in its resource.',
    retryable: false,
  });
}

function blocked(why: string, { modelId }: AskedEndpoint): PortiaError {
  return new PortiaError('unavailable', `Requests to ${modelId} are not let through from here.`, {
    why,
    fix: 'Ask from another network or region, or use another model: --model provider/name',
    retryable: false,
  });
}

function keyError(why: string, { modelId, apiKey, keyName }: AskedEndpoint): PortiaError {
  const fix =
    keyName === undefined
      ? portiaTyped('run', '--api-key-env NAME_OF_YOUR_VARIABLE …')
      : VARIABLE_NAME.test(keyName)
        ? `export ${keyName}=<your key>`
        : `look at the key that ${keyName} gives`;
  const what = apiKey === undefined ? `${modelId} needs a key.` : `${modelId} rejected the key ${tellKey(apiKey)}.`;
  return new PortiaError('key-rejected', what, { why, fix, retryable: false });
}

/** Enough of a key to recognise it, never enough to use it. */
function tellKey(key: string): string {
  return key.length < 12 ? '(too short to show a part of it)' : `ending in …${key.slice(-4)}`;
}

function rateLimited({ modelId }: AskedEndpoint, details: ErrorDetails): PortiaError {
  const { retryAfterMs } = details;
  return new PortiaError('rate-limited', `${modelId} takes no more requests at the moment.`, {
    ...details,
    fix: retryAfterMs === undefined ? 'Try again in a minute.' : `Try again in ${tellTime(retryAfterMs)}.`,
    retryable: true,
  });
}

function noCredit(why: string, { modelId }: AskedEndpoint): PortiaError {
  return new PortiaError('rate-limited', `The account at ${modelId} has no credit left.`, {
    why,
    fix: 'Add credit at the provider, or use another model: --model provider/name',
    retryable: false,
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
    why: `It answered with ${hideKey(answer, asked.apiKey)} instead of a reply.`,
    fix: fixAddress(asked),
    retryable: false,
  });
}

/** The JSON that answers at the base URL lacks what a reply has. */
export function repliesWithout(asked: AskedEndpoint, field: string, answer: object): PortiaError {
  return noModelThere(asked, `JSON without ${field} (${shorten(Object.keys(answer).join(', ')) || 'empty'})`);
}

function fixAddress(asked: AskedEndpoint): string {
  return `Check --model and --base-url (most base URLs end in /v1); list the models:\n${listModels(asked)}`;
}

function modelMissing(why: string, asked: AskedEndpoint, words: string): PortiaError {
  const { modelId, modelName, baseUrl } = asked;
  const isOllama = modelId.startsWith('ollama/') || /try pulling it/i.test(words);
  const name = shellQuote(modelName);
  const advice = isOllama ? `ollama pull ${name}` : adviceFor(words, asked);
  return new PortiaError('no-model', `There is no model ${modelName} at ${baseUrl}.`, {
    why,
    fix: lines(advice, fixAddress(asked)),
    retryable: false,
  });
}

const FORMAT_WORDS =
  /response_?(format|schema)|json_?(schema|object)|json_validate_failed|json mode|structured.?output|output_(format|config)|generation_config|response.?mime|guided|grammar|samplers|schema|pattern must|resolving ref/i;

/** Verdicts that say nothing of the format, whatever words come with them. */
const OTHER_REASONS: ReadonlySet<Verdict> = new Set(['key', 'blocked', 'no-credit', 'rate-limit', 'moved', 'filtered']);

// A refusal in unknown words may be about the format: the next rung asks without it.
function mayBeFormat({ said, verdict }: StatusFault): boolean {
  if (verdict === 'bad-output') return true;
  if (OTHER_REASONS.has(verdict)) return false;
  if (verdict === 'refused') return true;
  return FORMAT_WORDS.test(`${said.words} ${said.codes}`);
}

function listModels({ baseUrl }: AskedEndpoint): string {
  return `curl ${shellQuote(modelsUrl(baseUrl))}`;
}

// Endpoints repeat the key that they reject: whole, or its two ends with stars between.
function hideKey(text: string, key: string | undefined): string {
  if (key === undefined || key.length < 4) return text;
  const whole = text.replaceAll(key, tellKey(key));
  if (key.length < 12) return whole;
  const beginning = key.slice(0, 8).replace(/[^A-Za-z0-9]/g, '\\$&');
  return whole.replace(new RegExp(`${beginning}\\S*`, 'g'), tellKey(key));
}

const lines = (...all: (string | undefined)[]): string => all.filter((line) => line !== undefined).join('\n');

function tries(attempts: number): string {
  return attempts > 1 ? `, ${attempts} times` : '';
}

function tellTime(ms: number): string {
  const [seconds, minutes, hours] = [1000, 60_000, 3_600_000].map((unit) => Math.ceil(ms / unit));
  if (seconds !== undefined && seconds < 120) return `${seconds} s`;
  return minutes !== undefined && minutes < 120 ? `${minutes} minutes` : `${hours} hours`;
}
