import type { Clarification } from '../../domain/run/clarification.js';
import type { Marks } from '../../domain/values/marks.js';
import { answerBlock } from './answer-block.js';
import { inputBlock, MAX_PASTED, type StepInput } from './value-block.js';

/** What the model of an agent works on. */
export interface AgentWork {
  /** What surrounds the data of this request. */
  marks: Marks;
  task: string;
  inputs: StepInput[];
  /** What the user has answered before the step begins. */
  answers: Clarification[];
  today: string;
  endUserId: string;
}

export function agentWork(work: AgentWork): string {
  return [
    `Task: ${work.task}`,
    ...inputBlock(work.inputs, work.marks, MAX_PASTED),
    ...answerBlock(work.answers, work.marks),
    `Today is ${work.today}. The end user is ${work.endUserId}.`,
  ].join('\n\n');
}
