import type { Step } from '../plan/plan.js';
import { stepBlocks, toolsOfStep } from '../plan/plan-steps.js';
import { kindOf } from '../plan/step-kinds/step-kinds.js';
import { maySendPrivate } from '../plan/private-data.js';
import type { ProblemList } from './problem-list.js';
import type { KnownTool } from './known-tools-and-plans.js';

type Tools = ReadonlyMap<string, KnownTool>;

interface Notes {
  problems: ProblemList;
  tools: Tools | undefined;
  /** Names of values that may hold the user's own data. */
  privateNames: ReadonlySet<string>;
}

/** What a person should know before the plan is run: steps that ask, change something outside, or send something there. */
export function notePlan(steps: Step[], at: string, to: Notes): void {
  for (const [index, step] of steps.entries()) {
    const pointer = `${at}/${index}`;
    noteAsking(step, pointer, to);
    noteActing(step, pointer, to);
    noteSending(step, pointer, to);
    for (const block of stepBlocks(step)) notePlan(block.steps, `${pointer}${block.at}`, to);
  }
}

function noteAsking(step: Step, pointer: string, { problems, tools, privateNames: names }: Notes): void {
  const asks = (message: string) => problems.note('asks-a-person', { message, pointer });
  const itself = kindOf(step).asks(step);
  if (itself !== undefined) asks(itself);
  const asked = toolsOfStep(step).filter((id) => isAskedFor(tools?.get(id)));
  if (asked.length > 0) asks(`A person is asked before ${asked.join(', ')} is called.`);
  if (step.kind !== 'react' || tools === undefined) return;
  const sending = step.tools.filter((id) => !asked.includes(id) && maySendPrivate(step, id, { tools, names }));
  if (sending.length === 0) return;
  asks(`A person is asked once before ${sending.join(', ')} is called: this step can also read private content.`);
}

/** Whether a person decides about every call, unless the user did in advance. */
function isAskedFor(tool: KnownTool | undefined): boolean {
  return tool?.effect === 'once' || (tool?.effect === 'idempotent' && tool.source !== 'builtin');
}

function noteSending(step: Step, pointer: string, { problems, tools }: Notes): void {
  for (const id of toolsOfStep(step)) {
    if (tools?.get(id)?.sends !== true) continue;
    problems.note('sends', {
      message: `This step sends with ${id}: its arguments leave the machine.`,
      pointer,
      about: id,
    });
  }
}

function noteActing(step: Step, pointer: string, { problems, tools }: Notes): void {
  for (const id of toolsOfStep(step)) {
    const effect = tools?.get(id)?.effect;
    if (effect === undefined || effect === 'read') continue;
    const about = `${id} (${effect})`;
    problems.note('acts', { message: `This step acts with ${about}.`, pointer, about });
  }
}
