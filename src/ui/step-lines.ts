import { assertNever } from '../domain/errors.js';
import { asText } from '../domain/values/json.js';
import { insteadOf, stepOutput, taskTextFor, workBlocks } from '../domain/plan/plan-steps.js';
import { stepNumber, stepsAround, withoutRounds } from '../domain/plan/step-path.js';
import { innerPlan, type KnownPlans } from '../domain/plan/inner-plans.js';
import { LLM_TOOL } from '../domain/plan/llm-tool.js';
import { bareName } from '../domain/values/names.js';
import type { ComputeStep, ForEachStep, PlanInput, Step, SubPlanStep, ToolStep } from '../domain/plan/plan.js';
import type { StepBlock } from '../domain/plan/step-kinds/step-kind.js';
import { waitForText } from '../domain/plan/step-kinds/wait-for.js';
import { waitText } from '../domain/plan/step-kinds/wait.js';
import type { Symbols } from './look.js';
import { oneLine } from '../domain/values/printable.js';
import {
  agentNotes,
  argumentNotes,
  askingNotes,
  conditionNotes,
  errorNotes,
  formNotes,
  inputNotes,
  optionNotes,
  sendNotes,
  withDollar,
  writesNotes,
  type StepNote,
} from './step-notes.js';

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
  /** An `exit` with an error. */
  isFailure?: boolean | undefined;
  /** What it does, in one line of printable text. */
  text: string;
  notes: StepNote[];
  /** Name of the output, with `$`. */
  output: string | undefined;
}

/** All steps in reading order, blocks unfolded. */
export function stepLines(steps: Step[]): StepLine[] {
  return linesOf(steps, { path: '', depth: 0 });
}

/**
 * The same with the steps of the plans that they run, each stored plan where it is run first. Without `plans` only those
 * that are written inside of their step.
 */
export function wholeStepLines(
  plan: { id?: unknown; steps: Step[] },
  { plans, senders }: { plans?: KnownPlans | undefined; senders?: ReadonlySet<string> | undefined } = {},
): StepLine[] {
  const around = typeof plan.id === 'string' ? [plan.id] : [];
  return linesOf(plan.steps, { path: '', depth: 0, senders, unfold: { plans, around, shown: new Map() } });
}

/** The line of one step, wherever it is in its plan and its loops. */
export function stepLineAt(step: Step, path: string): StepLine {
  return describeStep(step, { path: withoutRounds(path), depth: stepsAround(path).length });
}

/** Where lines are, and what unfolds the plans inside. */
interface Place {
  path: string;
  depth: number;
  /** Tools that send their arguments to another machine. */
  senders?: ReadonlySet<string> | undefined;
  unfold?: Unfolding | undefined;
}

interface Unfolding {
  plans: KnownPlans | undefined;
  /** Ids of the plans that lead here. */
  around: string[];
  /** The number of the step below which each stored plan is shown, by its id. */
  shown: Map<string, string>;
}

function linesOf(steps: Step[], at: Place): StepLine[] {
  return steps.flatMap((step, index) => {
    const here = { ...at, path: `${at.path}${index}` };
    if (step.kind === 'plan' && at.unfold !== undefined) return subPlanLines(step, here, at.unfold);
    const inside = { ...here, depth: at.depth + 1 };
    return [describeStep(step, here), ...blockLines(step, inside), ...handlerLines(step, inside)];
  });
}

/** A step that runs a plan, and the steps of that plan unless they are shown already. */
function subPlanLines(step: SubPlanStep, at: Place, unfold: Unfolding): StepLine[] {
  const id = typeof step.plan === 'string' ? step.plan : undefined;
  const plan = innerPlan(step, unfold.plans ?? NONE);
  const line = describeStep(step, at);
  const withNote = (runs: string): StepLine => ({
    ...line,
    text: oneLine(step.task ?? plan?.plan_context.query ?? ''),
    notes: [
      ...conditionNotes(step),
      { label: 'runs', text: oneLine(runs) },
      ...argumentNotes(step.inputs, 'with inputs'),
      ...defaultNotes(step, plan?.plan_inputs ?? []),
    ],
  });
  const handler = handlerLines(step, { ...at, depth: at.depth + 1 });
  if (id !== undefined) {
    const alone = (runs: string) => [withNote(runs), ...handler];
    if (unfold.plans === undefined) return alone(id);
    if (plan === undefined) return alone(`${id}, which is not in plans/: its steps are not known`);
    if (unfold.around.includes(id)) return alone(`${id} again, inside itself: it cannot be run`);
    const shown = unfold.shown.get(id);
    if (shown !== undefined) return alone(`${id}, whose steps are shown below ${shown}`);
    unfold.shown.set(id, line.number);
  }
  const inside = { ...unfold, around: id === undefined ? unfold.around : [...unfold.around, id] };
  const place = { ...at, path: `${at.path}.plan.`, depth: at.depth + 1, unfold: inside };
  const steps = linesOf(plan?.steps ?? [], place);
  return [withNote(id ?? 'a plan inside this one'), ...steps, ...handler];
}

const NONE: KnownPlans = new Map();

/** The values of the plan's inputs that the step does not give. */
function defaultNotes(step: SubPlanStep, inputs: PlanInput[]): StepNote[] {
  const given = new Set(Object.keys(step.inputs).map(bareName));
  const others = inputs.filter((input) => input.default !== undefined && !given.has(bareName(input.name)));
  return argumentNotes(Object.fromEntries(others.map((input) => [input.name, input.default ?? null])), 'by default');
}

function blockLines(step: Step, at: Place): StepLine[] {
  return workBlocks(step).flatMap((block, index) => {
    if (step.kind !== 'if') return linesOf(block.steps, { ...at, path: `${at.path}${block.path}.` });
    const branch = step.branches[index];
    return headedLines(block, at, {
      who: branch === undefined ? 'else' : 'branch',
      notes: branch === undefined ? [] : conditionNotes(branch),
    });
  });
}

/** What is done instead of the step: when it fails, and when nobody answers in time. */
function handlerLines(step: Step, at: Place): StepLine[] {
  return insteadOf(step).flatMap((block) =>
    headedLines(block, at, { who: block.at === '/on_error' ? 'on error' : 'on expiry', notes: [] }),
  );
}

/** The steps of a block below a line that says when they are done. */
function headedLines(block: StepBlock, at: Place, head: Pick<StepLine, 'who' | 'notes'>): StepLine[] {
  const path = at.path + block.path.replace(/\.steps$/, '');
  const inside = linesOf(block.steps, { ...at, path: `${at.path}${block.path}.`, depth: at.depth + 1 });
  const line = {
    path,
    number: stepNumber(path),
    depth: at.depth,
    symbol: 'block' as const,
    text: '',
    output: undefined,
  };
  return [{ ...line, ...head }, ...inside];
}

function describeStep(step: Step, { path, depth, senders }: Place): StepLine {
  const output = stepOutput(step);
  const { symbol, who, isFailure, text, notes } = describeKind(step);
  return {
    path,
    depth,
    number: stepNumber(path),
    symbol,
    who: oneLine(who),
    ...(isFailure === true && { isFailure }),
    text: oneLine(text),
    notes: [
      ...conditionNotes(step),
      ...notes,
      ...sendNotes(step, senders),
      ...formNotes(step),
      ...askingNotes(step),
      ...errorNotes(step),
    ],
    output: output === undefined ? undefined : oneLine(withDollar(output)),
  };
}

type Described = Pick<StepLine, 'symbol' | 'who' | 'isFailure' | 'text' | 'notes'>;

function describeKind(step: Step): Described {
  switch (step.kind) {
    case undefined: {
      const symbol = step.tool_id === null || step.tool_id === LLM_TOOL ? 'model' : 'agent';
      const notes = [...inputNotes(step.inputs), ...agentNotes(step), ...writesNotes(step.writes)];
      return { symbol, who: step.tool_id ?? 'llm', text: step.task, notes };
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
        notes: [
          { label: 'with', text: oneLine(step.tools.join(', ')) },
          ...inputNotes(step.inputs),
          ...writesNotes(step.writes),
        ],
      };
    case 'compute':
      return { symbol: 'compute', who: 'compute', ...titled(step, { label: 'by', text: step.expression }) };
    case 'user_input':
      return { symbol: 'ask', who: 'ask', text: step.message, notes: optionNotes(step.options) };
    case 'user_verify':
      return { symbol: 'ask', who: 'verify', text: step.message, notes: [] };
    case 'wait':
      return { symbol: 'waiting', who: 'wait', text: step.name ?? waitText(step), notes: [] };
    case 'wait_for':
      return { symbol: 'waiting', who: 'wait for', text: step.name ?? waitForText(step), notes: [] };
    case 'exit':
      return {
        symbol: 'exit',
        who: step.error ? 'fail' : 'exit',
        isFailure: step.error,
        text: step.message,
        notes: [],
      };
    case 'if':
    case 'for_each':
    case 'while':
    case 'do_while':
    case 'plan':
      return describeBlock(step);
  }
}

/** What it does, in the words of its author with the exact expression below, or by the expression itself. */
function titled(step: ComputeStep | ForEachStep, { label, text }: StepNote): Pick<StepLine, 'text' | 'notes'> {
  const title = ownTask(step);
  return title === '' ? { text, notes: [] } : { text: title, notes: [{ label, text: oneLine(text) }] };
}

/** What its author says of it; a task that was made from the step says nothing that is not shown anyway. */
function ownTask(step: ToolStep | ComputeStep | ForEachStep): string {
  return step.task === undefined || step.task === taskTextFor(step) ? (step.name ?? '') : step.task;
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
