import { EndlessExpressionError, ExpressionError } from '../domain/expressions/expression-error.js';
import { evaluateExpression, parseExpression, SHORT_TIMEOUT_MS } from '../domain/expressions/expression.js';
import { roughLength } from '../domain/values/json.js';
import { variableOnly } from '../domain/expressions/template.js';

/** JSON characters up to which an expression's variables are evaluated in this thread. */
const SMALL = 64_000;

/** How much longer an evaluation may take for each 500 JSON characters of its variables, and how long at most. */
const CHARACTERS_PER_MS = 500;
const MAX_TIMEOUT_MS = 5_000;

/** Beyond this many JSON characters the time no longer grows. */
const LARGEST = (MAX_TIMEOUT_MS - SHORT_TIMEOUT_MS) * CHARACTERS_PER_MS;

/** How long a worker may take to start. */
const START_MS = 5_000;

/** How long it may take beyond JSONata's own limit before it is ended. */
const GRACE_MS = 100;

/** How much of its time an evaluation must have had before it is ended: a busy machine gives it less. */
const AT_WORK = 0.7;

/** How many times longer it may take on such a machine. */
const MAX_PATIENCE = 8;

/** How old a measurement of that time may be: taking one costs more than many an evaluation. */
const MEASURED_MS = 10;

/**
 * Evaluates an expression. Expressions that keep to the limits run here; those with functions that ignore them, or with
 * large inputs, run in a worker that can be ended. `cpuTime` gives the milliseconds that this process has worked.
 * Rejects with an ExpressionError.
 */
export function createEvaluator(workerUrl: URL, cpuTime: () => number) {
  const workedBefore = remembered(cpuTime, MEASURED_MS);
  return async (source: string, variables: Record<string, unknown>, options: EvaluateOptions): Promise<unknown> => {
    const expression = parseExpression(source);
    const passed = passedOn(source, variables);
    if (passed !== undefined && (options.asList !== true || Array.isArray(passed))) return passed;
    const size = roughLength(variables, LARGEST);
    const isBounded = !expression.unbounded && size < SMALL;
    // An expression that ends needs more time for more values; one that calls itself may need any time for a single
    // value.
    const moreMs = expression.recursive ? 0 : Math.floor(size / CHARACTERS_PER_MS);
    const ownMs = SHORT_TIMEOUT_MS + moreMs;
    for (let timeoutMs = ownMs; ; timeoutMs *= 2) {
      const [begun, before] = [performance.now(), workedBefore()];
      try {
        if (isBounded) return await evaluateExpression(source, variables, { timeoutMs, ...options });
        return await evaluateInWorker(workerUrl, { source, variables, timeoutMs, ...options });
      } catch (error) {
        if (!(error instanceof EndlessExpressionError)) throw error;
        const isLate = performance.now() - begun >= timeoutMs;
        const hadItsTime = cpuTime() - before >= ownMs * AT_WORK;
        if (!isLate || hadItsTime || timeoutMs >= ownMs * MAX_PATIENCE) throw error;
      }
    }
  };
}

/** What a measurement gave that is at most so old. */
function remembered(measure: () => number, mostMs: number): () => number {
  let [taken, value] = [-Infinity, 0];
  return () => {
    const now = performance.now();
    if (now - taken > mostMs) [taken, value] = [now, measure()];
    return value;
  };
}

/** What an evaluation depends on besides its variables. */
export interface EvaluateOptions {
  /** The moment that `$now` gives: ISO 8601. */
  startedAt: string;
  /** Whether one value becomes a list of one, and nothing the empty list. */
  asList?: boolean | undefined;
  /** Gets the keys that were left out inside the expression, because their value is nothing. */
  lost?: Set<string> | undefined;
}

/** What the worker is given. */
export interface WorkerRequest extends Omit<EvaluateOptions, 'lost'> {
  source: string;
  variables: Record<string, unknown>;
  timeoutMs: number;
}

/** What the worker reports: that it begins, then how it ended. */
export type WorkerReply =
  /** It has started, and evaluates now. */
  | 'begun'
  | { ok: true; value: unknown; lost: string[] }
  | { ok: false; message: string; position: number; endless: boolean };

async function evaluateInWorker(
  workerUrl: URL,
  { lost, ...request }: WorkerRequest & EvaluateOptions,
): Promise<unknown> {
  const { Worker } = await import('node:worker_threads');
  const { promise, resolve, reject } = deferred<unknown>();
  const worker = new Worker(workerUrl, { workerData: request, resourceLimits: { maxOldGenerationSizeMb: 1_024 } });
  const { source, timeoutMs } = request;
  const fail = ({
    message,
    position = 1,
    endless = false,
  }: {
    message: string;
    position?: number;
    endless?: boolean;
  }) => {
    const Failure = endless ? EndlessExpressionError : ExpressionError;
    reject(new Failure(message, source, position));
  };
  const tooSlow = { message: `takes longer than ${timeoutMs} ms`, endless: true };
  let timer = setTimeout(() => fail({ message: 'could not be begun' }), START_MS);
  worker.on('message', (reply: WorkerReply) => {
    clearTimeout(timer);
    if (reply === 'begun') timer = setTimeout(() => fail(tooSlow), timeoutMs + GRACE_MS);
    else if (reply.ok) {
      for (const key of reply.lost) lost?.add(key);
      resolve(reply.value);
    } else fail(reply);
  });
  worker.once('error', fail);
  worker.once('exit', () => fail({ message: 'ended without a result' }));
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    await worker.terminate();
  }
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

/** The value of the variable that the expression is: it is passed on whole, however large it is. */
function passedOn(source: string, variables: Record<string, unknown>): unknown {
  const name = variableOnly(source);
  return name !== undefined && Object.hasOwn(variables, name) ? variables[name] : undefined;
}
