import type { Clarification } from '../../domain/run/clarification.js';
import { between, type Marks } from '../../domain/values/marks.js';
import { answerBlock } from './answer-block.js';
import { inputBlock, MAX_PASTED, type Showing, type StepInput } from './value-block.js';

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
  /** What is known of the end user, by name. */
  endUserFacts?: Readonly<Record<string, string>> | undefined;
}

/** `hands`: what the model can do with a value that it is not shown whole. */
export function agentWork(work: AgentWork, hands: Omit<Showing, 'marks'> = { canRead: true, canPass: true }): string {
  return [
    `Task: ${work.task}`,
    ...inputBlock(work.inputs, { marks: work.marks, longest: MAX_PASTED, ...hands }),
    ...answerBlock(work.answers, work.marks),
    `Today is ${work.today}. The end user is ${work.endUserId}.`,
    ...factsBlock(work),
  ].join('\n\n');
}

function factsBlock({ endUserFacts: facts = {}, marks }: AgentWork): string[] {
  return Object.keys(facts).length === 0 ? [] : [`About the end user:\n${between(marks, JSON.stringify(facts))}`];
}
