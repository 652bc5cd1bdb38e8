import { resolve } from 'node:path';

import { inputsError } from '../config/check-inputs.js';
import { createServices, type Services } from '../cli/services.js';
import { checkAnswer } from '../clarifications/parse-answer.js';
import type { ClarificationHandler } from '../clarifications/clarification-handler.js';
import { openClarifications } from '../domain/clarification.js';
import { PortiaError } from '../domain/errors.js';
import type { RunEvent } from '../domain/events.js';
import { type ClarificationId, type PlanId, type RunId } from '../domain/ids.js';
import type { Json, JsonSchema } from '../domain/json.js';
import type { Plan, PlanInput } from '../domain/plan.js';
import { DEFAULT_END_USER, type Run } from '../domain/run.js';
import { Interruption } from '../executor/interruption.js';
import { answerRun, resumeRun } from '../executor/resume-run.js';
import { startRun, type DriveOptions } from '../executor/start-run.js';
import type { Model } from '../models/model.js';
import { createMemoryStore } from '../storage/memory-store.js';
import type { Store } from '../storage/store.js';
import { effectiveTools } from '../tools/registry.js';
import type { Tool } from '../tools/tool.js';
import { planRequest } from './plan-request.js';
import { createInputCheck, refuseBrokenPlan, refuseToolsThatAreOff } from './runnable-plan.js';
import { Running } from './running.js';

export interface PortiaOptions {
  /** The project's folder, with its portia.json and .env. Default: where the program was started. */
  dir?: string;
  /** `disk` (default) keeps plans/ and runs/ in the project; `memory` keeps them in this process. */
  storage?: 'disk' | 'memory';
  /** `provider/name`, or a model of your own. Default: as on the command line. */
  model?: string | Model;
  baseUrl?: string;
  /** Variable that holds the key for `baseUrl`. */
  apiKeyEnv?: string;
  /** Tools beside the built-in ones and those of portia.json. */
  tools?: Tool[];
  /** Globs of tools whose calls are allowed or refused without asking. */
  approve?: string[];
  deny?: string[];
  /** Answers questions while a run goes on; without one a run pauses at its first question. */
  clarificationHandler?: ClarificationHandler;
  /** Variables of the environment. Default: those of this process. */
  environment?: Readonly<Record<string, string | undefined>>;
}

export interface PlanningOptions {
  planInputs?: PlanInput[];
  /** JSON Schema of the final output. */
  outputSchema?: JsonSchema;
  examples?: Plan[];
  signal?: AbortSignal;
}

export interface RunOptions {
  /** Values of the plan's inputs, by name without `$`. */
  inputs?: Record<string, Json>;
  endUser?: string;
  /** Interrupts the run where it is; it stays resumable. */
  signal?: AbortSignal;
}

/** Plans and runs from a program: the same planner, executor and files as the command line. */
export class Portia {
  readonly #options: PortiaOptions;
  readonly #store: Store | undefined;
  #services: Promise<Services> | undefined;

  constructor(options: PortiaOptions = {}) {
    this.#options = options;
    if (options.storage === 'memory') this.#store = createMemoryStore({ now: () => new Date() });
  }

  /** Makes a plan from a request and saves it. Rejects with a PortiaError, e.g. `no-plan` or `no-model`. */
  async plan(query: string, options: PlanningOptions = {}): Promise<Plan> {
    const services = await this.#open();
    const { model } = this.#options;
    const tools = effectiveTools(await services.tools(), services.toolEnvironment);
    const plan = await planRequest(services, {
      ...options,
      query,
      tools: tools.filter(({ readiness }) => readiness.ready).map(({ tool }) => tool),
      ...(typeof model === 'object' && { model: async () => model }),
    });
    await this.#storeOf(services).savePlan(plan);
    return plan;
  }

  /** Runs a plan: await it for the final record, or read its `events` while it goes on. */
  runPlan(plan: Plan | PlanId, options: RunOptions = {}): Running {
    return this.#start(options, async (drive, services) => {
      const { store } = drive;
      const approved = typeof plan === 'string' ? await readPlan(store, plan) : plan;
      if (typeof plan !== 'string') await store.savePlan(approved);
      return runApproved(approved, options, { drive, services });
    });
  }

  /** Plans, then runs the plan at once. */
  run(query: string, options: RunOptions & PlanningOptions = {}): Running {
    return this.#start(options, async (drive, services) => {
      const plan = await this.plan(query, options);
      return runApproved(plan, options, { drive, services });
    });
  }

  /** Goes on with a run where it stopped, in whichever process that was. */
  resume(run: Run | RunId, options: Pick<RunOptions, 'signal'> = {}): Running {
    const id = typeof run === 'string' ? run : run.id;
    return this.#start(options, async (drive) => resumeRun(id, { ...drive, answers: async () => [] }));
  }

  /**
   * Records the answer to one question, without running. Rejects with `answer-refused` for a wrong type or option, a
   * question that is not open, or none of this run.
   */
  async resolveClarification(run: Run | RunId, id: ClarificationId, response: Json): Promise<Run> {
    const services = await this.#open();
    const runId = typeof run === 'string' ? run : run.id;
    return answerRun(this.#storeOf(services), runId, async (stored) => {
      const question = openClarifications(stored).find((candidate) => candidate.id === id);
      if (question === undefined) {
        throw new PortiaError('answer-refused', `${id} is not an open question of ${runId}.`, {
          runId,
          fix: 'Look at run.outputs.clarifications.',
        });
      }
      const checked = checkAnswer(question, response);
      if (checked.ok) return [{ id, response: checked.value, channel: 'api' }];
      throw new PortiaError('answer-refused', checked.problem, { why: checked.allowed, runId });
    });
  }

  async #open(): Promise<Services> {
    const { dir, environment, model, baseUrl, apiKeyEnv, tools, approve, deny } = this.#options;
    this.#services ??= createServices({
      cwd: resolve(dir ?? '.'),
      environment: environment ?? process.env,
      pid: process.pid,
      userId: process.getuid?.(),
      kill: (pid, signal) => {
        process.kill(pid, signal);
      },
      flags: { model: typeof model === 'string' ? model : undefined, baseUrl, apiKeyEnv, approve, deny },
      ...(tools && { ownTools: tools }),
    });
    return this.#services;
  }

  #storeOf(services: Services): Store {
    return this.#store ?? services.store;
  }

  #model(services: Services, role: Parameters<Services['model']>[0], name?: string): Promise<Model> {
    const { model } = this.#options;
    if (model !== undefined && typeof model !== 'string' && name === undefined) return Promise.resolve(model);
    return services.model(role, name);
  }

  #start(options: RunOptions, work: (drive: DriveOptions, services: Services) => Promise<Run>): Running {
    const controller = new AbortController();
    const { signal } = options;
    const stop = () => controller.abort(new Interruption(String(signal?.reason ?? 'the caller')));
    if (signal?.aborted) stop();
    else signal?.addEventListener('abort', stop, { once: true });
    return new Running(async (listener: (event: RunEvent) => void) => {
      const services = await this.#open();
      const executor = await services.executor();
      const { clarificationHandler: handler } = this.#options;
      return work(
        {
          store: this.#storeOf(services),
          services: { ...executor, model: (role, name) => this.#model(services, role, name) },
          listener,
          signal: controller.signal,
          answering: { handler },
        },
        services,
      );
    });
  }
}

async function readPlan(store: Store, id: PlanId): Promise<Plan> {
  const plan = await store.readPlan(id);
  if (plan !== undefined) return plan;
  throw new PortiaError('not-found', `There is no plan ${id}.`, {
    planId: id,
    fix: 'Plan first, or give the plan itself.',
  });
}

async function runApproved(
  plan: Plan,
  options: RunOptions,
  { drive, services }: { drive: DriveOptions; services: Services },
): Promise<Run> {
  const tools = await services.tools();
  refuseBrokenPlan(plan, tools);
  refuseToolsThatAreOff(plan, tools, services.toolEnvironment);
  const check = await createInputCheck(plan);
  const checked = check(options.inputs ?? {});
  const error = inputsError(checked);
  if (error !== undefined) throw error;
  return startRun(plan, { ...drive, inputs: checked.values, endUserId: options.endUser ?? DEFAULT_END_USER });
}
