import { ExpressionError } from '../domain/expression-error.js';
import { EVALUATION_LIMITS, evaluateExpression, parseExpression } from '../domain/expression.js';

/** JSON characters up to which an expression's variables are evaluated in this thread. */
const SMALL = 64_000;

/** How long a worker may take beyond JSONata's own limit before it is ended. */
const GRACE_MS = 1_000;

/**
 * Evaluates an expression. What keeps to its limits runs here; functions that ignore them, and large inputs, run in a
 * worker that can be ended. Rejects with an ExpressionError.
 */
export function createEvaluator(workerUrl: URL) {
  return async (source: string, variables: Record<string, unknown>, startedAt: string): Promise<unknown> => {
    const expression = parseExpression(source);
    if (!expression.unbounded && sizeUpTo(variables, SMALL) < SMALL)
      return evaluateExpression(source, variables, startedAt);
    return evaluateInWorker(workerUrl, { source, variables, startedAt });
  };
}

export interface WorkerRequest {
  source: string;
  variables: Record<string, unknown>;
  startedAt: string;
}

export type WorkerReply = { ok: true; value: unknown } | { ok: false; message: string; position: number };

async function evaluateInWorker(workerUrl: URL, request: WorkerRequest): Promise<unknown> {
  const { Worker } = await import('node:worker_threads');
  const { promise, resolve, reject } = deferred<unknown>();
  const worker = new Worker(workerUrl, { workerData: request, resourceLimits: { maxOldGenerationSizeMb: 1_024 } });
  const fail = (message: string, position = 1) => reject(new ExpressionError(message, request.source, position));
  const limit = EVALUATION_LIMITS.timeout + GRACE_MS;
  const timer = setTimeout(() => fail(`takes longer than ${limit} ms`), limit);
  worker.once('message', (reply: WorkerReply) => {
    if (reply.ok) resolve(reply.value);
    else fail(reply.message, reply.position);
  });
  worker.once('error', (error) => fail(error.message));
  worker.once('exit', () => fail('ended without a result'));
  return promise.finally(() => {
    clearTimeout(timer);
    return worker.terminate();
  });
}

function deferred<Value>() {
  let resolve!: (value: Value) => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<Value>((onValue, onError) => {
    resolve = onValue;
    reject = onError;
  });
  return { promise, resolve, reject };
}

/** Rough JSON length of a value; stops counting at the limit. */
function sizeUpTo(value: unknown, limit: number): number {
  let size = 0;
  const pending: unknown[] = [value];
  while (pending.length > 0 && size < limit) {
    const item = pending.pop();
    size += typeof item === 'string' ? item.length + 2 : 4;
    if (typeof item === 'object' && item !== null) {
      for (const [key, child] of Object.entries(item)) {
        size += key.length;
        pending.push(child);
        if (size >= limit) break;
      }
    }
  }
  return size;
}
