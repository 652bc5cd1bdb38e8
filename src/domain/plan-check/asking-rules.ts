import { canonicalJson, type Json, type JsonSchema } from '../values/json.js';
import { durationMs } from '../values/duration.js';
import { isSecretSchema } from '../values/secret-values.js';
import { misfitOf, partsOf } from '../values/value-types.js';
import type { Step, UserInputStep } from '../plan/plan.js';
import { toolsOfStep } from '../plan/plan-steps.js';
import { ASKING_KEYS, askingOf, type AskingStep } from '../plan/step-kinds/asking.js';
import type { KnownTool } from './known-tools-and-plans.js';
import type { ProblemList } from './problem-list.js';

type Known = ReadonlyMap<string, KnownTool> | undefined;
interface At {
  at: string;
  problems: ProblemList;
}

/** Who is asked and until when: on steps that ask, of people who are enough, and with an end that can be kept. */
export function checkAsking(
  step: Step,
  at: string,
  { problems, tools }: { problems: ProblemList; tools: Known },
): void {
  const asking = askingOf(step);
  if (asking === undefined) return refuseKeys(step, { at, problems });
  checkApprovers(step, asking.approvers, { at, problems, tools });
  if (asking.assignees !== undefined && step.kind === 'user_verify' && asking.approvers !== undefined) {
    const message = 'Both assignees and approvers say who answers; only approvers count.';
    problems.warn('unused-assignees', { message, pointer: `${at}/assignees`, fix: 'Remove assignees.' });
  }
  checkExpiry(step, asking, { at, problems });
}

function refuseKeys(step: Step, { at, problems }: At): void {
  for (const key of ASKING_KEYS) {
    if (!(key in step)) continue;
    problems.error('misplaced-asking', {
      message: `${key} is for steps that may ask, and this one never does.`,
      pointer: `${at}/${key}`,
      fix: 'Write it on the step that asks: user_input, user_verify, tool, react, or one of a model with a tool.',
    });
  }
}

function checkApprovers(
  step: Step,
  approvers: AskingStep['approvers'],
  { at, problems, tools }: At & { tools: Known },
): void {
  if (approvers === undefined) return;
  const pointer = `${at}/approvers`;
  const { any_of: anyOf, required = 1, not } = approvers;
  const different = anyOf === undefined ? Infinity : new Set(anyOf.map((name) => name.trim())).size;
  const isWritten = anyOf?.every((name) => !name.includes('{{')) !== false;
  if (isWritten && required > different) {
    problems.error('too-few-approvers', {
      message: `${required} people must agree, and only ${different} may.`,
      pointer: `${pointer}/required`,
      fix: `"required": ${different}, or more names in any_of.`,
    });
  }
  if (anyOf === undefined && approvers.required === undefined && not === undefined) {
    const message = 'These approvers can be anybody, as if there were none.';
    problems.warn('unused-approvers', { message, pointer, fix: '{ "any_of": ["ann", "ben"], "required": 2 }' });
  }
  if (step.kind === 'user_input') {
    const message = 'A user_input asks for a value, and nobody agrees to anything.';
    problems.error('misplaced-asking', { message, pointer, fix: 'Name those who may answer: "assignees": ["ann"]' });
  }
  const known = toolsOfStep(step).map((id) => tools?.get(id));
  const isOfTools = step.kind !== 'user_verify' && step.kind !== 'user_input';
  if (isOfTools && known.every((tool) => tool?.effect === 'read' && tool.sends !== true)) {
    const message = 'Nothing in this step needs to be agreed to: its tools only read.';
    problems.warn('unused-approvers', {
      message,
      pointer,
      fix: 'Remove approvers, or ask before it with user_verify.',
    });
  }
}

function checkExpiry(step: Step, asking: NonNullable<ReturnType<typeof askingOf>>, { at, problems }: At): void {
  const { expires_in: length, on_expiry: then } = asking;
  if (length !== undefined && !length.includes('{{') && durationMs(length.trim()) === undefined) {
    problems.error('expires-in', {
      message: `${JSON.stringify(length)} is not a duration.`,
      pointer: `${at}/expires_in`,
      fix: 'Write a number above 0 with ms, s, m, h or d, for example: "expires_in": "24h"',
    });
  }
  const pointer = `${at}/on_expiry`;
  if (then !== undefined && length === undefined) {
    const message = 'Nothing says when the question expires.';
    problems.warn('unused-on-expiry', { message, pointer, fix: 'Add "expires_in": "24h", or remove on_expiry.' });
  }
  if (typeof then !== 'object' || !('value' in then)) return;
  if (step.kind === 'user_input') return checkValue(step, then.value, { at: `${pointer}/value`, problems });
  problems.error('on-expiry-value', {
    message: 'Nothing is agreed to, and no question of a tool is answered, because nobody answers.',
    pointer,
    fix: 'Write "stop", or the steps that are done instead.',
  });
}

function checkValue({ schema = {}, options }: UserInputStep, value: Json, { at, problems }: At): void {
  if (isSecretSchema(schema)) {
    const message = 'The answer is a secret, and this value of it is in the plan.';
    const fix = 'Write "stop", or the steps that are done instead.';
    problems.error('secret-default', { message, pointer: at, fix });
    return;
  }
  const isTemplate = typeof value === 'string' && value.includes('{{');
  if (Array.isArray(options) && !isTemplate && !options.some((one) => canonicalJson(one) === canonicalJson(value))) {
    const message = `${JSON.stringify(value)} is not one of the options.`;
    problems.error('on-expiry-value', {
      message,
      pointer: at,
      fix: `Write one of them: ${JSON.stringify(options[0])}`,
    });
  }
  for (const { pointer, problem } of misfits(value, schema, at)) {
    const message = `The value does not fit the schema of the answer: it ${problem}.`;
    problems.error('on-expiry-value', { message, pointer, fix: 'Write a value that a person could answer.' });
  }
}

function misfits(value: Json, schema: JsonSchema, at: string): { pointer: string; problem: string }[] {
  const parts = [{ value, schema, pointer: at }, ...partsOf(value, schema, at)];
  return parts.flatMap((part) => {
    const isTemplate = typeof part.value === 'string' && part.value.includes('{{');
    const problem = isTemplate ? undefined : misfitOf(part.value, part.schema);
    return problem === undefined ? [] : [{ pointer: part.pointer, problem }];
  });
}
