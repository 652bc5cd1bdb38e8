import { resolve } from 'node:path';

import { personHere } from '../app/person-here.js';
import { trustMissingForPlanning, trustMissingForRun } from '../app/trust/missing-trust.js';
import { thisProcess } from '../app/this-process.js';
import { createServices, type Services } from '../app/services.js';
import { inputsError } from '../app/inputs/check-inputs.js';
import type { ClarificationHandler } from '../clarifications/clarification-handler.js';
import { checkAnswers, checkedHandler } from '../clarifications/check-answers.js';
import { consentsUnconfirmed } from '../domain/run/consents.js';
import { openClarifications } from '../domain/run/clarification.js';
import type { Environment } from '../domain/environment.js';
import { PortiaError } from '../domain/errors.js';
import type { RunEvent } from '../domain/run/events.js';
import type { ClarificationId, PlanId, RunId } from '../domain/values/ids.js';
import { setOwn, toJson, type Json, type JsonSchema } from '../domain/values/json.js';
import { bareName } from '../domain/values/names.js';
import type { Person } from '../domain/run/person.js';
import type { Plan, PlanInput } from '../domain/plan/plan.js';
import { DEFAULT_END_USER, isFinal, type Run } from '../domain/run/run.js';
import type { Limits } from '../executor/budget.js';
import type { ConsentRules } from '../executor/consent-check.js';
import { Interruption } from '../executor/interruption.js';
import { answerRun, resumeRun } from '../executor/resume-run.js';
import type { DriveOptions } from '../executor/open-run.js';
import { startRun } from '../executor/start-run.js';
import type { Model } from '../models/model.js';
import { createMemoryStore } from '../storage/memory-store.js';
import type { Store } from '../storage/store.js';
import { readPlanDocument } from '../storage/upgrade/upgrade.js';
import { effectiveTools } from '../tools/registry.js';
import type { Tool } from '../tools/tool.js';
import { keepPlan } from '../app/plans/keep-plan.js';
import { keepSubPlans, loadSubPlans } from '../app/plans/load-sub-plans.js';
import { planRequest } from '../app/plans/plan-request.js';
import { createInputCheck, refuseBrokenPlans, refuseToolsThatAreOff } from '../app/plans/runnable-plan.js';
import { Running } from './running.js';

export interface PortiaOptions {
  /** The project's folder, with its portia.json and .env. Default: where the program was started. */
  dir?: string | undefined;
  /** `disk` (default) keeps plans/ and runs/ in the project; `memory` keeps them in this object. */
  storage?: 'disk' | 'memory' | undefined;
  /** `provider/name`, or a model of your own for every role. Default: as on the command line. */
  model?: string | Model | undefined;
  baseUrl?: string | undefined;
  /** Variable that holds the key for `baseUrl`. */
  apiKeyEnv?: string | undefined;
  /** Variables that the program of an `exec:` model gets, beside PATH, HOME, LANG, LC_*, TERM and TMPDIR. */
  execEnv?: string[] | undefined;
  /** Tools beside the built-in ones and those of portia.json. */
  tools?: Tool[] | undefined;
  /** Globs of tools whose calls are allowed or refused without asking. */
  approve?: string[] | undefined;
  deny?: string[] | undefined;
  /** Steps of a run that may be done at a time, where the plan allows it. Default: 4. */
  jobs?: number | undefined;
  /** What a run may use up before it pauses; a Portia with higher ones continues it. Default: no limits. */
  limits?: Limits | undefined;
  /**
   * Answers questions while a run is driven; without one a run pauses at its first question. An answer that does not fit
   * rejects with `answer-refused`, and the run waits for another.
   */
  clarificationHandler?: ClarificationHandler | undefined;
  /**
   * Whether the project is trusted: its tool modules are loaded, its programs started, and what it allows is allowed.
   * Default: as the user decided with `portia trust`. Where it is not, whatever needs one of these is rejected with
   * `project-untrusted`.
   */
  trustProject?: boolean | undefined;
  /** Name of whoever answers, recorded with each answer. */
  by?: string | undefined;
  /** Variables of the environment. Default: those of this process. */
  environment?: Environment | undefined;
}

export interface PlanningOptions {
  planInputs?: PlanInput[] | undefined;
  /** JSON Schema of the final output. */
  outputSchema?: JsonSchema | undefined;
  examples?: Plan[] | undefined;
  /** Ends the planning: it rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
}

export interface RunOptions {
  /** Values of the plan's inputs, by name. */
  inputs?: Record<string, Json> | undefined;
  endUser?: string | undefined;
  /** Interrupts the run where it is; it stays resumable. */
  signal?: AbortSignal | undefined;
}

export interface ResumeOptions extends Pick<RunOptions, 'signal'> {
  /** Ids of tools that have changed since the run was started, with which it continues as they are now. */
  acceptChanged?: string[] | undefined;
  /** The digest with which a resume was rejected (`consents-unconfirmed`): the recorded answers that it names count. */
  acceptRecorded?: string | undefined;
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
    if (services.planner() === 'model') refuseUntrusted(trustMissingForPlanning(services));
    const tools = effectiveTools(await services.tools(), services.toolEnvironment);
    const plan = await planRequest(services, {
      ...options,
      query,
      tools: tools.filter(({ readiness }) => readiness.ready).map(({ tool }) => tool),
    });
    await this.#storeOf(services).savePlan(plan);
    return plan;
  }

  /**
   * Runs a plan: await it for the final record, or read its `events` while it is driven. A plan is taken as it is at this
   * moment, in any shape that a file may have, and kept; under a new id when its own stands for another content.
   * Rejects with `invalid-plan`, `missing-input`, `invalid-input`, `not-found` or `invalid-settings` before anything is
   * done.
   */
  runPlan(plan: Plan | PlanId, options: RunOptions = {}): Running {
    const given = typeof plan === 'string' ? undefined : toJson(plan);
    return this.#start(options, async (drive, services) => {
      if (typeof plan === 'string') return runApproved(await readPlan(drive.store, plan), options, { drive, services });
      return runApproved(readGivenPlan(given, services.now()), options, { drive, services });
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
  resume(run: Run | RunId, options: ResumeOptions = {}): Running {
    const id = typeof run === 'string' ? run : run.id;
    return this.#start(options, async (drive, services) => {
      await refuseUntrustedRun(id, drive.store, services);
      return resumeRun(id, { ...drive, answers: async () => [], acceptChanged: options.acceptChanged });
    });
  }

  /**
   * Records the answer to one question, without running. Rejects with `answer-refused` for a wrong type or option, a
   * question that is not open, or none of this run.
   */
  async resolveClarification(run: Run | RunId, id: ClarificationId, response: Json): Promise<Run> {
    const services = await this.#open();
    const { compileSchema } = await services.executor();
    const runId = typeof run === 'string' ? run : run.id;
    const answers = async (stored: Run) =>
      checkAnswers([{ id, response, channel: 'api' }], { open: openClarifications(stored), runId, compileSchema });
    const { json: redact } = services.redactor();
    return answerRun(this.#storeOf(services), runId, {
      answers,
      redact,
      by: this.#person(),
      secrets: services.secrets,
    });
  }

  async #open(): Promise<Services> {
    const { dir, environment, model, baseUrl, apiKeyEnv, execEnv, tools, approve, deny, jobs, limits, trustProject } =
      this.#options;
    this.#services ??= createServices({
      cwd: resolve(dir ?? '.'),
      ...thisProcess(),
      ...(environment && { environment }),
      flags: { model: typeof model === 'string' ? model : undefined, baseUrl, apiKeyEnv, execEnv, approve, deny },
      jobs,
      limits,
      trustProject,
      ...(tools && { ownTools: tools }),
      ...(typeof model === 'object' && { ownModel: model }),
    });
    return this.#services;
  }

  /** A store in memory is this program's own. */
  #consentRules({ signing }: Services, accepted: string | undefined): ConsentRules | undefined {
    if (this.#store !== undefined) return undefined;
    return {
      judge: signing.judge,
      async confirm({ run, consents, digest }) {
        if (digest === accepted) return;
        const why = 'Neither this user nor anybody whom the user named gave them here:';
        const fix = `resume the run with acceptRecorded: '${digest}'`;
        throw consentsUnconfirmed({ runId: run.id, consents }, why, fix);
      },
    };
  }

  #person(): Person {
    const { environment, by: name } = this.#options;
    return personHere({ ...thisProcess(), ...(environment && { environment }), name });
  }

  #storeOf(services: Services): Store {
    return this.#store ?? services.store;
  }

  #start(
    options: RunOptions & ResumeOptions,
    work: (drive: DriveOptions, services: Services) => Promise<Run>,
  ): Running {
    return new Running(async (listener: (event: RunEvent) => void) => {
      const following = followSignal(options.signal);
      try {
        const services = await this.#open();
        const store = this.#storeOf(services);
        const executor = await services.executor();
        const { clarificationHandler: handler } = this.#options;
        const drive = {
          store,
          readSubPlans: async (outer: Plan) => keepSubPlans(outer, store),
          services: executor,
          listener,
          signal: following.signal,
          answering: { handler: handler && checkedHandler(handler, executor.compileSchema), by: this.#person() },
          consentRules: this.#consentRules(services, options.acceptRecorded),
        };
        return await work(drive, services);
      } finally {
        following.end();
      }
    });
  }
}

/** Stops a run when the caller's signal says so; a signal may live longer than the run, so it is let go at the end. */
function followSignal(signal: AbortSignal | undefined): { signal: AbortSignal; end: () => void } {
  const controller = new AbortController();
  const stop = () => controller.abort(new Interruption(String(signal?.reason ?? 'the caller')));
  if (signal?.aborted) stop();
  else signal?.addEventListener('abort', stop, { once: true });
  return { signal: controller.signal, end: () => signal?.removeEventListener('abort', stop) };
}

async function readPlan(store: Store, id: PlanId): Promise<Plan> {
  const plan = await store.readPlan(id);
  if (plan !== undefined) return plan;
  throw new PortiaError('not-found', `There is no plan ${id}.`, {
    planId: id,
    fix: 'Plan first, or give the plan itself.',
  });
}

function readGivenPlan(given: ReturnType<typeof toJson> | undefined, now: Date): Plan {
  if (given?.ok) return readPlanDocument(given.value, { createdAt: now.toISOString() }).plan;
  throw new PortiaError('invalid-plan', 'The plan is not JSON.', { why: given?.problem });
}

function refuseUntrusted(missing: PortiaError | undefined): void {
  if (missing === undefined) return;
  const fix = 'new Portia({ trustProject: true }), or once on the command line: portia trust';
  throw new PortiaError(missing.code, missing.message, { ...missing.details, fix });
}

/** What is wrong with the run or its plan is said when it is resumed. */
async function refuseUntrustedRun(id: RunId, store: Store, services: Services): Promise<void> {
  if (services.trust.isTrusted) return;
  const run = (await store.readRun(id))?.run;
  const plan = run === undefined || isFinal(run) ? undefined : await store.readPlan(run.plan_id);
  if (plan === undefined) return;
  const plans = [plan, ...(await loadSubPlans(plan, store)).values()];
  refuseUntrusted(trustMissingForRun(plans, { ...services, tools: await services.tools() }));
}

async function runApproved(
  given: Plan,
  options: RunOptions,
  { drive, services }: { drive: DriveOptions; services: Services },
): Promise<Run> {
  const tools = await services.tools();
  const subPlans = await loadSubPlans(given, drive.store);
  refuseUntrusted(trustMissingForRun([given, ...subPlans.values()], { ...services, tools }));
  await refuseBrokenPlans({ plan: given, subPlans }, tools);
  refuseToolsThatAreOff([given, ...subPlans.values()], tools, services.toolEnvironment);
  const check = await createInputCheck(given);
  const checked = check(readInputs(options.inputs ?? {}));
  const error = inputsError(checked);
  if (error !== undefined) throw error;
  const plan = await keepPlan(given, { ...services, store: drive.store });
  return startRun(plan, { ...drive, inputs: checked.values, endUserId: options.endUser ?? DEFAULT_END_USER });
}

/** By bare name, as JSON: a value that a file would change is refused. */
function readInputs(inputs: Record<string, Json>): Record<string, Json> {
  const read: Record<string, Json> = {};
  for (const [name, value] of Object.entries(inputs)) {
    const json = toJson(value);
    if (!json.ok) throw new PortiaError('invalid-input', `The input ${name} is not JSON.`, { why: json.problem });
    setOwn(read, bareName(name), json.value);
  }
  return read;
}
