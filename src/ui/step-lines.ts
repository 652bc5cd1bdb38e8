import { assertNever } from '../domain/errors.js';
import { asText, type Json } from '../domain/json.js';
import { madeTask } from '../domain/made-task.js';
import { stepBlocks, stepOutput } from '../domain/plan-steps.js';
import { stepNumber } from '../domain/step-path.js';
import type { ComputeStep, ForEachStep, Step, ToolStep } from '../domain/plan.js';
import type { Symbols } from './look.js';
import { oneLine, printable } from './printable.js';

/** One line of a plan as a person reads it: a step, or the head of one branch of an `if`. */
export interface StepLine {
  /** Path in the plan, without iterations: `3.branches.0.steps.1`. */
  path: string;
  /** What people see: `2`, `4.1.2`. */
  number: string;
  depth: number;
  symbol: keyof Symbols;
  /** Tool id, or the kind of step. */
  who: string;
  /** What it does, in one line of printable text. */
  text: string;
  notes: StepNote[];
  /** Name of the output, with `$`. */
  output: string | undefined;
}

/** A detail under a step: its condition, its arguments, its inputs. */
export interface StepNote {
  label: 'when' | 'if' | 'with' | 'from' | 'options' | 'with inputs' | 'by' | 'each';
  text: string;
}

/** All steps in reading order, blocks unfolded. */
export function stepLines(steps: Step[], at = { path: '', depth: 0 }): StepLine[] {
  return steps.flatMap((step, index) => {
    const path = `${at.path}${index}`;
    const line = describeStep(step, { path, depth: at.depth });
    return [line, ...blockLines(step, { path, depth: at.depth + 1 })];
  });
}

function blockLines(step: Step, at: { path: string; depth: number }): StepLine[] {
  return stepBlocks(step).flatMap((block, index) => {
    const inside = stepLines(block.steps, { path: `${at.path}${block.path}.`, depth: at.depth });
    if (step.kind !== 'if') return inside;
    const branch = step.branches[index];
    const head: StepLine = {
      path: at.path + block.path.replace(/\.steps$/, ''),
      number: stepNumber(at.path + block.path.replace(/\.steps$/, '')),
      depth: at.depth,
      symbol: 'block',
      who: branch === undefined ? 'else' : 'branch',
      text: '',
      notes: branch === undefined ? [] : conditionNotes(branch),
      output: undefined,
    };
    return [head, ...inside.map((line) => ({ ...line, depth: line.depth + 1 }))];
  });
}

function describeStep(step: Step, at: { path: string; depth: number }): StepLine {
  const output = stepOutput(step);
  const { symbol, who, text, notes } = describeKind(step);
  return {
    ...at,
    number: stepNumber(at.path),
    symbol,
    who: oneLine(who),
    text: oneLine(text),
    notes: [...conditionNotes(step), ...notes],
    output: output === undefined ? undefined : oneLine(withDollar(output)),
  };
}

type Described = Pick<StepLine, 'symbol' | 'who' | 'text' | 'notes'>;

function describeKind(step: Step): Described {
  switch (step.kind) {
    case undefined: {
      const symbol = step.tool_id === null || step.tool_id === 'llm_tool' ? 'model' : 'agent';
      return { symbol, who: step.tool_id ?? 'llm', text: step.task, notes: inputNotes(step.inputs) };
    }
    case 'tool':
      return { symbol: 'tool', who: step.tool_id, text: ownTask(step), notes: argumentNotes(step.args) };
    case 'llm':
      return { symbol: 'model', who: 'llm', text: step.task, notes: inputNotes(step.inputs) };
    case 'react':
      return {
        symbol: 'agent',
        who: 'react',
        text: step.task,
        notes: [{ label: 'with', text: oneLine(step.tools.join(', ')) }, ...inputNotes(step.inputs)],
      };
    case 'compute':
      return { symbol: 'compute', who: 'compute', ...titled(step, { label: 'by', text: step.expression }) };
    case 'user_input':
      return { symbol: 'ask', who: 'ask', text: step.message, notes: optionNotes(step.options) };
    case 'user_verify':
      return { symbol: 'ask', who: 'verify', text: step.message, notes: [] };
    case 'exit':
      return { symbol: 'exit', who: step.error ? 'fail' : 'exit', text: step.message, notes: [] };
    case 'if':
    case 'for_each':
    case 'while':
    case 'do_while':
    case 'plan':
      return describeBlock(step);
  }
}

/** What it does is told by its author, with the exact expression below, or by the expression itself. */
function titled(step: ComputeStep | ForEachStep, { label, text }: StepNote): Pick<StepLine, 'text' | 'notes'> {
  const title = ownTask(step);
  return title === '' ? { text, notes: [] } : { text: title, notes: [{ label, text: oneLine(text) }] };
}

/** What its author says of it; a task that was made from the step says nothing that is not shown anyway. */
function ownTask(step: ToolStep | ComputeStep | ForEachStep): string {
  return step.task === undefined || step.task === madeTask(step) ? (step.name ?? '') : step.task;
}

function describeBlock(step: Extract<Step, { kind: 'plan' | 'if' | 'for_each' | 'while' | 'do_while' }>): Described {
  const block = (who: string, text: string): Described => ({ symbol: 'block', who, text, notes: [] });
  switch (step.kind) {
    case 'plan':
      return {
        ...block('plan', step.task ?? (typeof step.plan === 'string' ? step.plan : 'a plan inside this one')),
        notes: argumentNotes(step.inputs, 'with inputs'),
      };
    case 'if':
      return block('if', step.name ?? '');
    case 'for_each': {
      return {
        ...block('for each', ''),
        ...titled(step, { label: 'each', text: `${withDollar(step.as)} in ${asText(step.over)}` }),
      };
    }
    case 'while':
      return block('while', step.name ?? '');
    case 'do_while':
      return block('repeat', step.name ?? '');
    default:
      return assertNever(step);
  }
}

function conditionNotes(guards: { when?: string | undefined; condition?: string | null | undefined }): StepNote[] {
  const notes: StepNote[] = [];
  if (guards.when !== undefined) notes.push({ label: 'when', text: oneLine(guards.when) });
  if (typeof guards.condition === 'string' && guards.condition !== '') {
    notes.push({ label: 'if', text: oneLine(guards.condition) });
  }
  return notes;
}

function inputNotes(inputs: { name: string }[]): StepNote[] {
  return inputs.length === 0
    ? []
    : [{ label: 'from', text: oneLine(inputs.map((input) => withDollar(input.name)).join(', ')) }];
}

function argumentNotes(args: Record<string, Json>, label: 'with' | 'with inputs' = 'with'): StepNote[] {
  return Object.entries(args).map(([name, value]) => ({
    label,
    text: `${oneLine(name)}: ${printable(JSON.stringify(value))}`,
  }));
}

function optionNotes(options: Json[] | string | undefined): StepNote[] {
  if (options === undefined) return [];
  const text = typeof options === 'string' ? options : options.map((option) => JSON.stringify(option)).join(', ');
  return [{ label: 'options', text: oneLine(text) }];
}

export function withDollar(name: string): string {
  return name.startsWith('$') ? name : `$${name}`;
}

/** A path without its iterations: the step of the plan. */
export function planPath(path: string): string {
  return path.replace(/\[\d+\]/g, '');
}
