import type { AskedParts } from '../domain/run/asked-parts.js';
import { selectorName } from '../domain/run/clarification.js';
import { imagesIn } from '../domain/values/images.js';
import type { Json } from '../domain/values/json.js';
import type { AgentWork } from './prompts/agent-work.js';
import type { StepInput } from './prompts/value-block.js';
import { answerText } from './prompts/answer-block.js';

/** What a step asks a model about, whatever words are put around it. */
export function aboutWork(
  work: Pick<AgentWork, 'task' | 'inputs' | 'answers'> & Partial<AgentWork> & { system?: string | undefined },
): Pick<AskedParts, 'task' | 'inputs' | 'answers'> {
  const { task, system, endUserId, endUserFacts = {} } = work;
  const user = endUserId === undefined ? [] : [{ end_user: endUserId, facts: { ...endUserFacts } }];
  return {
    task: system === undefined ? task : [task, system],
    inputs: [...aboutInputs(work.inputs), ...user],
    answers: work.answers.map((answer) => [selectorName(answer), answer.user_guidance, answerText(answer)]),
  };
}

export function aboutInputs(inputs: readonly StepInput[]): Json[] {
  return inputs.map(({ name, description, value, images = [] }) => ({
    ...{ name, description, value: imagesIn(value).shown },
    ...(images.length > 0 && { images: images.length }),
  }));
}
