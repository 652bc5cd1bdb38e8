import { keepsFailedItems, outputSchemaOf, toolsOfStep } from '../domain/plan/plan-steps.js';
import type { AgentStep, Step } from '../domain/plan/plan.js';
import { askingOf, type AskingStep } from '../domain/plan/step-kinds/asking.js';
import { namesText } from '../domain/run/who-may-answer.js';
import { isJsonObject, type Json } from '../domain/values/json.js';
import { oneLine, printable } from '../domain/values/printable.js';
import { describeSchema } from '../domain/values/schema-words.js';

/** A detail under a step: its condition, its arguments, its inputs. */
export interface StepNote {
  label:
    | 'when'
    | 'if'
    | 'with'
    | 'from'
    | 'options'
    | 'with inputs'
    | 'by default'
    | 'by'
    | 'each'
    | 'runs'
    | 'agent'
    | 'writes'
    | 'sends'
    | 'form'
    | 'on error'
    | 'answered by'
    | 'approved by'
    | 'expires';
  text: string;
}

/** When it is done. */
export function conditionNotes(guards: {
  when?: string | undefined;
  condition?: string | null | undefined;
}): StepNote[] {
  const notes: StepNote[] = [];
  if (guards.when !== undefined) notes.push({ label: 'when', text: oneLine(guards.when) });
  if (typeof guards.condition === 'string' && guards.condition !== '') {
    notes.push({ label: 'if', text: oneLine(guards.condition) });
  }
  return notes;
}

/** What a model gets. */
export function inputNotes(inputs: { name: string }[]): StepNote[] {
  return inputs.length === 0
    ? []
    : [{ label: 'from', text: oneLine(inputs.map((input) => withDollar(input.name)).join(', ')) }];
}

/** Whether it gives a name and, as JSON, what stands for it in the plan. */
export function isJsonNote({ label }: StepNote): boolean {
  return label === 'with' || label === 'with inputs' || label === 'by default';
}

/** What a call, or a plan inside, is given. */
export function argumentNotes(
  args: Record<string, Json>,
  label: 'with' | 'with inputs' | 'by default' = 'with',
): StepNote[] {
  return Object.entries(args).map(([name, value]) => ({
    label,
    text: `${oneLine(name)}: ${printable(JSON.stringify(value))}`,
  }));
}

/** What its output is made to look like. */
export function formNotes(step: Step): StepNote[] {
  const schema = outputSchemaOf(step);
  if (schema === undefined) return [];
  const keys = isJsonObject(schema['properties']) ? Object.keys(schema['properties']) : [];
  const parts = keys.length === 0 ? '' : ` with ${keys.join(', ')}`;
  return [{ label: 'form', text: oneLine(`${describeSchema(schema)}${parts}`) }];
}

/** How its agent works, where it says so. */
export function agentNotes({ agent }: AgentStep): StepNote[] {
  return agent === undefined ? [] : [{ label: 'agent', text: agent }];
}

/** What the step's model may make without a question. */
export function writesNotes(writes: string[] | undefined): StepNote[] {
  return writes === undefined ? [] : [{ label: 'writes', text: oneLine(writes.join(', ')) }];
}

/** What leaves the machine in the step, and how: with several tools an agent decides about it. */
export function sendNotes(step: Step, senders: ReadonlySet<string> | undefined): StepNote[] {
  const tools = [...new Set(toolsOfStep(step))];
  const sending = tools.filter((id) => senders?.has(id));
  if (sending.length === 0) return [];
  const what = tools.length > 1 ? 'what the agent decides' : takenBy(step);
  const freely = step.kind === 'react' && step.sends === 'allow' ? ', without a question' : '';
  return [{ label: 'sends', text: oneLine(`${what} to ${sending.join(', ')}${freely}`) }];
}

/** What is done when a part of it fails. */
export function errorNotes(step: Step): StepNote[] {
  return keepsFailedItems(step) ? [{ label: 'on error', text: 'continue with the next item' }] : [];
}

/** Who is asked, until when, and what happens then. */
export function askingNotes(step: Step): StepNote[] {
  const { assignees, approvers, expires_in: length, on_expiry: then } = askingOf(step) ?? {};
  const notes: StepNote[] = [];
  if (assignees !== undefined) notes.push({ label: 'answered by', text: oneLine(namesText(assignees) ?? '') });
  if (approvers !== undefined) notes.push({ label: 'approved by', text: oneLine(approversText(approvers)) });
  if (length !== undefined) notes.push({ label: 'expires', text: oneLine(`after ${length}: ${expiryText(then)}`) });
  return notes;
}

function approversText({ any_of: anyOf, required = 1, not }: NonNullable<AskingStep['approvers']>): string {
  const names = anyOf === undefined ? undefined : namesText(anyOf);
  const who = names ?? (required === 1 ? 'anybody' : 'different people');
  const many = required === 1 ? who : `${required} of ${who}`;
  return not === undefined ? many : `${many}, and not by whoever started the run`;
}

function expiryText(then: AskingStep['on_expiry']): string {
  if (then === undefined || then === 'stop') return 'the run stops';
  return 'value' in then ? `the answer is ${printable(JSON.stringify(then.value))}` : 'the steps on expiry are done';
}

/** The names in what goes out. Read from the text, because a picture must not need the language of expressions. */
function takenBy(step: Step): string {
  const text = JSON.stringify(step.kind === 'tool' ? step.args : 'task' in step ? step.task : '') ?? '';
  const filled = text
    .match(/\{\{.*?\}\}/gs)
    ?.flatMap((part) => part.match(/\$[\p{L}_][\p{L}\p{N}_]*(?!\s*\(|[\p{L}\p{N}_])/gu) ?? []);
  const inputs =
    step.kind === undefined || step.kind === 'react' ? step.inputs.map(({ name }) => withDollar(name)) : [];
  const names = new Set([...inputs, ...(filled ?? [])]);
  if (names.size > 0) return [...names].join(', ');
  return step.kind === 'tool' ? 'its arguments' : 'what its task says';
}

/** What a person can choose. */
export function optionNotes(options: Json[] | string | undefined): StepNote[] {
  if (options === undefined) return [];
  const text = typeof options === 'string' ? options : options.map((option) => JSON.stringify(option)).join(', ');
  return [{ label: 'options', text: oneLine(text) }];
}

/** The name as people read it. */
export function withDollar(name: string): string {
  return name.startsWith('$') ? name : `$${name}`;
}
