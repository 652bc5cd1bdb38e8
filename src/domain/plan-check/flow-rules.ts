import type { IfStep, Step } from '../plan/plan.js';
import { LLM_TOOL } from '../plan/llm-tool.js';
import { insteadOf, stepBlocks, stepOutput, toolsOfStep } from '../plan/plan-steps.js';
import { outcomeOf } from '../plan/step-kinds/guard-outcome.js';
import { takenBranch } from '../plan/step-kinds/if.js';
import { kindOf } from '../plan/step-kinds/step-kinds.js';
import { placeOf } from '../plan/step-path.js';
import type { KnownToolsAndPlans } from './known-tools-and-plans.js';
import type { ProblemList } from './problem-list.js';

/** The way that a run takes: steps and branches that it never reaches, loops without a limit. */
export function checkFlow(steps: Step[], at: string, problems: ProblemList): void {
  let end: number | undefined;
  const numberAt = (index: number) => placeOf(`${at}/${index}`);
  for (const [index, step] of steps.entries()) {
    const pointer = `${at}/${index}`;
    if (end === index - 1) {
      const message = `No run reaches this step: ${numberAt(end)} ends every run.`;
      problems.warn('unreachable', { message, pointer, fix: 'Give that step a condition, or remove what follows it.' });
    }
    checkStepFlow(step, pointer, problems);
    for (const block of stepBlocks(step)) checkFlow(block.steps, `${pointer}${block.at}`, problems);
    if (end === undefined && endsRun(step)) end = index;
  }
}

/** The result of a plan that ends in such a loop is what the last item happens to leave; one that ends in acts is made for them. */
export function checkResult(
  steps: Step[],
  at: string,
  { tools, problems }: { tools: KnownToolsAndPlans['tools']; problems: ProblemList },
): void {
  const last = steps.at(-1);
  if (last?.kind !== 'for_each' || last.output !== undefined) return;
  const left = last.steps.at(-1);
  if (left === undefined || stepOutput(left) === undefined) return;
  if (toolsOfStep(left).some((id) => id !== LLM_TOOL && tools?.get(id)?.effect !== 'read')) return;
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
  if (step.kind === 'user_verify' && step.on_no === 'continue' && step.output === undefined) {
    problems.warn('unused-answer', {
      message: 'A no changes nothing: the run continues, and the step leaves nothing.',
      pointer: `${pointer}/on_no`,
      fix: 'Give it an "output", which is false after a no, and use that in "when".',
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

/** Whether no step behind this one can be reached. */
export function endsRun(step: Step): boolean {
  const anyEnds = (steps: Step[]) => steps.some(endsRun);
  return kindOf(step).endsRun(step, anyEnds) && insteadOf(step).every(({ steps }) => anyEnds(steps));
}
