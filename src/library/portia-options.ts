import type { AgentType } from '../domain/values/agent-types.js';
import type { ClarificationHandler } from '../clarifications/clarification-handler.js';
import type { Environment } from '../domain/environment.js';
import { EXAMPLE_CHOICES, type ExampleChoice } from '../config/layer.js';
import { PortiaError } from '../domain/errors.js';
import type { Clarification } from '../domain/run/clarification.js';
import type { ToldText } from '../executor/run-context.js';
import type { PlanId, RunId } from '../domain/values/ids.js';
import type { Json, JsonSchema } from '../domain/values/json.js';
import { nearestName } from '../domain/values/nearest-name.js';
import type { Plan, PlanInput } from '../domain/plan/plan.js';
import { RUN_STATES, type Run, type RunState } from '../domain/run/run.js';
import type { Limits } from '../executor/budget.js';
import { hooksProblem } from '../hooks/hooks-problem.js';
import type { Hooks } from '../hooks/hooks.js';
import type { Model } from '../models/model.js';
import type { Store } from '../storage/store.js';
import type { Tool } from '../tools/tool.js';
import { refuseWrongStore } from './refuse-wrong-store.js';

export interface PortiaOptions {
  /** The project's folder, with its portia.json and .env. Default: where the program was started. */
  dir?: string | undefined;
  /**
   * Where plans and runs are kept: `file:`, `file:FOLDER`, `postgres://…`, `memory:` for this object only, or a store of
   * your own, which stays open when this object is closed. Default: as the settings say, else `plans/` and `runs/` in the
   * project.
   */
  store?: string | Store | undefined;
  /** `provider/name`, or a model of your own for every role. Default: as on the command line. */
  model?: string | Model | undefined;
  baseUrl?: string | undefined;
  /** Variable that holds the key for `baseUrl`. */
  apiKeyEnv?: string | undefined;
  /** Variables that the program of an `exec:` model gets, beside PATH, HOME, LANG, LC_*, TERM and TMPDIR. */
  execEnv?: string[] | undefined;
  /** Tools beside the built-in ones and those of portia.json. */
  tools?: Tool[] | undefined;
  /** How agents work whose steps do not say. Default: as the settings say, else `one-shot`. */
  agent?: AgentType | undefined;
  /** Code that looks at what is planned and run, in this process, in place of the hooks of portia.json. */
  hooks?: Hooks | undefined;
  /** Globs of tools whose calls are allowed or refused without asking. */
  approve?: string[] | undefined;
  deny?: string[] | undefined;
  /** Steps of a run that may be done at a time, where the plan allows it. Default: 8. */
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
  /** Plans to plan like; `liked`: the nearest of those that the user liked here; `none`. Default: as the settings say. */
  examples?: Plan[] | ExampleChoice | undefined;
  /** Whether the plan that was made or approved here for the same request is taken again. Default: as the settings say. */
  cached?: boolean | undefined;
  /** Whom the plan is for: an id, or what is to be known of them, too. */
  endUser?: string | GivenEndUser | undefined;
  /** Globs of tools that the plan is made without, as those that the request needs and that are off. */
  excludeTools?: string[] | undefined;
  /** Ends the planning: it rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
}

/** Whom a plan or a run is for. What is given is kept for later runs; what is not given stays as it is. */
export interface GivenEndUser {
  id: string;
  name?: string | undefined;
  email?: string | undefined;
  phoneNumber?: string | undefined;
  /** Whatever else plans and tools may build on; null forgets one. */
  additionalData?: Record<string, string | null> | undefined;
}

export interface RunOptions {
  /** Values of the plan's inputs, by name. */
  inputs?: Record<string, Json> | undefined;
  /** Whom the run is for: an id, or what is to be known of them, too. */
  endUser?: string | GivenEndUser | undefined;
  /**
   * Waits so many milliseconds before the run pauses: for what tools ask a person to do elsewhere (default: 0), and at each
   * step of the plan that waits (default: 60,000).
   */
  waitMs?: number | undefined;
  /** Interrupts the run where it is; it stays resumable. */
  signal?: AbortSignal | undefined;
  /**
   * Asks models for streams, and is called with what they say while they say it. It shows what is coming: only the events
   * and the run have what was said.
   */
  onText?: ((told: ToldText) => void) | undefined;
}

export interface SignalOptions {
  /** What the event is about, as the plan names it. Default: nothing. */
  key?: string | undefined;
  /** What comes with it: the output of the step. Default: null. */
  data?: Json | undefined;
}

export interface ResumeOptions extends Pick<RunOptions, 'signal' | 'waitMs' | 'onText'> {
  /** Ids of tools that have changed since the run was started, that it may continue with. */
  acceptChanged?: string[] | undefined;
  /** The digest with which a resume was rejected (`consents-unconfirmed`): the recorded answers that it names count. */
  acceptRecorded?: string | undefined;
  /**
   * Steps that a person did by hand, by the name of their output or by their path, with what they left; undefined for a step
   * that leaves nothing. Only steps that failed or are open; it is recorded and signed.
   */
  done?: Record<string, Json | undefined> | undefined;
  /** Steps that a person leaves out, named in the same way. */
  skip?: string[] | undefined;
}

/** Of a change of a plan by the model. */
export type RefineOptions = Pick<PlanningOptions, 'excludeTools' | 'signal'>;

/** Which runs are listed; all of them without it. */
export interface RunFilter {
  state?: RunState | undefined;
  /** At most so many, the newest. */
  limit?: number | undefined;
}

/** A question that waits for a person. */
export interface WaitingQuestion {
  runId: RunId;
  planId: PlanId;
  /** Of the plan; undefined when the plan is not here. */
  request: string | undefined;
  question: Clarification;
  /** Whether a process works on the run, and perhaps asks there. */
  isDriven: boolean;
}

export interface ExportOptions {
  /** Exports what is there also where a plan is gone, or what models were sent for it is damaged. Default: false. */
  partial?: boolean | undefined;
}

/** What is known of a run that is estimated. */
export interface EstimateOptions {
  /** Some of the plan's inputs, by name: they make it more exact. */
  inputs?: Record<string, Json> | undefined;
}

/** Where a plan is: its id, or, as a person wrote it in JSON or YAML, a file seen from the project's folder, or its text. */
export type PlanSource = string | { text: string };

/** What is looked at, itself or by its id. */
export type PlanOrRun = Plan | PlanId | Run | RunId;

type Known<Options> = Readonly<Record<keyof Options, true>>;

const LIMITS: Known<Limits> = { steps: true, modelCalls: true, tokens: true, cost: true, timeMs: true };

const PORTIA: Known<PortiaOptions> = {
  dir: true,
  store: true,
  model: true,
  baseUrl: true,
  apiKeyEnv: true,
  execEnv: true,
  tools: true,
  agent: true,
  hooks: true,
  approve: true,
  deny: true,
  jobs: true,
  limits: true,
  clarificationHandler: true,
  trustProject: true,
  by: true,
  environment: true,
};

const PLANNING: Known<PlanningOptions> = {
  planInputs: true,
  outputSchema: true,
  examples: true,
  cached: true,
  endUser: true,
  excludeTools: true,
  signal: true,
};
const RUNNING: Known<RunOptions> = { inputs: true, endUser: true, waitMs: true, signal: true, onText: true };

/** The options that each call of the library takes. */
const CALLS = {
  plan: PLANNING,
  runPlan: RUNNING,
  run: { ...PLANNING, ...RUNNING },
  resume: {
    acceptChanged: true,
    acceptRecorded: true,
    done: true,
    skip: true,
    waitMs: true,
    signal: true,
    onText: true,
  } satisfies Known<ResumeOptions>,
  refine: { excludeTools: true, signal: true } satisfies Known<RefineOptions>,
  estimate: { inputs: true } satisfies Known<EstimateOptions>,
  exportRun: { partial: true } satisfies Known<ExportOptions>,
  listRuns: { state: true, limit: true } satisfies Known<RunFilter>,
} as const;

/** A misspelt option would otherwise be passed over without a word. Throws a PortiaError `usage`. */
export function refuseUnknownOptions(call: keyof typeof CALLS, options: object): void {
  refuseUnknown(call, options, CALLS[call]);
  if ('state' in options && options.state !== undefined) {
    refuseOtherThan('state', options.state, RUN_STATES);
  }
  if ('examples' in options && typeof options.examples === 'string') {
    refuseOtherThan('examples', options.examples, EXAMPLE_CHOICES);
  }
}

/** The same for those of a Portia itself. */
export function refuseWrongOptions(options: PortiaOptions): void {
  refuseUnknown('new Portia', options, PORTIA);
  refuseUnknown('limits', options.limits ?? {}, LIMITS);
  const problem = options.hooks === undefined ? undefined : hooksProblem(options.hooks);
  if (problem !== undefined) {
    const { what, fix } = problem;
    throw new PortiaError('usage', `The option hooks cannot be used: ${what}.`, { fix });
  }
  if (options.store !== undefined) refuseWrongStore(options.store);
}

function refuseUnknown(call: string, options: object, known: Readonly<Record<string, true>>): void {
  const names = Object.keys(known);
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(known, name));
  if (unknown === undefined) return;
  const near = nearestName(unknown, names);
  throw new PortiaError('usage', `${call} has no option ${JSON.stringify(unknown)}.`, {
    why: `Its options are: ${names.join(', ')}.`,
    fix: near === undefined ? `Leave ${unknown} out.` : `Did you mean ${near}?`,
  });
}

function refuseOtherThan(option: string, value: unknown, known: readonly string[]): void {
  if (typeof value === 'string' && known.includes(value)) return;
  const near = typeof value === 'string' ? nearestName(value, known) : undefined;
  throw new PortiaError('usage', `The option ${option} cannot be ${JSON.stringify(value)}.`, {
    why: `It is one of: ${known.join(', ')}.`,
    fix: `${option}: '${near ?? known[0] ?? ''}'`,
  });
}
