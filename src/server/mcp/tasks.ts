import { tellCancelled } from '../../app/cancelled-hook.js';
import {
  MissingRequiredClientCapabilityError,
  ProtocolError,
  ProtocolErrorCode,
  type Server,
  type ServerContext,
} from '@modelcontextprotocol/server';
import * as z from 'zod';

import { openClarifications } from '../../domain/run/clarification.js';
import { isAwaiting, isFinal, type Run } from '../../domain/run/run.js';
import { isRunId, type RunId } from '../../domain/values/ids.js';
import { cancelRun } from '../../executor/cancel-run.js';
import type { StoredRun } from '../../storage/store.js';
import { canAsk, elicitationsOfRun, hearAnswers, inputRequestsOf } from './asking.js';
import { clientOf, TASKS, type Client } from './client.js';
import type { Drives } from '../drives.js';
import { errorResult, runResult } from './results.js';
import { isForPerson } from './runs.js';
import type { Serving } from './serving.js';
import { taskOf, type TaskState } from './task-status.js';

const Params = z.object({ taskId: z.string() });
const Result = z.looseObject({});

/** Runs as tasks: whoever has the id of a run of this project can ask for it, answer it and cancel it. */
export class Tasks {
  readonly #serving: Serving;
  readonly #drives: Drives;
  /** Questions that a client declined: they are not put to it again. */
  readonly #left = new Map<RunId, Set<string>>();
  /** How often an answer to a question did not fit, and why the last one did not. */
  readonly #refused = new Map<string, { times: number; why: string }>();

  constructor(serving: Serving, drives: Drives) {
    this.#serving = serving;
    this.#drives = drives;
  }

  /** Answers the requests about tasks of one connection. */
  serve(server: Server): void {
    const schemas = { params: Params, result: Result };
    server.setRequestHandler('tasks/get', schemas, async ({ taskId }, ctx) => this.#get(taskId, clientIn(ctx)));
    server.setRequestHandler('tasks/update', schemas, async ({ taskId }, ctx) => {
      clientIn(ctx);
      await this.#update(taskId, ctx.mcpReq.inputResponses ?? {});
      return {};
    });
    server.setRequestHandler('tasks/cancel', schemas, async ({ taskId }, ctx) => {
      clientIn(ctx);
      await this.#cancel(taskId);
      return {};
    });
  }

  async #get(taskId: string, client: Client): Promise<Record<string, unknown>> {
    const stored = await this.#require(taskId);
    const state = await this.#stateOf(stored, client);
    return { ...taskOf(stored.run, state) };
  }

  async #stateOf({ run, owner }: StoredRun, { modes }: Client): Promise<TaskState> {
    const failure = this.#drives.failureOf(run.id);
    if (this.#drives.of(run.id) !== undefined || (owner !== undefined && failure === undefined)) {
      return { status: 'working' };
    }
    if (isCancelled(run)) return { status: 'cancelled' };
    if (failure !== undefined && !isFinal(run)) {
      if (!isForPerson(failure)) throw failure;
      return { status: 'completed', result: errorResult(failure, this.#serving) };
    }
    if (isStopped(run)) {
      await this.#drives.resume(run.id);
      return { status: 'working' };
    }
    const left = this.#left.get(run.id) ?? new Set();
    const isLeft = openClarifications(run).some(({ id }) => left.has(id));
    if (!isFinal(run) && !isLeft && canAsk(run, modes)) return { status: 'input_required', ...this.#asked(run, modes) };
    return { status: 'completed', result: await runResult(run, this.#serving) };
  }

  /** A key is never used again after an answer to it, also when the same is asked once more. */
  #asked(run: Run, modes: Client['modes']) {
    const why = new Map(
      openClarifications(run).flatMap(({ id }) => {
        const refused = this.#refused.get(id);
        return refused === undefined ? [] : [[id, refused.why] as const];
      }),
    );
    const asked = Object.entries(elicitationsOfRun(run, modes, why));
    return { inputRequests: inputRequestsOf(Object.fromEntries(asked.map(([key, each]) => [this.#keyOf(key), each]))) };
  }

  #keyOf(key: string): string {
    const [id = ''] = key.split('.');
    const { times = 0 } = this.#refused.get(id) ?? {};
    return times === 0 ? key : `${key}#${times + 1}`;
  }

  async #update(taskId: string, sent: Readonly<Record<string, unknown>>): Promise<void> {
    const { run } = await this.#require(taskId);
    if (this.#drives.of(run.id) !== undefined) return;
    const results = Object.fromEntries(
      Object.entries(sent).flatMap(([key, result]) => {
        const plain = key.replace(/#\d+$/, '');
        return this.#keyOf(plain) === key ? [[plain, result]] : [];
      }),
    );
    const heard = await hearAnswers(run, results);
    for (const [id, why] of heard.refused)
      this.#refused.set(id, { times: (this.#refused.get(id)?.times ?? 0) + 1, why });
    const left = this.#left.get(run.id) ?? new Set();
    this.#left.set(run.id, new Set([...left, ...heard.left]));
    if (heard.answers.length > 0) await this.#drives.resume(run.id, heard.answers);
  }

  async #cancel(taskId: string): Promise<void> {
    const { run } = await this.#require(taskId);
    await this.#drives.stop(run.id, 'a client, which cancelled the task');
    const { services } = this.#serving;
    const { store } = services;
    if (isFinal((await store.requireRun(run.id)).run)) return;
    const reason = 'cancelled by a client of portia mcp serve';
    await cancelRun(store, run.id, { reason, tell: tellCancelled(services) });
  }

  async #require(taskId: string): Promise<StoredRun> {
    const stored = isRunId(taskId) ? await this.#serving.services.store.readRun(taskId) : undefined;
    if (stored !== undefined) return stored;
    throw new ProtocolError(ProtocolErrorCode.InvalidParams, `There is no task ${JSON.stringify(taskId)} here.`);
  }
}

function clientIn(ctx: ServerContext): Client {
  const client = clientOf(ctx, undefined);
  if (client.takesTasks) return client;
  throw new MissingRequiredClientCapabilityError({ requiredCapabilities: { extensions: { [TASKS]: {} } } });
}

/** Whether somebody ended it for good, and not a "no" to one of its questions. */
function isCancelled({ state, error }: Run): boolean {
  return state === 'FAILED' && error?.code === 'declined' && error.step === null;
}

/** Whether it waits for nothing, but its process was stopped or killed. Whoever asks for a task wants it to be done. */
function isStopped(run: Run): boolean {
  if (run.state === 'READY_TO_RESUME' || run.state === 'NOT_STARTED') return true;
  return run.state === 'IN_PROGRESS' && (run.pause === null || (run.pause.reason === 'signal' && !isAwaiting(run)));
}
