import { bareName } from '../domain/values/names.js';
import type { ConditionOutcome } from '../domain/run/events.js';
import { asText, isJsonObject, type Json, type JsonSchema } from '../domain/values/json.js';
import type { Step } from '../domain/plan/plan.js';
import { kindOf } from '../domain/plan/step-kinds/step-kinds.js';
import { isStored } from '../domain/run/run.js';
import type { Effects } from './effects.js';
import { evaluateCondition, fillText } from './expressions.js';
import { conditionMessages } from './prompts/condition-prompt.js';
import { toMessages } from './prompts/prompt.js';
import type { StepInput } from './prompts/value-block.js';
import { askAbout } from './reading.js';
import type { StepContext } from './run-context.js';
import type { Decision, Got } from './outcomes.js';

const SCHEMA: JsonSchema = {
  type: 'object',
  properties: {
    outcome: { type: 'string', enum: ['continue', 'skip', 'complete'] },
    reason: { type: 'string' },
  },
  required: ['outcome', 'reason'],
  additionalProperties: false,
};

/** Something that is done only when an expression or a sentence says so. */
export interface Guard {
  when?: string | undefined;
  condition?: string | null | undefined;
  /** What is guarded, for the model that decides about a sentence. */
  task: string;
  /** Path under which the decision is recorded. */
  path: string;
}

/** The condition of a step; those of loops belong to their rounds. */
export function guardOf(step: Step, path: string): Guard {
  const task = 'task' in step && typeof step.task === 'string' ? step.task : (step.kind ?? '');
  return kindOf(step).decidesRounds ? { task, path } : { when: step.when, condition: step.condition, task, path };
}

/** Whether a guarded thing is to be done: its `when` is computed, its `condition` decided by a model; each once per run. */
export async function decideCondition(effects: Effects, guard: Guard): Promise<Got<Decision>> {
  const { context } = effects;
  if (guard.when === undefined && !guard.condition) return decided('continue', '');
  const known = context.recorder.index.decision(guard.path);
  if (known !== undefined) return decided(known.outcome, known.reason);
  const decision =
    guard.when === undefined ? await decideSentence(effects, guard) : await decideExpression(context, guard.when);
  if (decision.ok) {
    const { outcome, reason } = decision.value;
    context.recorder.append({ type: 'condition.evaluated', path: guard.path, outcome, reason });
  }
  return decision;
}

async function decideExpression(context: StepContext, when: string): Promise<Got<Decision>> {
  const evaluated = await evaluateCondition(context, when);
  if (!evaluated.ok) return evaluated;
  if (evaluated.value) return decided('continue', `${when} is true`);
  return decided('skip', `${when} is false`);
}

async function decideSentence(effects: Effects, guard: Guard): Promise<Got<Decision>> {
  const { context } = effects;
  const condition = guard.condition ?? '';
  const { task } = guard;
  const filled = await fillText(context, condition);
  if (!filled.ok) return filled;
  const work = { condition: filled.value, task, today: context.recorder.index.startedAt.slice(0, 10) };
  const reply = await askAbout(effects, {
    role: 'introspection',
    values: await mentionedValues(context, condition),
    about: () => ({ task: [filled.value, task] }),
    write: (marks, shown) => toMessages(conditionMessages({ ...work, ...shown, marks })),
    shape: { name: 'judgement', schema: SCHEMA, validate: checkDecision },
  });
  const { outcome, reason } = reply.value as { outcome: ConditionOutcome; reason: string };
  return decided(outcome, reason);
}

function decided(outcome: ConditionOutcome, reason: string): Got<Decision> {
  return { ok: true, value: { outcome, reason } };
}

function checkDecision(value: Json): string[] {
  if (!isJsonObject(value)) return ['must be an object with outcome and reason'];
  const problems: string[] = [];
  if (!['continue', 'skip', 'complete'].includes(asText(value['outcome'] ?? null))) {
    problems.push('outcome: must be continue, skip or complete');
  }
  if (typeof value['reason'] !== 'string') problems.push('reason: must be a text');
  return problems;
}

/** Values that the sentence names are given whole, the others as they stand in the run. */
async function mentionedValues(context: StepContext, condition: string): Promise<StepInput[]> {
  const values: StepInput[] = [];
  // Steps that overlap end in any order: a request must not depend on that.
  const outputs = [...context.scope.outputs()].toSorted(([one], [other]) => (one < other ? -1 : 1));
  for (const [name, output] of outputs) {
    const isNamed = condition.includes(bareName(name));
    const short = isStored(output) ? output.summary : output.value;
    const value = isNamed ? ((await context.scope.value(name)) ?? null) : short;
    values.push({ name, description: '', value });
  }
  return values;
}
