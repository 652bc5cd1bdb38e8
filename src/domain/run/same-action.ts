import type { Clarification, ClarificationRequest } from './clarification.js';

/** Whether a person who does the one has done the other, too: of one provider, one thing is asked at a time. */
export function isSameAction(one: Clarification, other: Clarification | ClarificationRequest): boolean {
  if (one.category !== 'Action' || other.category !== 'Action') return false;
  if (one.provider !== undefined && other.provider !== undefined) return one.provider === other.provider;
  return one.action_url === other.action_url;
}

/** The open question that asks a person for the same action as this request. */
export function openSameAction(
  questions: readonly Clarification[],
  request: Clarification | ClarificationRequest,
): Clarification | undefined {
  return questions.find((question) => !question.resolved && isSameAction(question, request));
}
