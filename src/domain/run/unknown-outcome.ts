import { isUnknownOutcome, type Clarification } from './clarification.js';
import { isJsonObject, type Json, type JsonObject } from '../values/json.js';

/** What a person may say about a call when nobody knows whether it took effect. */
export const OUTCOMES = ['happened', 'not_done', 'stop'] as const;

/**
 * The name by which answers select the question what the call gave, which is asked when the first answer does not say.
 */
export const RESULT = 'result';

/** The outcomes as people type it, with what it means. */
export const OUTCOME_FORMS: readonly { form: string; means: string }[] = [
  { form: 'happened=RESULT', means: 'it took effect and gave this text; happened:=JSON for any other value' },
  { form: 'happened', means: 'it took effect; what it gave is asked next' },
  { form: 'not_done', means: 'it did not take effect: make the call now' },
  { form: 'stop', means: 'end the run' },
];

/** The answer that the call took effect, with what it gave, so that nobody is asked for that again. */
export function happenedWith(result: Json): JsonObject {
  return { happened: result };
}

/** What the call gave, where the answer to what happened to it says so. */
export function resultInAnswer(response: Json): { value: Json } | undefined {
  if (!isJsonObject(response) || Object.keys(response).length !== 1) return undefined;
  const { happened: value } = response;
  return value === undefined ? undefined : { value };
}

/** Whether an answer that is not an option of its question says what the call gave. */
export function saysResult(question: Clarification, response: Json): boolean {
  return isUnknownOutcome(question) && resultInAnswer(response) !== undefined;
}
