import { LLMock } from '@copilotkit/aimock';

/** The body of a chat completion request, as far as tests look at it. */
export interface ChatRequestBody {
  model: string;
  messages: { role: string; content: string | null; tool_calls?: unknown[]; tool_call_id?: string }[];
  tools?: { type: string; function: { name: string; description?: string; parameters?: unknown } }[];
  response_format?: { type: string; json_schema?: { name: string; schema: unknown } };
  [key: string]: unknown;
}

export type ScriptedReply =
  | { text: string; finishReason?: string }
  /** The value as JSON text. */
  | { json: unknown }
  /** Arguments may be a value, or the exact text. */
  | { toolCalls: { name: string; arguments: unknown }[]; text?: string }
  /** `retryAfter` in seconds; aimock adds Retry-After: 1 to a 429 that has none. */
  | { status: number; message?: string; code?: string; retryAfter?: number };

export interface ScriptEntry {
  /** A RegExp is tried on all messages of the prompt, joined by line ends. Default: any request. */
  match?: RegExp | ((body: ChatRequestBody) => boolean);
  reply: ScriptedReply;
  /** Default 10 in, 5 out. */
  usage?: { input: number; output: number };
}

export interface ModelServer {
  /** Ends in `/v1`: OPENAI_BASE_URL. */
  readonly baseUrl: string;
  /** For a binary under test: base URL and key. */
  readonly environment: { OPENAI_BASE_URL: string; OPENAI_API_KEY: string };
  /** Every chat request, in order of arrival. */
  readonly requests: ChatRequestBody[];
  /** Requests that no entry was left for, and requests to other paths. Must be empty at the end of a test. */
  readonly unexpected: string[];
  /** Entries that were not asked for. */
  readonly remaining: ScriptEntry[];
  close(): Promise<void>;
}

/** What one model is asked, until it is closed. */
interface Player {
  /** What comes of a chat request. */
  answer(body: ChatRequestBody): ReturnType<typeof toFixture>;
  /** A request to another path. */
  note(request: string): void;
}

const players = new Map<string, Player>();
let started = 0;
let shared: Promise<string> | undefined;

/**
 * A model that plays a script, on 127.0.0.1. A request takes the first entry left that matches it, and each entry is
 * used once, so the script also holds for requests that run side by side. Any other request is answered with
 * status 400 (which nobody repeats) and noted in `unexpected`. In place of a script, a function may answer every request.
 */
export async function startModelServer(
  script: ScriptEntry[] | ((body: ChatRequestBody) => ScriptedReply & Pick<ScriptEntry, 'usage'>),
): Promise<ModelServer> {
  const remaining = typeof script === 'function' ? [] : [...script];
  const requests: ChatRequestBody[] = [];
  const unexpected: string[] = [];
  started += 1;
  const name = String(started);
  players.set(name, {
    answer(body) {
      requests.push(body);
      if (typeof script === 'function') {
        const reply = script(body);
        return toFixture({ reply, ...(reply.usage !== undefined && { usage: reply.usage }) });
      }
      const index = remaining.findIndex((entry) => matches(entry, body));
      const [entry] = index < 0 ? [] : remaining.splice(index, 1);
      if (entry !== undefined) return toFixture(entry);
      unexpected.push(`no entry left for: ${promptOf(body)}`);
      return UNEXPECTED;
    },
    note: (request) => void unexpected.push(request),
  });
  shared ??= startShared();
  const baseUrl = `${await shared}/${name}/v1`;
  const environment = { OPENAI_BASE_URL: baseUrl, OPENAI_API_KEY: 'sk-test' };
  return { baseUrl, environment, requests, unexpected, remaining, close: async () => void players.delete(name) };
}

const UNEXPECTED = { status: 400, error: { message: 'the test expected no such request' } };

/**
 * The one server of this process, for all players. aimock makes an AsyncLocalStorage for each server and never
 * disables it, and on Node 20 each of them makes all promises of the process slower.
 */
async function startShared(): Promise<string> {
  const mock = new LLMock({ host: '127.0.0.1', port: 0, journalMaxEntries: 0 });
  mock.mount('/players', {
    async handleRequest(request, response, pathname) {
      const [, name = '', path = ''] = /^\/(\d+)\/v1(\/.*)$/.exec(pathname) ?? [];
      const player = players.get(name);
      request.headers['x-aimock-context'] = name;
      if (player !== undefined && path === '/chat/completions' && request.method === 'POST') return false;
      player?.note(`${request.method ?? ''} ${path}`);
      response.writeHead(UNEXPECTED.status, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ error: UNEXPECTED.error }));
      return true;
    },
  });
  mock.addFixture({
    match: { predicate: () => true },
    response: (request) => players.get(request._context ?? '')?.answer(withoutMarks(request)) ?? UNEXPECTED,
  });
  return `${await mock.start()}/players`;
}

/** All texts of the prompt, joined by line ends. */
export function promptOf(body: ChatRequestBody): string {
  return body.messages.map((message) => message.content ?? '').join('\n');
}

function matches({ match }: ScriptEntry, body: ChatRequestBody): boolean {
  if (match === undefined) return true;
  return typeof match === 'function' ? match(body) : promptOf(body).search(match) >= 0;
}

// aimock notes what it knows of a request in the body itself.
function withoutMarks(request: object): ChatRequestBody {
  const entries = Object.entries(request).filter(([key]) => !key.startsWith('_'));
  return structuredClone(Object.fromEntries(entries)) as ChatRequestBody;
}

function toFixture({ reply, usage = { input: 10, output: 5 } }: ScriptEntry) {
  const common = { usage: { prompt_tokens: usage.input, completion_tokens: usage.output } };
  if ('status' in reply) {
    const { status, message = `scripted status ${reply.status}`, code, retryAfter } = reply;
    return {
      status,
      error: { message, ...(code !== undefined && { code }) },
      ...(retryAfter !== undefined && { retryAfter }),
    };
  }
  if ('json' in reply) return { ...common, content: JSON.stringify(reply.json) };
  if ('toolCalls' in reply) {
    const toolCalls = reply.toolCalls.map(({ name, arguments: value }) => ({
      name,
      arguments: typeof value === 'string' ? value : JSON.stringify(value),
    }));
    return { ...common, toolCalls, ...(reply.text !== undefined && { content: reply.text }) };
  }
  return {
    ...common,
    content: reply.text,
    ...(reply.finishReason !== undefined && { finishReason: reply.finishReason }),
  };
}
