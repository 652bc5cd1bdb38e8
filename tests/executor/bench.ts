import { openSeal } from '../../src/app/seal.js';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import { expect } from 'vitest';

import { fitAnswer } from '../../src/clarifications/check-answers.js';
import type { ClarificationHandler } from '../../src/clarifications/clarification-handler.js';
import {
  openClarifications,
  selectorName,
  type Answer,
  type Clarification,
} from '../../src/domain/run/clarification.js';
import type { RunEvent } from '../../src/domain/run/events.js';
import type { RunId } from '../../src/domain/values/ids.js';
import type { Json } from '../../src/domain/values/json.js';
import type { AgentType } from '../../src/domain/values/agent-types.js';
import { planSchema } from '../../src/domain/plan/plan-schema.js';
import type { Plan } from '../../src/domain/plan/plan.js';
import type { Run } from '../../src/domain/run/run.js';
import { inputsError } from '../../src/app/inputs/check-inputs.js';
import { createFold } from '../../src/domain/run/run-transitions.js';
import type { ModelPrice } from '../../src/domain/values/model-roles.js';
import type { Limits } from '../../src/executor/budget.js';
import { createEvaluator } from '../../src/executor/evaluate.js';
import { createSecrets } from '../../src/executor/held-secrets.js';
import { resumeRun, type ResumeOptions } from '../../src/executor/resume-run.js';
import type { ExecutorServices, MeanwhileAnswers, Patience } from '../../src/executor/services.js';
import type { Person } from '../../src/domain/run/person.js';
import type { DriveOptions } from '../../src/executor/open-run.js';
import type { Staying } from '../../src/executor/staying.js';
import { startRun } from '../../src/executor/start-run.js';
import type { Hooks } from '../../src/hooks/hooks.js';
import { ownHooks } from '../../src/hooks/own-hooks.js';
import type { Model } from '../../src/models/model.js';
import { completeStructured } from '../../src/models/structured-reply.js';
import { keepSubPlans } from '../../src/app/plans/load-sub-plans.js';
import { createInputCheck } from '../../src/app/plans/runnable-plan.js';
import { createMemoryStore } from '../../src/storage/memory-store.js';
import { createNewId } from '../../src/storage/new-id.js';
import type { Store } from '../../src/storage/store.js';
import { compileSchema } from '../../src/tools/json-schema.js';
import type { Tool } from '../../src/tools/tool.js';

const newId = createNewId();

export const EXPRESSION_WORKER = pathToFileURL(resolve('dist/expression-worker.cjs'));

export const evaluate = createEvaluator(EXPRESSION_WORKER, () => performance.now());

export interface Surroundings {
  tools?: { tool: Tool }[];
  model?: Model;
  /** What tools ask. */
  askModel?: ExecutorServices['environment']['askModel'];
  policy?: Record<string, 'allow' | 'ask' | 'deny'> | ExecutorServices['policy'];
  always?: ExecutorServices['always'];
  largeOutputTokens?: number;
  recordReasoning?: boolean;
  recordRequests?: boolean;
  agent?: AgentType;
  summarize?: boolean;
  jobs?: number;
  limits?: Limits;
  fallbacks?: Model[];
  prices?: Record<string, ModelPrice>;
  redact?: ExecutorServices['redact'];
  hooks?: Hooks;
  handler?: ClarificationHandler;
  patience?: Patience;
  meanwhile?: MeanwhileAnswers;
  by?: Person;
  staying?: Staying;
  inAdvance?: (open: Clarification[]) => Promise<Answer[]>;
  signal?: AbortSignal;
  takeOver?: boolean;
  onEvent?: (event: RunEvent) => void;
  onProgress?: DriveOptions['onProgress'];
  store?: Store;
  acceptChanged?: string[];
  confirmChanges?: ResumeOptions['confirmChanges'];
  settlements?: ResumeOptions['settlements'];
  processes?: ExecutorServices['processes'];
}

/** An executor over a store in memory, and what it did. */
export class Bench {
  readonly store: Store;
  /** Everything that was recorded, over all drives. */
  readonly told: RunEvent[] = [];
  readonly #surroundings: Surroundings;

  constructor(surroundings: Surroundings = {}) {
    this.#surroundings = surroundings;
    this.store = surroundings.store ?? createMemoryStore({ now: () => new Date() });
  }

  async start(plan: Plan, inputs: Record<string, Json> = {}): Promise<Run> {
    await this.store.savePlan(plan);
    const run = await startRun(plan, { ...this.#options(), endUserId: 'somebody', inputs });
    await this.#check(run);
    return run;
  }

  /** Goes on, with answers by the name of the question. */
  async resume(id: RunId, answers: Record<string, Json> = {}, changes: Surroundings = {}): Promise<Run> {
    const given = async (run: Run): Promise<Answer[]> => answersTo(run, answers);
    const { acceptChanged, confirmChanges, settlements } = changes;
    const options = { ...this.#options(changes), answers: given, acceptChanged, confirmChanges, settlements };
    const run = await resumeRun(id, options);
    await this.#check(run);
    return run;
  }

  /** The events since the last time that this was asked. */
  async story(): Promise<string[]> {
    return this.told.splice(0).map(describeEvent);
  }

  /** The record is what its events say, and nobody owns it once it is paused. */
  async #check(run: Run): Promise<void> {
    const stored = await this.store.readRun(run.id);
    // A store that was handed in may have been left by a process that died.
    if (this.#surroundings.store === undefined) expect(stored?.owner).toBeUndefined();
    expect(stored?.run).toEqual(run);
    const fold = createFold();
    for (const event of await this.store.readEvents(run.id)) fold.apply(event);
    expect(fold.run).toEqual(run);
  }

  #options(changes: Surroundings = {}): DriveOptions {
    const { handler, inAdvance, patience, meanwhile, by, staying, signal, onEvent, onProgress, takeOver, ...rest } = {
      ...this.#surroundings,
      ...changes,
    };
    return {
      store: this.store,
      services: servicesOf(rest),
      readSubPlans: async (plan) => keepSubPlans(plan, this.store),
      listener: (event) => {
        this.told.push(event);
        onEvent?.(event);
      },
      onProgress,
      signal: signal ?? new AbortController().signal,
      answering: { handler, inAdvance, patience, meanwhile, by },
      staying,
      takeOver,
    };
  }
}

function answersTo(run: Run, answers: Record<string, Json>): Answer[] {
  return openClarifications(run).flatMap((question) => {
    const response = answers[selectorName(question)];
    return response === undefined ? [] : [{ id: question.id, response, channel: 'api' as const }];
  });
}

function servicesOf(surroundings: Surroundings): ExecutorServices {
  const {
    tools = [],
    model,
    policy = {},
    largeOutputTokens = 1_000,
    recordReasoning = false,
    recordRequests = true,
    agent = 'one-shot',
    summarize = false,
    jobs = 1,
    redact,
    limits = {},
    prices = {},
  } = surroundings;
  const byId = new Map(tools.map(({ tool }) => [tool.id, tool]));
  const unexpected = async () => Promise.reject(new Error('no model was expected here'));
  return {
    newId,
    tools: { get: (id) => byId.get(id) },
    environment: {
      projectRoot: '/nowhere',
      allowedPaths: [],
      variable: () => undefined,
      variableOrigin: () => undefined,
      setting: () => undefined,
      mayReceiveKey: () => false,
      askModel: surroundings.askModel ?? unexpected,
    },
    images: {
      isThere: async () => false,
      load: async ({ at }) => Promise.reject(new Error(`unexpected image: ${at}`)),
    },
    model: async () => model ?? unexpected(),
    fallback: async (_role, place) => surroundings.fallbacks?.[place - 1],
    modelId: () => model?.id,
    completeStructured,
    checkAnswer: async (question, response) => fitAnswer(question, response, compileSchema),
    compileSchema,
    checkInputs,
    policy: typeof policy === 'function' ? policy : async (id) => ({ policy: policy[id] }),
    evaluate,
    redact: redact ?? ((value) => value),
    redactBeginning: (text) => ({ text, rest: '' }),
    hooks: surroundings.hooks && ownHooks(surroundings.hooks),
    processes: surroundings.processes,
    always: surroundings.always,
    secrets: createSecrets(() => () => undefined),
    seal: openSeal({}),
    settings: {
      largeOutputTokens,
      recordReasoning,
      recordRequests,
      agent,
      summarize,
      keepsToHost: false,
      jobs,
      budget: { limits, prices: new Map(Object.entries(prices)) },
    },
  };
}

const checkInputs: ExecutorServices['checkInputs'] = async (plan, given) => {
  const checked = (await createInputCheck(plan))(given);
  const error = inputsError(checked);
  return error === undefined ? { ok: true, values: checked.values } : { ok: false, problem: error.message };
};

/** A plan of these steps, as a file may have it. */
export function planOf(steps: unknown[], extra: object = {}): Plan {
  return planSchema.parse({
    id: newId('plan'),
    plan_context: { query: 'the test', tool_ids: [] },
    steps,
    metadata: { schema_version: 1, created_at: '2025-01-01T00:00:00.000Z', planner: 'hand' },
    ...extra,
  });
}

/** The value that a run gave. */
export function valueOf(run: Run): unknown {
  return run.outputs.final_output === null ? null : run.outputs.final_output['value'];
}

export function outputsOf(run: Run): Record<string, unknown> {
  return Object.fromEntries(Object.entries(run.outputs.step_outputs).map(([name, output]) => [name, output['value']]));
}

/** An event in a few words: its type, where it belongs, and what it decides. */
export function describeEvent(event: RunEvent): string {
  switch (event.type) {
    case 'step.started':
      return `${event.type} ${event.path} #${event.attempt}`;
    case 'step.completed':
    case 'step.skipped':
    case 'step.failed':
      return `${event.type} ${event.path}`;
    case 'condition.evaluated':
      return `${event.type} ${event.path} ${event.outcome}`;
    case 'model.started':
    case 'model.finished':
    case 'model.failed':
    case 'tool.started':
    case 'tool.finished':
    case 'tool.failed':
      return `${event.type} ${event.key}`;
    case 'hook.called':
      return `${event.type} ${event.hook}`;
    case 'hook.changed':
      return `${event.type} ${event.hook} ${event.did.join(' ')}`;
    case 'clarification.raised':
      return `${event.type} ${selectorName(event.clarification)}`;
    case 'run.paused':
      return `${event.type} ${event.reason}`;
    default:
      return event.type;
  }
}
