import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';

import type { Plan, Step } from '../domain/plan/plan.js';
import { toolsOfStep } from '../domain/plan/plan-steps.js';
import type { SubPlans } from '../domain/plan/sub-plans.js';
import { isAbout } from '../domain/run/asked-digest.js';
import type { ActionRequest, Clarification, ClarificationRequest } from '../domain/run/clarification.js';
import { clarificationSchema } from '../domain/run/clarification-schema.js';
import { asksForReadiness, providersAsked, readinessKey, SKIPPED } from '../domain/run/readiness-questions.js';
import { openSameAction } from '../domain/run/same-action.js';
import type { RunId } from '../domain/values/ids.js';
import { canonicalJson, type JsonObject } from '../domain/values/json.js';
import { startClock } from '../timing/clock.js';
import { toolEndUser } from '../tools/end-user.js';
import { askReadiness, isOff, shownReadiness, toolsOffError } from '../tools/readiness.js';
import type { NeededAction, NotReady, Readiness, Tool } from '../tools/tool.js';
import type { KnownEndUser } from './known-end-user.js';
import { throwIfStopped } from './interruption.js';
import type { StepStop } from './outcomes.js';
import type { Recorder } from './recorder.js';
import type { RunContext, ToolsReadiness } from './run-context.js';
import type { ExecutorServices } from './services.js';
import { settleQuestions } from './settle-questions.js';
import { stepsAhead } from './steps-ahead.js';

/** How often somebody is asked who says that it is done while the tool says that it is not. */
const MOST_TIMES_ASKED = 5;

/** Between two looks while a run waits; longer, the longer it waits. */
const SHORTEST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 30_000;

/** What a step may call, with its arguments where the plan says them. */
interface CallAhead {
  tool: Tool;
  args: JsonObject | undefined;
}

/** What a person does elsewhere, and the tools that wait for it. */
interface Lack {
  action: NeededAction;
  tools: Set<Tool>;
}

type Lacks = ReadonlyMap<string, Lack>;

interface ReadyToolsParts {
  plan: Plan;
  subPlans: SubPlans;
  services: Pick<ExecutorServices, 'tools' | 'environment' | 'newId'>;
  runId: RunId;
  endUser: KnownEndUser;
}

/**
 * Whether the tools of a run, and of the runs inside it, can work: they are asked before its first step, when it
 * continues, and until a person has done what they wait for.
 */
export class ReadyTools implements ToolsReadiness {
  readonly #parts: ReadyToolsParts;
  /** Ids of the questions that were asked in this drive. */
  readonly #raised = new Set<string>();
  #calls: readonly CallAhead[] = [];
  #lacks: Lacks = new Map();
  /** The run, once it exists. */
  #existing: RunId | undefined;
  /** The run that asks: the plans inside do not. */
  #outermost: RunContext | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  /** What was told last while the run waits. */
  #told = '';

  constructor(parts: ReadyToolsParts) {
    this.#parts = parts;
  }

  /**
   * Asks those of the steps ahead. Rejects with `invalid-settings` when some are off, and as `askReadiness` does.
   * `isNew`: the run does not exist yet.
   */
  async ask(isFinished: (path: string) => boolean, { isNew }: { isNew: boolean }): Promise<void> {
    this.#existing = isNew ? undefined : this.#parts.runId;
    this.#calls = this.#callsOf(stepsAhead(this.#parts, isFinished));
    this.#lacks = await this.#lacksOf(this.#calls);
  }

  /** Records what was said: what is done is no longer open, and what a call asked for is not asked again. */
  record(recorder: Recorder): void {
    for (const { action } of this.#lacks.values()) joinOpen(recorder, action);
    const waiting = [...this.#lacks].flatMap(([provider, { tools }]) =>
      [...tools].map(({ id }) => ({ tool_id: id, provider })),
    );
    if (isDeepStrictEqual(recorder.index.waitingTools, waiting)) return;
    recorder.append({ type: 'readiness.checked', waiting });
  }

  /**
   * Waits until a person has done what tools wait for, or put it off: as long as somebody answers, or as long as the
   * person said. Gives what is still open then.
   */
  async wait(context: RunContext): Promise<Clarification[]> {
    this.#outermost = context;
    return this.#waitFor(context, undefined);
  }

  /**
   * Before the run pauses: notes which actions that calls asked for are what their tools wait for, so that nobody needs to
   * say that they are done. A tool that cannot say so now leaves the question as it is.
   */
  async joinAsked({ recorder }: RunContext): Promise<void> {
    const asked = recorder.run.outputs.clarifications.filter(
      (question) => question.category === 'Action' && !question.resolved && !asksForReadiness(question),
    );
    if (asked.length === 0) return;
    const { services, runId, endUser } = this.#parts;
    const about = { runId, endUser: toolEndUser(await endUser.look()) };
    const lacks = new Map(this.#lacks);
    for (const { tool, args } of this.#calls) {
      const said = await shownReadiness(tool, { environment: services.environment, args, about });
      for (const action of actionsOf(said)) {
        if (openSameAction(asked, recorder.redact(action)) !== undefined) addLack(lacks, action, tool);
      }
    }
    this.#lacks = lacks;
    this.record(recorder);
  }

  /** Before a call: what stops its step while the tool waits for something that a person put off. */
  async beforeCall(context: RunContext, tool: Tool): Promise<StepStop | undefined> {
    const outermost = this.#outermost;
    if (outermost === undefined || this.#providersOf(tool).size === 0) return undefined;
    // Steps side by side do not ask a person at the same time.
    const turn = this.#turn.then(async () => {
      await this.#look();
      const only = this.#providersOf(tool);
      const isTimed = context.signal !== context.runSignal;
      if (!isTimed) return this.#waitFor(outermost, only);
      this.record(outermost.recorder);
      return this.#raise(outermost, only);
    });
    this.#turn = turn.catch(() => undefined);
    const open = await turn;
    return open.length === 0 ? undefined : { kind: 'suspended', clarifications: open };
  }

  /** What the run as a whole waits for. */
  get open(): Clarification[] {
    return this.#outermost?.recorder.run.outputs.clarifications.filter(isOpen) ?? [];
  }

  async #waitFor(context: RunContext, only: ReadonlySet<string> | undefined): Promise<Clarification[]> {
    const { patience } = context.answering;
    const elapsed = startClock();
    let isAsked = true;
    for (let round = 1; ; round += 1) {
      this.record(context.recorder);
      const open = this.#raise(context, only);
      if (open.length === 0) return [];
      isAsked &&= round <= MOST_TIMES_ASKED && (await this.#settle(context, open));
      const left = (patience?.ms ?? 0) - elapsed();
      if (!isAsked && left <= 0) {
        await context.recorder.flush();
        return open;
      }
      if (!isAsked) {
        await this.#tellOnce(context, open);
        await pause(context, Math.min(left, pauseAfter(elapsed())));
      }
      await this.#look();
    }
  }

  /** Whether somebody answered any of them. */
  async #settle(context: RunContext, open: Clarification[]): Promise<boolean> {
    await settleQuestions(context, open, async (question, signal) => this.#untilDone(question, signal));
    return open.some(({ resolved }) => resolved);
  }

  /** True once the tools that wait for the question are ready; false when the signal ends it before. */
  async #untilDone(question: Clarification, signal: AbortSignal): Promise<boolean> {
    const providers = providersAsked(question);
    const elapsed = startClock();
    const calls = this.#calls.filter(({ tool }) => providers.some((each) => this.#providersOf(tool).has(each)));
    while (!signal.aborted) {
      const lacks = await this.#lacksOf(calls);
      if (!providers.some((each) => lacks.has(each))) return true;
      await sleep(pauseAfter(elapsed()), undefined, { signal }).catch(() => undefined);
    }
    return false;
  }

  async #tellOnce(context: RunContext, open: Clarification[]): Promise<void> {
    const { patience } = context.answering;
    const told = open.map(({ id }) => id).join();
    if (this.#told === told) return;
    this.#told = told;
    await context.recorder.flush();
    await patience?.tell(context.recorder.run);
  }

  /** The questions that hold the run back: those that are open already, and those that are asked now. */
  #raise({ recorder }: RunContext, only: ReadonlySet<string> | undefined): Clarification[] {
    const open: Clarification[] = [];
    for (const [provider, lack] of this.#lacks) {
      if (only?.has(provider) === false) continue;
      const key = readinessKey(provider);
      const known = recorder.questions.under(key).at(-1);
      if (known?.response === SKIPPED && only === undefined) continue;
      const request = requestFor(lack, only === undefined);
      const isSame = known?.resolved === false && this.#isAsSaid(known, { key, request: recorder.redact(request) });
      if (!isSame) {
        const raised = known === undefined ? request : askAnew(known, request);
        recorder.append({ type: 'clarification.raised', clarification: this.#clarification(key, raised) });
      }
      open.push(...recorder.questions.under(key).slice(-1));
    }
    return open;
  }

  /** A tool may give another address each time: what was asked in this drive, or by a call, still holds. */
  #isAsSaid(known: Clarification, { key, request }: { key: string; request: ClarificationRequest }): boolean {
    return known.key !== key || this.#raised.has(known.id) || isAbout(known, request);
  }

  #clarification(key: string, request: ClarificationRequest): Clarification {
    const { services, runId } = this.#parts;
    const id = services.newId('clar');
    this.#raised.add(id);
    return clarificationSchema.parse({ id, plan_run_id: runId, key, ...request });
  }

  #providersOf(tool: Tool): ReadonlySet<string> {
    const waiting = [...this.#lacks].filter(([, { tools }]) => tools.has(tool));
    return new Set(waiting.map(([provider]) => provider));
  }

  /** Asks those again that were not ready. */
  async #look(): Promise<void> {
    const waiting = new Set([...this.#lacks.values()].flatMap(({ tools }) => [...tools]));
    this.#lacks = await this.#lacksOf(this.#calls.filter(({ tool }) => waiting.has(tool)));
  }

  async #lacksOf(calls: readonly CallAhead[]): Promise<Lacks> {
    const { services, plan, runId, endUser } = this.#parts;
    const about = calls.length === 0 ? undefined : { runId, endUser: toolEndUser(await endUser.look()) };
    const off = new Map<string, NotReady>();
    const lacks = new Map<string, Lack>();
    for (const { tool, args } of calls) {
      const said = await askReadiness(tool, { environment: services.environment, args, about });
      if (isOff(said)) off.set(tool.id, said);
      for (const action of actionsOf(said)) addLack(lacks, action, tool);
    }
    if (off.size > 0) throw toolsOffError(off, { planId: plan.id, runId: this.#existing });
    return lacks;
  }

  #callsOf(steps: readonly Step[]): CallAhead[] {
    const calls = new Map<string, CallAhead>();
    for (const step of steps) {
      const args = step.kind === 'tool' ? step.args : undefined;
      for (const id of toolsOfStep(step)) {
        const tool = this.#parts.services.tools.get(id);
        if (tool?.readiness !== undefined) calls.set(canonicalJson([id, args ?? null]), { tool, args });
      }
    }
    return [...calls.values()];
  }
}

function actionsOf(said: Readiness): readonly NeededAction[] {
  return said.ready ? [] : (said.actions ?? []);
}

function addLack(lacks: Map<string, Lack>, action: NeededAction, tool: Tool): void {
  const { action: first, tools } = lacks.get(action.provider) ?? { action, tools: [] };
  lacks.set(action.provider, { action: first, tools: new Set([...tools, tool]) });
}

function requestFor({ action, tools }: Lack, maySkip: boolean): ActionRequest {
  const source = [...tools].map(({ name }) => name).join(', ');
  return { ...action, source, ...(maySkip && { may_skip: true }) };
}

/** What a call asked a person for, and what is still open, is what these tools wait for, too. */
function joinOpen(recorder: Recorder, action: NeededAction): void {
  const open = recorder.run.outputs.clarifications.filter(({ resolved }) => !resolved);
  if (open.some((question) => providersAsked(question).includes(action.provider))) return;
  const same = openSameAction(open, recorder.redact(action));
  if (same !== undefined)
    recorder.append({ type: 'clarification.joined', id: same.id, key: readinessKey(action.provider) });
}

/** The same once more, because a person said that it is done, or because it was done and is not any more. */
function askAnew(known: Clarification, request: ActionRequest): ClarificationRequest {
  const isSaid = known.response === true && known.channel !== 'tool';
  const text = isSaid
    ? `This is not done yet, says ${request.source}. ${request.user_guidance}`
    : request.user_guidance;
  return { ...request, user_guidance: text, replaces: known.id };
}

function isOpen(question: Clarification): boolean {
  return asksForReadiness(question) && !question.resolved;
}

function pauseAfter(elapsedMs: number): number {
  return Math.max(SHORTEST_PAUSE_MS, Math.min(LONGEST_PAUSE_MS, elapsedMs / 20));
}

async function pause(context: RunContext, ms: number): Promise<void> {
  context.budget.beforeToolCall();
  await sleep(ms, undefined, { signal: context.runSignal }).catch(() => undefined);
  throwIfStopped(context);
}
