import { messageOf } from '../../domain/errors.js';
import { shownUrl } from '../../domain/values/secret-names.js';
import type { Check } from './check.js';
import type { ModelRole } from '../../domain/values/model-roles.js';
import type { ModelChoice } from '../../config/model-choice.js';
import { readModels } from '../../models/offered-models.js';
import { modelsUrl } from '../../models/providers/base-url.js';

export interface ServerAnswer {
  status: number;
  /** At most a few hundred kB; longer ones are cut off. */
  body: string;
}

/** One GET with an optional bearer key. Follows no redirect; rejects when there is no answer in time. */
export type AskServer = (url: string, key: string | undefined) => Promise<ServerAnswer>;

const TIMEOUT_MS = 5000;
const MAX_BYTES = 1024 * 1024;

const LOCAL_SERVERS = [
  { name: 'Ollama', port: 11434, id: 'ollama' },
  { name: 'LM Studio', port: 1234, id: 'lmstudio' },
  { name: 'llama.cpp', port: 8080, id: 'llamacpp' },
] as const;

type Endpoint = Extract<ModelChoice, { kind: 'openai' }>;

/** Makes the real asker. A redirect is not followed, so that a key never leaves its origin. */
export function createServerAsker(fetchUrl: typeof fetch, limits: { timeoutMs?: number } = {}): AskServer {
  return async (url, key) => {
    const response = await fetchUrl(url, {
      headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
      redirect: 'manual',
      signal: AbortSignal.timeout(limits.timeoutMs ?? TIMEOUT_MS),
    });
    return { status: response.status, body: await readStart(response) };
  };
}

/** Asks each endpoint in use once for its models. */
export async function checkEndpoints(models: Record<ModelRole, ModelChoice>, ask: AskServer): Promise<Check[]> {
  const endpoints = Object.values(models).filter((choice): choice is Endpoint => choice.kind === 'openai');
  const distinct = new Map(endpoints.map((choice) => [`${choice.baseUrl} ${choice.key?.value ?? ''}`, choice]));
  return Promise.all(
    [...distinct.values()].map((choice) => {
      const wanted = endpoints.filter(({ baseUrl }) => baseUrl === choice.baseUrl).map(({ modelName }) => modelName);
      return checkEndpoint(choice, [...new Set(wanted)], ask);
    }),
  );
}

async function checkEndpoint({ baseUrl, key }: Endpoint, wanted: string[], ask: AskServer): Promise<Check> {
  const id = `online.${new URL(baseUrl).host}`;
  const shown = shownUrl(baseUrl);
  let answer: ServerAnswer;
  try {
    answer = await ask(modelsUrl(baseUrl), key?.value);
  } catch (error) {
    const what = `${shown} does not answer: ${reasonOf(error)}`;
    return { id, status: 'failed', what, fix: 'check the address, the network and the server' };
  }
  if (answer.status === 401 || answer.status === 403) {
    const what = `${shown} answers, and ${key === null ? 'wants a key' : `rejects the key ${key.name}`} (${answer.status})`;
    return {
      id,
      status: 'failed',
      what,
      fix: key === null ? 'name its variable: --api-key-env NAME' : `export ${key.name}=…`,
    };
  }
  const offered = answer.status === 200 ? modelIds(answer.body) : undefined;
  if (offered === undefined) {
    // Listing models is optional in this protocol: its absence says nothing about chat completions.
    return { id, status: 'warning', what: `${shown} answers ${answer.status} and does not list its models` };
  }
  const absent = wanted.filter((name) => !offered.includes(name));
  if (absent.length === 0) return { id, status: 'ok', what: `${shown} answers and has ${wanted.join(', ')}` };
  const some = offered.slice(0, 5).join(', ');
  const what = `${shown} answers and does not list ${absent.join(', ')}; it has ${some === '' ? 'none' : some}`;
  return { id, status: 'warning', what, fix: `--model ${offered[0] ?? 'NAME'} --base-url ${shown}` };
}

/** Looks for servers of models on this machine. */
export async function checkLocalServers(ask: AskServer): Promise<Check[]> {
  return Promise.all(
    LOCAL_SERVERS.map(async ({ name, port, id }): Promise<Check> => {
      const baseUrl = `http://127.0.0.1:${port}/v1`;
      try {
        const { status, body } = await ask(modelsUrl(baseUrl), undefined);
        const [first] = (status === 200 ? modelIds(body) : undefined) ?? [];
        if (first !== undefined) {
          return {
            id: `online.${id}`,
            status: 'ok',
            what: `${name} answers on port ${port}`,
            fix: `--model ${id}/${first}`,
          };
        }
        return {
          id: `online.${id}`,
          status: 'off',
          what: `port ${port} answers, but lists no models (${name}'s port)`,
        };
      } catch (error) {
        return { id: `online.${id}`, status: 'off', what: `no ${name} on port ${port}: ${reasonOf(error)}` };
      }
    }),
  );
}

function modelIds(body: string): string[] | undefined {
  return readModels(body)?.map(({ name }) => name);
}

async function readStart(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk);
    size += chunk.byteLength;
    if (size >= MAX_BYTES) break;
  }
  return Buffer.concat(chunks).subarray(0, MAX_BYTES).toString('utf8');
}

// Node's fetch hides the reason (ECONNREFUSED, a certificate) in the cause.
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  return typeof code === 'string' ? code : messageOf(error);
}
