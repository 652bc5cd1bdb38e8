import type { Branch, IfStep, Step } from '../plan/plan.js';
import { stepBlocks, stepOutput } from '../plan/plan-steps.js';
import type { ProblemList } from './problem-list.js';

type Guarded = Pick<Branch, 'when' | 'condition'>;

/** What the plan alone says of a condition. */
type Outcome = 'always' | 'never' | 'maybe';

/** Where a run goes: steps and branches that it never reaches, loops that nothing bounds. */
export function checkFlow(steps: Step[], at: string, problems: ProblemList): void {
  let end: number | undefined;
  for (const [index, step] of steps.entries()) {
    const pointer = `${at}/${index}`;
    if (end === index - 1) {
      const message = `No run reaches this step: step ${end + 1} of its block ends every run.`;
      problems.warn('unreachable', { message, pointer, fix: 'Give that step a condition, or remove what follows it.' });
    }
    checkStepFlow(step, pointer, problems);
    for (const block of stepBlocks(step)) checkFlow(block.steps, `${pointer}${block.at}`, problems);
    if (end === undefined && endsRun(step)) end = index;
  }
}

/** The result of a plan that ends in such a loop is what the last item happens to leave. */
export function checkResult(steps: Step[], at: string, problems: ProblemList): void {
  const last = steps.at(-1);
  if (last?.kind !== 'for_each' || last.output !== undefined) return;
  const left = last.steps.at(-1);
  if (left === undefined || stepOutput(left) === undefined) return;
  problems.warn('accidental-result', {
    message: 'The result of the plan is what the last item of this loop leaves.',
    pointer: `${at}/${steps.length - 1}`,
    fix: 'Give the loop an "output": the list of what each item leaves, or of "collect": an expression.',
  });
}

function checkStepFlow(step: Step, pointer: string, problems: ProblemList): void {
  const isLoop = step.kind === 'while' || step.kind === 'do_while';
  if (isLoop && step.max_iterations === undefined) {
    problems.warn('unbounded-loop', {
      message: 'Only its condition ends this loop.',
      pointer,
      fix: 'Add "max_iterations", or bound the run: --max-steps 1000',
    });
  }
  if (outcomeOf(step) === 'never' && step.kind !== 'do_while') {
    const message = isLoop ? 'The steps of this loop never run' : 'This step never runs';
    neverTrue(message, pointer, problems);
  }
  if (step.kind === 'if') checkBranchFlow(step, pointer, problems);
}

function neverTrue(what: string, pointer: string, problems: ProblemList): void {
  problems.warn('unreachable', { message: `${what}: its when is false.`, pointer: `${pointer}/when` });
}

function checkBranchFlow(step: IfStep, at: string, problems: ProblemList): void {
  const taken = takenBranch(step);
  for (const [index, branch] of step.branches.entries()) {
    const pointer = `${at}/branches/${index}`;
    if (index > taken) notTaken('branch', { pointer, taken, problems });
    else if (outcomeOf(branch) === 'never') neverTrue('This branch is never taken', pointer, problems);
  }
  if (step.else !== undefined && taken < step.branches.length) {
    notTaken('else', { pointer: `${at}/else`, taken, problems });
  }
}

function notTaken(what: string, at: { pointer: string; taken: number; problems: ProblemList }): void {
  const message = `This ${what} is never taken: branch ${at.taken + 1} always is.`;
  at.problems.warn('unreachable', { message, pointer: at.pointer, fix: 'Remove it, or give that branch a condition.' });
}

/** The first branch that is taken whenever no earlier one is; their number when there is none. */
function takenBranch({ branches }: IfStep): number {
  const index = branches.findIndex((branch) => branch.when !== undefined && outcomeOf(branch) === 'always');
  return index === -1 ? branches.length : index;
}

/** Whether no step behind this one can be reached. */
function endsRun(step: Step): boolean {
  const outcome = outcomeOf(step);
  switch (step.kind) {
    case 'exit':
      return outcome === 'always';
    case 'if':
      return outcome === 'always' && everyBranchEnds(step);
    case 'while':
      return outcome === 'always' && step.steps.some(endsRun);
    case 'do_while':
      return step.steps.some(endsRun);
    case undefined:
    case 'tool':
    case 'llm':
    case 'react':
    case 'compute':
    case 'user_input':
    case 'user_verify':
    case 'for_each':
    case 'plan':
      return false;
  }
}

function everyBranchEnds(step: IfStep): boolean {
  const taken = takenBranch(step);
  const isClosed = taken < step.branches.length;
  const open = step.branches.slice(0, taken + 1).filter((branch) => outcomeOf(branch) !== 'never');
  if (!open.every((branch) => branch.steps.some(endsRun))) return false;
  return isClosed || (step.else?.some(endsRun) ?? false);
}

/** A loop's condition is one for its rounds, every other step's for the step. */
function outcomeOf({ when, condition }: Guarded): Outcome {
  if (when === undefined) return condition ? 'maybe' : 'always';
  const [, value] = LITERAL.exec(when) ?? [];
  if (value === 'false') return 'never';
  return value === 'true' && !condition ? 'always' : 'maybe';
}

/** A condition that is written out; parentheses that do not match are told elsewhere. */
const LITERAL = /^[\s({]*(true|false)[\s)}]*$/;
