import type { Clarification, ClarificationOf } from './clarification.js';

/** The answer of a person who lets the run continue until a call needs what its tool waits for. */
export const SKIPPED = 'skip';

const KEY = 'ready:';

/** The key of what tools wait for from one provider: the same thing is asked once. */
export function readinessKey(provider: string): string {
  return `${KEY}${provider}`;
}

/** The providers for which tools that are not ready wait for the question. */
export function providersAsked({ key, joined = [] }: Clarification): string[] {
  const keys = [key ?? '', ...joined.map((other) => other.key)];
  return keys.filter((each) => each.startsWith(KEY)).map((each) => each.slice(KEY.length));
}

/** Whether tools that are not ready wait for it: they are asked whether it is done, whatever the answer is. */
export function asksForReadiness(question: Clarification): question is ClarificationOf<'Action'> {
  return question.category === 'Action' && providersAsked(question).length > 0;
}
