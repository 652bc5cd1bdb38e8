import { selectorName, type Clarification } from '../../domain/run/clarification.js';
import { asText } from '../../domain/values/json.js';
import { between, type Marks } from '../../domain/values/marks.js';

export function answerBlock(answers: Clarification[], marks: Marks): string[] {
  if (answers.length === 0) return [];
  const said = answers.map(
    (answer) => `${selectorName(answer)} = ${answerText(answer)} (asked: ${answer.user_guidance})`,
  );
  return [`The user has answered already:\n${between(marks, said.join('\n'))}`];
}

/** What a person answered in this step, for the model that asked. */
export function answerText(answer: Clarification): string {
  const isConfirmed = answer.category === 'Value Confirmation' && answer.response === true;
  return asText(isConfirmed ? (answer.value ?? true) : answer.response);
}
