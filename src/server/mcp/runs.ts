import { inputRequired, type CallToolResult, type InputRequiredResult } from '@modelcontextprotocol/server';

import { PortiaError } from '../../domain/errors.js';
import type { RunEvent } from '../../domain/run/events.js';
import { isFinal, type Run } from '../../domain/run/run.js';
import type { RunId } from '../../domain/values/ids.js';
import { canAsk, elicitationsOfRun, hearAnswers, inputRequestsOf } from './asking.js';
import type { Client } from './client.js';
import type { Drive, Drives } from '../drives.js';
import { runResult } from './results.js';
import type { SealState } from './request-state.js';
import type { Serving } from './serving.js';
import { newTask, type NewTask } from './task-status.js';

/** A request that a client waits for. */
export interface Call {
  client: Client;
  /** Aborted when the client gave it up. */
  signal: AbortSignal;
  /** Tells the client of each event of the run. */
  tell(event: RunEvent): void;
  seal: SealState;
}

export type CallEnd = CallToolResult | InputRequiredResult | NewTask;

/** How often a person is asked again whose answer does not fit, while one call is open. */
const MOST_TRIES = 5;

/** Does calls that drive runs. */
export class Runs {
  readonly #serving: Serving;
  readonly #drives: Drives;

  constructor(serving: Serving, drives: Drives) {
    this.#serving = serving;
    this.#drives = drives;
  }

  /** What a call gives that has begun this drive: a task, or how the run ended or paused. */
  async end(call: Call, drive: Drive): Promise<CallEnd> {
    const { store } = this.#serving.services;
    if (call.client.takesTasks) return newTask((await store.requireRun(drive.id)).run);
    return this.#askOn(call, await this.#wait(call, drive));
  }

  /** Continues the run of a call that ended with questions; `results` are what the client sends for them. */
  async answered(call: Call, id: RunId, results: Readonly<Record<string, unknown>>): Promise<CallEnd> {
    const { run } = await this.#serving.services.store.requireRun(id);
    const heard = await hearAnswers(run, results);
    const canContinue = heard.answers.length > 0 || (!isFinal(run) && run.state !== 'NEED_CLARIFICATION');
    const now = canContinue ? await this.#wait(call, await this.#drives.resume(id, heard.answers)) : run;
    return heard.left.size > 0 ? runResult(now, this.#serving) : this.#askOn(call, now, heard.refused);
  }

  async #wait({ signal, tell }: Call, drive: Drive): Promise<Run> {
    const stop = () => drive.interrupt('the client, which gave the call up');
    const unfollow = drive.follow(tell);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop);
    try {
      return await drive.ended;
    } finally {
      signal.removeEventListener('abort', stop);
      unfollow();
    }
  }

  /** Puts the open questions to a person as this client can; else the result says what is open. */
  async #askOn(call: Call, run: Run, refused?: ReadonlyMap<string, string>): Promise<CallEnd> {
    const { modes, elicit } = call.client;
    if (run.state === 'FAILED' || !canAsk(run, modes)) return runResult(run, this.#serving);
    if (elicit !== undefined) return runResult(await this.#askWhileOpen(call, run, elicit), this.#serving);
    return inputRequired({
      inputRequests: inputRequestsOf(elicitationsOfRun(run, modes, refused)),
      requestState: await call.seal(run.id),
    });
  }

  /** Asks one question after the other while the call is open, as far as a person answers. */
  async #askWhileOpen(call: Call, begun: Run, elicit: NonNullable<Client['elicit']>): Promise<Run> {
    let run = begun;
    let refused: ReadonlyMap<string, string> = new Map();
    for (let tries = 0; tries < MOST_TRIES && canAsk(run, call.client.modes);) {
      const results: Record<string, unknown> = {};
      for (const [key, params] of Object.entries(elicitationsOfRun(run, call.client.modes, refused))) {
        results[key] = await elicit(params);
      }
      const heard = await hearAnswers(run, results);
      refused = heard.refused;
      tries = refused.size > 0 ? tries + 1 : 0;
      if (heard.answers.length > 0) run = await this.#wait(call, await this.#drives.resume(run.id, heard.answers));
      if (heard.left.size > 0 || (heard.answers.length === 0 && refused.size === 0)) return run;
    }
    return run;
  }
}

/** An error that a person should read, where portia itself is not at fault. */
export function isForPerson(error: unknown): error is PortiaError {
  return error instanceof PortiaError && error.code !== 'internal';
}
