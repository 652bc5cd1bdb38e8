import type { Step } from '../plan.js';
import { stepBlocks, toolsOfStep } from '../plan-steps.js';
import type { ProblemList } from './problem-list.js';
import type { KnownTool } from './surroundings.js';

type Tools = ReadonlyMap<string, KnownTool>;

/** What a person should know before the plan is run: steps that ask, and steps that change something outside. */
export function notePlan(steps: Step[], at: string, to: { problems: ProblemList; tools: Tools | undefined }): void {
  for (const [index, step] of steps.entries()) {
    const pointer = `${at}/${index}`;
    noteAsking(step, pointer, to);
    noteActing(step, pointer, to);
    for (const block of stepBlocks(step)) notePlan(block.steps, `${pointer}${block.at}`, to);
  }
}

function noteAsking(
  step: Step,
  pointer: string,
  { problems, tools }: { problems: ProblemList; tools: Tools | undefined },
): void {
  const asks = (message: string) => problems.note('asks-a-person', { message, pointer });
  if (step.kind === 'user_input') asks('This step asks a person for a value.');
  if (step.kind === 'user_verify') asks('This step asks a person to agree.');
  if (step.kind === 'react' && step.may_ask === true) asks('This step may ask a person.');
  const asked = toolsOfStep(step).filter((id) => isAskedFor(tools?.get(id)));
  if (asked.length > 0) asks(`A person is asked before ${asked.join(', ')} is called.`);
}

/** Whether a person decides about every call, unless the user did in advance. */
function isAskedFor(tool: KnownTool | undefined): boolean {
  return tool?.effect === 'once' || (tool?.effect === 'idempotent' && tool.source !== 'builtin');
}

function noteActing(
  step: Step,
  pointer: string,
  { problems, tools }: { problems: ProblemList; tools: Tools | undefined },
): void {
  for (const id of toolsOfStep(step)) {
    const effect = tools?.get(id)?.effect;
    if (effect === undefined || effect === 'read') continue;
    const about = `${id} (${effect})`;
    problems.note('acts', { message: `This step acts with ${about}.`, pointer, about });
  }
}
