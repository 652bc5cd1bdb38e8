import { tellCancelled } from '../app/cancelled-hook.js';

import { sendSignal } from '../app/send-signal.js';
import { trustMissingForPlanning } from '../app/trust/missing-trust.js';
import { trustMissingToResume } from '../app/trust-of-run.js';
import type { Services } from '../app/services.js';
import { checkAnswers, checkedHandler } from '../clarifications/check-answers.js';
import { openClarifications, type Clarification } from '../domain/run/clarification.js';
import type { ToldText } from '../executor/run-context.js';
import type { EstimateRecord } from '../domain/plan/estimate-record.js';
import type { PlanChange } from '../domain/plan/plan-diff.js';
import type { RunChange } from '../domain/run/run-diff.js';
import type { Problem } from '../domain/errors.js';
import type { RunEvent } from '../domain/run/events.js';
import { isPlanId, type ClarificationId, type PlanId, type RunId } from '../domain/values/ids.js';
import { toJson, type Json } from '../domain/values/json.js';
import type { Plan } from '../domain/plan/plan.js';
import type { Run } from '../domain/run/run.js';
import { cancelRun } from '../executor/cancel-run.js';
import type { DriveOptions } from '../executor/open-run.js';
import { answerRun } from '../executor/answer-run.js';
import { resumeRun } from '../executor/resume-run.js';
import { STAY_MS } from '../executor/staying.js';
import { noSuchRun } from '../storage/no-such-run.js';
import type { SentSignal } from '../storage/signal-store.js';
import type { RunBrief } from '../storage/store.js';
import { keepSubPlans } from '../app/plans/load-sub-plans.js';
import { keepPlan } from '../app/plans/keep-plan.js';
import { PlanningBudget } from '../app/plans/planning-budget.js';
import { followSignal } from './follow-signal.js';
import {
  refuseUnknownOptions,
  type EstimateOptions,
  refuseWrongOptions,
  type ExportOptions,
  type PlanningOptions,
  type PlanOrRun,
  type PlanSource,
  type PortiaOptions,
  type RefineOptions,
  type ResumeOptions,
  type RunFilter,
  type RunOptions,
  type SignalOptions,
  type WaitingQuestion,
} from './portia-options.js';
import { Project } from './project.js';
import { answersByName } from './answers-by-name.js';
import { readPlan, refuseUntrusted, runApproved } from './run-approved.js';
import { DrivenRun, type Running } from './running.js';
import { settlementsOf } from './settlements.js';

/** Plans and runs from a program: the same planner, executor and files as the command line. */
export class Portia {
  readonly #options: PortiaOptions;
  readonly #project: Project;

  /** Throws a PortiaError `usage` for an option that does not exist. */
  constructor(options: PortiaOptions = {}) {
    refuseWrongOptions(options);
    this.#options = options;
    this.#project = new Project(options);
  }

  /** Makes a plan from a request and saves it. Rejects with a PortiaError, e.g. `no-plan` or `no-model`. */
  async plan(query: string, options: PlanningOptions = {}): Promise<Plan> {
    refuseUnknownOptions('plan', options);
    return this.#plan(query, options);
  }

  async #plan(query: string, options: PlanningOptions, budget?: PlanningBudget): Promise<Plan> {
    const services = await this.#project.open();
    if (services.planner() === 'model') refuseUntrusted(trustMissingForPlanning(services));
    const { planStored } = await import('./plan-work.js');
    const own = { ...services, store: this.#project.storeOf(services), ...this.#project.kept?.inMemory };
    return planStored(query, options, { services: own, budget });
  }

  /**
   * Runs a plan: await it for the final record, or read its `events` while it is driven. A plan is taken as it is at this
   * moment, in any shape that a file may have, and kept; under a new id when its own stands for another content.
   * Rejects with `invalid-plan`, `missing-input`, `invalid-input`, `not-found` or `invalid-settings` before anything is
   * done.
   */
  runPlan(plan: Plan | PlanId, options: RunOptions = {}): Running {
    const readTaken = this.#project.take(plan);
    return this.#start('runPlan', options, async (drive, services) =>
      runApproved(await readTaken(), options, { drive, services }),
    );
  }

  /** Plans, then runs the plan at once. */
  run(query: string, options: RunOptions & PlanningOptions = {}): Running {
    return this.#start('run', options, async (drive, services) => {
      const budget = new PlanningBudget(this.#options.limits ?? {}, services.settings.prices);
      const plan = await this.#plan(query, options, budget);
      return runApproved(plan, options, { drive: { ...drive, planning: budget.spent }, services });
    });
  }

  /** Continues a run where it stopped, whichever process ran it before. */
  resume(run: Run | RunId, options: ResumeOptions = {}): Running {
    const id = idOf(run);
    return this.#start('resume', options, async (drive, services) => {
      refuseUntrusted(await trustMissingToResume(id, { services, store: drive.store }));
      const settlements = settlementsOf(options);
      return resumeRun(id, { ...drive, settlements, answers: async () => [], acceptChanged: options.acceptChanged });
    });
  }

  /**
   * Records the answer to one question, without running. Rejects with `answer-refused` for a wrong type or option, a
   * question that is not open, or none of this run.
   */
  async resolveClarification(run: Run | RunId, id: ClarificationId, response: Json): Promise<Run> {
    return this.#answer(run, () => [{ id, response }]);
  }

  /**
   * Records answers by the names under which they are asked (`filename`, `$quantity`, a path, an id), without running. All of
   * them count or none. Rejects with `ambiguous` for a name of several open questions, and as `resolveClarification` does.
   */
  async answer(run: Run | RunId, answers: Readonly<Record<string, Json>>): Promise<Run> {
    return this.#answer(run, (open, runId) => answersByName(answers, open, runId));
  }

  async #answer(
    run: Run | RunId,
    choose: (open: Clarification[], runId: RunId) => { id: ClarificationId; response: Json }[],
  ): Promise<Run> {
    const services = await this.#project.open();
    const { compileSchema } = await services.executor();
    const runId = idOf(run);
    const answers = async (stored: Run) => {
      const open = openClarifications(stored);
      const chosen = choose(open, runId).map((one) => ({ ...one, channel: 'api' as const }));
      return checkAnswers(chosen, { open, runId, compileSchema });
    };
    return answerRun(this.#project.storeOf(services), runId, {
      answers,
      redact: services.redactor().json,
      by: this.#project.person(),
      secrets: services.secrets,
      always: await services.alwaysAllowed(),
    });
  }

  /** The questions that wait for a person, in all runs: those of the run that asked last come first. */
  async listQuestions(): Promise<WaitingQuestion[]> {
    const { OpenQuestions } = await import('../app/open-questions.js');
    const found = await new OpenQuestions(await this.#project.store()).list();
    return found.map(({ run, question, plan, owner }) => ({
      runId: run.id,
      planId: run.plan_id,
      request: plan?.plan_context.query,
      question,
      isDriven: owner !== undefined,
    }));
  }

  /** A run as it is now, whoever drives it. Rejects with `not-found`. */
  async getRun(id: RunId): Promise<Run> {
    const stored = await (await this.#project.store()).readRun(id);
    if (stored !== undefined) return stored.run;
    throw noSuchRun(id, 'listRuns() lists them.');
  }

  /**
   * A run with all that it needs as lines of text, for a file or another program: what `portia export` writes. Rejects with
   * `not-found`, `unreadable` (also where a part of it is missing, unless `partial`) or `log-edited` when it is first read.
   */
  async *exportRun(run: Run | RunId, options: ExportOptions = {}): AsyncGenerator<string> {
    refuseUnknownOptions('exportRun', options);
    const services = await this.#project.open();
    const { exportedLines } = await import('./carry-runs.js');
    yield* exportedLines(idOf(run), options, { services, store: this.#project.storeOf(services) });
  }

  /**
   * Takes over a run that was exported, with the runs inside it and their plans: all of it or nothing. Rejects with `unreadable`
   * or `newer-version` for what is not a whole export, and with `stale` when the run or a plan is here with another content.
   */
  async importRun(lines: AsyncIterable<string | Uint8Array>): Promise<Run> {
    const services = await this.#project.open();
    const { importLines } = await import('./carry-runs.js');
    return importLines(lines, this.#project.storeOf(services));
  }

  /** The runs that are here, the newest first; one whose file is broken says so in `unreadable`. */
  async listRuns(filter: RunFilter = {}): Promise<RunBrief[]> {
    refuseUnknownOptions('listRuns', filter);
    const { state, limit = Number.POSITIVE_INFINITY } = filter;
    const runs: RunBrief[] = [];
    for await (const run of (await this.#project.store()).listRuns({ state, limit })) runs.push(run);
    return runs;
  }

  /**
   * Ends a run, which cannot be resumed afterwards. Rejects with `run-final` when it has ended, and with `run-locked`
   * while another process drives it.
   */
  async cancel(run: Run | RunId): Promise<Run> {
    const { by } = this.#options;
    const services = await this.#project.open();
    const reason = `cancelled by ${by ?? 'a program'}`;
    return cancelRun(this.#project.storeOf(services), idOf(run), { reason, tell: tellCancelled(services) });
  }

  /** Tells of an event: one run gets it that waits for it, or will within 7 days. Gives the runs that wait for it now. */
  async signal(event: string, { key = '', data = null }: SignalOptions = {}): Promise<SentSignal> {
    return sendSignal(this.#project.storeOf(await this.#project.open()), { event, key, data });
  }

  /**
   * Everything that is wrong with a plan, in any shape that a file may have, and what deserves a look; nothing is run or
   * kept. Without problems of severity `error` it can be run here. Rejects with `not-found` for an id that is not here.
   */
  async check(plan: Plan | PlanId): Promise<Problem[]> {
    const given = toJson(plan);
    const services = await this.#project.open();
    const store = this.#project.storeOf(services);
    const { checkHere } = await import('../app/check-here.js');
    if (typeof plan === 'string') return checkHere(await readPlan(store, plan), services, store);
    const { documentProblems } = await import('../app/plans/document-problems.js');
    const createdAt = services.now().toISOString();
    const check = async (read: Plan) => checkHere(read, services, store);
    return given.ok ? documentProblems(given.value, { createdAt, check }) : [notJson(given.problem)];
  }

  /**
   * What a run would take of models, at least and at most; none is asked. Rejects with `not-found` or `invalid-input`.
   */
  async estimate(plan: Plan | PlanId, options: EstimateOptions = {}): Promise<EstimateRecord> {
    refuseUnknownOptions('estimate', options);
    const readTaken = this.#project.take(plan);
    const services = await this.#project.open();
    const { estimateOf } = await import('./estimate-work.js');
    return estimateOf(await readTaken(), options, { services, store: this.#project.storeOf(services) });
  }

  /**
   * Has the model change a plan as the request says, and keeps the result: another plan, `derived_from` the first one,
   * or that one when nothing was changed. Rejects as `plan` does.
   */
  async refine(plan: Plan | PlanId, request: string, options: RefineOptions = {}): Promise<Plan> {
    refuseUnknownOptions('refine', options);
    const readTaken = this.#project.take(plan);
    const services = await this.#project.open();
    const store = this.#project.storeOf(services);
    refuseUntrusted(trustMissingForPlanning(services));
    const { refineStored } = await import('./plan-work.js');
    return refineStored(await readTaken(), { ...options, hint: request }, { services, store });
  }

  /**
   * Remembers a plan, as it is now, as an example for new ones: `examples: 'liked'`. It is kept for this user and project;
   * a plan that is given is kept first. False when it was liked before.
   */
  async like(plan: Plan | PlanId): Promise<boolean> {
    const readTaken = this.#project.take(plan);
    const services = { ...(await this.#project.open()), ...this.#project.kept?.inMemory };
    const store = this.#project.storeOf(services);
    return (await services.likedPlans()).like(await keepPlan(await readTaken(), { ...services, store }));
  }

  /** Forgets that a plan was liked. False when it was not. */
  async unlike(plan: Plan | PlanId): Promise<boolean> {
    const { likedPlans } = { ...(await this.#project.open()), ...this.#project.kept?.inMemory };
    return (await likedPlans()).unlike(typeof plan === 'string' ? plan : plan.id);
  }

  /**
   * A plan by its id, or as a person wrote it: a file, seen from the project's folder, or its text, in JSON or YAML. Nothing is
   * kept. Rejects with `not-found`, `unreadable` or `invalid-plan`, which says where in the text every problem stands.
   */
  async readPlan(source: PlanSource): Promise<Plan> {
    const services = await this.#project.open();
    if (isPlanId(source)) return readPlan(this.#project.storeOf(services), source);
    const { readPlanSource } = await import('./load-plan.js');
    return readPlanSource(source, { dir: services.cwd, createdAt: services.now().toISOString() });
  }

  /**
   * What differs between two plans, or between two runs; nothing when both are the same. Times and ids do not count. Rejects
   * with `not-found` for an id that is not here.
   */
  diff(before: Plan | PlanId, after: Plan | PlanId): Promise<PlanChange[]>;
  diff(before: Run | RunId, after: Run | RunId): Promise<RunChange[]>;
  async diff(before: PlanOrRun, after: PlanOrRun): Promise<PlanChange[] | RunChange[]> {
    const { compare } = await import('./look-work.js');
    return compare(this.#project, before, after);
  }

  /**
   * A page about a plan or a run, or about what differs between two of them, as HTML that loads nothing: what `portia report`
   * writes. Rejects with `not-found`, and with `usage` for a plan and a run.
   */
  async report(of: PlanOrRun, comparedWith?: PlanOrRun): Promise<string> {
    const { pageAbout } = await import('./look-work.js');
    return pageAbout(this.#project, of, comparedWith);
  }

  /**
   * Ends the processes in which the project's own tools work, and the connections to a database. Without it they end with
   * this program, which they do not keep from ending. What is called later starts new ones. A store that was given as an
   * object stays open.
   */
  async close(): Promise<void> {
    await this.#project.close();
  }

  #start(
    call: 'run' | 'runPlan' | 'resume',
    options: RunOptions & ResumeOptions,
    work: (drive: DriveOptions, services: Services) => Promise<Run>,
  ): Running {
    return new DrivenRun(async (listener: (event: RunEvent) => void) => {
      refuseUnknownOptions(call, options);
      const following = followSignal(options.signal);
      const { onText } = options;
      try {
        const services = await this.#project.open();
        const store = this.#project.storeOf(services);
        const executor = await services.executor();
        const { clarificationHandler: handler } = this.#options;
        const drive = {
          store,
          readSubPlans: async (outer: Plan) => keepSubPlans(outer, store),
          services: executor,
          listener,
          // What it throws is its program's, and no fault of the connection.
          onText: onText && ((told: ToldText) => queueMicrotask(() => onText(told))),
          signal: following.signal,
          answering: {
            handler: handler && checkedHandler(handler, executor.compileSchema),
            by: this.#project.person(),
            ...(options.waitMs !== undefined && { patience: { ms: options.waitMs, tell: async () => undefined } }),
          },
          staying: { ms: options.waitMs ?? STAY_MS, isRehearsal: false },
          consentRules: await this.#project.consentRules(services, options.acceptRecorded),
          // No other process can reach what this object keeps in memory.
          ...(this.#project.kept?.inMemory && {
            next: (id: RunId) => `portia.resume('${id}') of the same Portia object`,
          }),
        };
        return await work(drive, services);
      } finally {
        following.end();
      }
    });
  }
}

function idOf(run: Run | RunId): RunId {
  return typeof run === 'string' ? run : run.id;
}

function notJson(problem: string): Problem {
  return { severity: 'error', rule: 'no-json', message: `The plan is not JSON: ${problem}.`, pointer: '' };
}
