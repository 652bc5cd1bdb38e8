import { setTimeout as sleep } from 'node:timers/promises';

import { messageOf, PortiaError } from '../../domain/errors.js';
import { oneLine } from '../../domain/values/printable.js';
import { isJsonObject, jsonOf } from '../../domain/values/json.js';

export interface RestOptions {
  /** Without a slash at its end: `https://api.github.com`. */
  url: string;
  token: string;
  /** Of portia. */
  version: string;
  /** Milliseconds before the second try; doubled before each further one. Default: 1,000. */
  firstPauseMs?: number;
}

interface Request {
  method: 'GET' | 'POST' | 'PATCH';
  /** Begins with a slash; its parts are encoded. */
  path: string;
  body?: object;
  /** Default: JSON. */
  accept?: 'raw';
}

/** What GitHub answered: 404 and 403 are answers, too. */
interface Answer {
  status: number;
  text: string;
}

const TRIES = 4;
const TIMEOUT_MS = 20_000;
/** A longer pause costs more of a runner than a new start of the job. */
const LONGEST_PAUSE_MS = 60_000;

/** GitHub itself did not answer, or refused. */
export class PlatformError extends PortiaError {}

/** GitHub's REST API. The token never is in a message. */
export class GitHubRest {
  readonly #options: RestOptions;

  constructor(options: RestOptions) {
    this.#options = options;
  }

  /**
   * Rejects with a PlatformError: `unavailable` after the last try, `rate-limited`, or `key-rejected` for a token that is not
   * taken. What is created is not asked for twice, unless GitHub did nothing of it.
   */
  async send(request: Request): Promise<Answer> {
    for (let tried = 1; ; tried += 1) {
      const outcome = await this.#try(request);
      if ('answer' in outcome) return outcome.answer;
      const pauseMs = outcome.pauseMs ?? (this.#options.firstPauseMs ?? 1_000) * 2 ** (tried - 1);
      if (tried === TRIES || !outcome.mayRepeat || pauseMs > LONGEST_PAUSE_MS) throw outcome.error;
      await sleep(pauseMs);
    }
  }

  async #try(request: Request): Promise<Tried> {
    const mayRepeat = request.method !== 'POST';
    let response: Response;
    let text: string;
    try {
      response = await this.#fetch(request);
      text = await response.text();
    } catch (error) {
      return { error: unavailable(this.#options.url, whyLost(error)), mayRepeat };
    }
    const { status } = response;
    const pauseMs = pauseOf(response);
    if (status === 429 || (status === 403 && pauseMs !== undefined)) {
      return { error: limited(pauseMs), mayRepeat: true, pauseMs };
    }
    if (status === 401) throw tokenRejected(text);
    if (status >= 500)
      return { error: unavailable(this.#options.url, `It answered with status ${status}.`), mayRepeat };
    if (status >= 300 && status < 400)
      throw unavailable(this.#options.url, `It answered with status ${status}: moved.`);
    return { answer: { status, text } };
  }

  #fetch({ method, path, body, accept }: Request): Promise<Response> {
    const { url, token, version } = this.#options;
    return fetch(`${url}${path}`, {
      method,
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: {
        accept: accept === 'raw' ? 'application/vnd.github.raw+json' : 'application/vnd.github+json',
        authorization: `Bearer ${token}`,
        'user-agent': `portia/${version}`,
        'x-github-api-version': '2022-11-28',
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  }
}

type Tried = { answer: Answer } | { error: PlatformError; mayRepeat: boolean; pauseMs?: number | undefined };

/** What a rate limit says of when it ends; undefined when it is none. */
function pauseOf({ headers }: Response): number | undefined {
  const after = Number(headers.get('retry-after') ?? Number.NaN);
  if (Number.isFinite(after)) return after * 1_000;
  const reset = Number(headers.get('x-ratelimit-reset') ?? Number.NaN);
  if (headers.get('x-ratelimit-remaining') !== '0' || !Number.isFinite(reset)) return undefined;
  return Math.max(0, reset * 1_000 - Date.now());
}

function whyLost(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return `${oneLine(messageOf(cause))}.`;
}

function unavailable(url: string, why: string): PlatformError {
  return new PlatformError('unavailable', `GitHub's API at ${url} gave no answer.`, {
    why,
    fix: 'Run the job again.',
    retryable: true,
  });
}

function limited(pauseMs: number | undefined): PlatformError {
  const why = pauseMs === undefined ? undefined : `It takes requests again in ${Math.ceil(pauseMs / 1_000)} s.`;
  return new PlatformError('rate-limited', 'GitHub takes no more requests with this token for now.', {
    why,
    fix: 'Run the job again later.',
    retryable: true,
    retryAfterMs: pauseMs,
  });
}

function tokenRejected(text: string): PlatformError {
  return new PlatformError('key-rejected', 'GitHub does not take the token in GITHUB_TOKEN.', {
    why: saidIn(text),
    fix: 'Give the step the token of the job: GITHUB_TOKEN: ${{ github.token }}',
  });
}

/** What GitHub says of an answer that is a refusal. */
export function saidIn(text: string): string {
  const value = jsonOf(text);
  const message = isJsonObject(value) ? value['message'] : undefined;
  return `GitHub says: ${oneLine(typeof message === 'string' ? message : text).slice(0, 200)}`;
}
