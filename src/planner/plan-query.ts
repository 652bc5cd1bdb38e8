import { randomBytes } from 'node:crypto';

import type { EndUser } from '../domain/run/end-user.js';
import { PortiaError, type Problem } from '../domain/errors.js';
import type { NewId } from '../domain/values/ids.js';
import type { Json, JsonSchema } from '../domain/values/json.js';
import { MARK_BYTES, marksOf } from '../domain/values/marks.js';
import { PLAN_SCHEMA_VERSION, type Plan, type PlanInput, type Usage } from '../domain/plan/plan.js';
import { toolsOfSteps } from '../domain/plan/plan-steps.js';
import { sumUsage } from '../domain/plan/usage.js';
import type { Model, ModelReply, ModelRequest } from '../models/model.js';
import { planReplyJsonSchema, type PlanForm } from './plan-reply.js';
import type { ToolDescription } from './offered-tools.js';
import { planningMessages, type Refinement, type ToolOff } from './planning-prompt.js';
import { readPlanReply, replyShapeProblems, type PlanReply, type PlannedDocument } from './read-plan-reply.js';

/** How often the model is asked for a plan, each time with what was wrong before. */
const PLANNING_ATTEMPTS = 3;

/** A valid JSON value from a model, as `models/structured-reply.ts` gets it. */
export type CompleteStructured = (
  model: Model,
  request: ModelRequest,
  options: { name: string; schema: JsonSchema; validate: (value: Json) => string[]; signal: AbortSignal },
) => Promise<{ value: Json; reply: ModelReply }>;

export interface PlanQueryRequest {
  query: string;
  /** Every tool that the plan may use. */
  tools: readonly ToolDescription[];
  toolsOff?: readonly ToolOff[] | undefined;
  model: Model;
  planInputs: readonly PlanInput[];
  examples: readonly Plan[];
  endUser?: EndUser | undefined;
  /** YYYY-MM-DD. */
  today: string;
  /** ISO 8601, UTC. */
  createdAt: string;
  newId: NewId;
  signal: AbortSignal;
  /** JSON Schema of the final output. */
  outputSchema?: JsonSchema | undefined;
  /** Change this plan, which was made for the query, instead of making one from nothing. */
  refine?: Refinement | undefined;
  completeStructured: CompleteStructured;
  /** Checks what was planned by the rules of the plan language. */
  check: (document: PlannedDocument) => Promise<CheckedPlan>;
  /** Called before each attempt (1, 2, 3) with what was wrong with the one before, and what all before it used. */
  onAttempt?: ((attempt: number, problems: readonly Problem[], usage: Usage) => void) | undefined;
}

/** `plan` is there when no problem has the severity error. */
export interface CheckedPlan {
  plan?: Pick<Plan, 'plan_inputs' | 'steps' | 'output_schema'> | undefined;
  problems: Problem[];
}

/** `attempts` were made; `usage` adds them all up. */
export type Planning =
  | { kind: 'plan'; plan: Plan; warnings: Problem[]; attempts: number; usage: Usage }
  /** The model says that there is no plan, in its own words: untrusted text. */
  | { kind: 'declined'; error: string; attempts: number; usage: Usage }
  /** No attempt gave a plan that can be run: the problems of each, in order. */
  | { kind: 'invalid'; problems: Problem[][]; attempts: number; usage: Usage };

/**
 * Asks a model for a plan and checks what it replies. Rejects with what `completeStructured` rejects with, but an
 * unusable reply (`model-reply-unusable`) is an attempt that failed.
 */
export async function planQuery(request: PlanQueryRequest): Promise<Planning> {
  const rejected: Problem[][] = [];
  const usage: Usage = { calls: 0, input_tokens: 0, output_tokens: 0 };
  for (let attempts = 1; attempts <= PLANNING_ATTEMPTS; attempts += 1) {
    const previousProblems = rejected.at(-1) ?? [];
    request.onAttempt?.(attempts, previousProblems, usage);
    request.signal.throwIfAborted();
    const attempt = { form: formOf(request.model, attempts), previousProblems };
    const reply = await askForPlan(request, attempt, usage);
    switch (reply.kind) {
      case 'error':
        return { kind: 'declined', error: reply.error, attempts, usage };
      case 'problems':
        rejected.push(reply.problems);
        break;
      case 'plan':
        return { kind: 'plan', plan: makePlan(request, reply.plan, usage), warnings: reply.warnings, attempts, usage };
    }
  }
  return { kind: 'invalid', problems: rejected, attempts: PLANNING_ATTEMPTS, usage };
}

/** A request in the full form does not fit into less, in tokens. */
const LEAST_WINDOW = 8_000;

/** The simple form is also the last attempt of a model that could not write the full one. */
function formOf({ simplePlans = false, contextWindow = Infinity }: Model, attempt: number): PlanForm {
  return simplePlans || contextWindow < LEAST_WINDOW || attempt >= PLANNING_ATTEMPTS ? 'simple' : 'full';
}

type Attempt =
  | { kind: 'plan'; plan: NonNullable<CheckedPlan['plan']>; warnings: Problem[] }
  | Extract<PlanReply, { kind: 'problems' | 'error' }>;

/** One attempt. Adds what it used to `usage`. */
async function askForPlan(
  request: PlanQueryRequest,
  { form, previousProblems }: { form: PlanForm; previousProblems: readonly Problem[] },
  usage: Usage,
): Promise<Attempt> {
  const { model, signal, planInputs, refine, completeStructured } = request;
  const marks = marksOf(randomBytes(MARK_BYTES).toString('hex'));
  const messages = planningMessages({ ...request, form, previousProblems, marks });
  const toolIds = request.tools.map((tool) => tool.id);
  const offered = { toolIds, planInputs, form, oldSteps: refine?.plan.steps };
  const options = {
    name: 'plan',
    schema: planReplyJsonSchema({ form, canKeep: refine !== undefined }),
    validate: (reply: Json) => replyShapeProblems(reply, offered),
    signal,
  };
  let value: Json;
  try {
    const structured = await completeStructured(model, { messages }, options);
    Object.assign(usage, sumUsage(usage, structured.reply.usage));
    value = structured.value;
  } catch (error) {
    if (!(error instanceof PortiaError) || error.code !== 'model-reply-unusable') throw error;
    Object.assign(usage, sumUsage(usage, error.details.usage));
    return { kind: 'problems', problems: [unusableReply(error)] };
  }
  const reply = readPlanReply(value, offered);
  return reply.kind === 'document' ? checkReply(reply, request) : reply;
}

/** What was read of a reply, as the rules of the plan language judge it. */
export async function checkReply(
  { document, problems }: Extract<PlanReply, { kind: 'document' }>,
  { check }: Pick<PlanQueryRequest, 'check'>,
): Promise<Attempt> {
  const checked = await check(document);
  // What was told of a place is not told again in other words.
  const isTold = (place: string) =>
    problems.some(({ pointer }) => place === pointer || place.startsWith(`${pointer}/`));
  const others = checked.problems.filter(({ pointer }) => !isTold(pointer));
  const all = [...problems, ...others];
  const errors = all.filter(({ severity }) => severity === 'error');
  if (errors.length > 0 || checked.plan === undefined) return { kind: 'problems', problems: errors };
  return { kind: 'plan', plan: checked.plan, warnings: all };
}

function unusableReply(error: PortiaError): Problem {
  const why = error.details.why === undefined ? '' : ` ${error.details.why}`;
  return { severity: 'error', rule: 'unusable-reply', message: `${error.message}${why}`, pointer: '' };
}

function makePlan(request: PlanQueryRequest, planned: NonNullable<CheckedPlan['plan']>, usage: Usage): Plan {
  const { query, tools, refine, createdAt, model, newId } = request;
  const { steps, plan_inputs } = planned;
  const outputSchema = request.outputSchema ?? planned.output_schema;
  return {
    // What nobody plans, such as "summarize", stays.
    ...refine?.plan,
    id: newId('plan'),
    plan_context: {
      ...refine?.plan.plan_context,
      // The request as it would have been with the hint in it, so that the next change keeps to it, too.
      query: refine === undefined ? query : `${query}\n${refine.hint}`,
      tool_ids: [...new Set([...tools.map((tool) => tool.id), ...toolsOfSteps(steps)])].sort(),
    },
    steps,
    plan_inputs,
    ...(outputSchema !== undefined && { output_schema: outputSchema }),
    ...(refine !== undefined && { derived_from: refine.plan.id }),
    metadata: {
      schema_version: PLAN_SCHEMA_VERSION,
      created_at: createdAt,
      planner: 'model',
      model: model.id,
      usage: { ...usage },
    },
  };
}
