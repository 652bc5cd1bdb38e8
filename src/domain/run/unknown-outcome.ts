import { isUnknownOutcome, type Clarification, type StillActing } from './clarification.js';
import { isJsonObject, type Json, type JsonObject } from '../values/json.js';

/** What a person may say about a call when nobody knows whether it took effect. */
export const OUTCOMES = ['happened', 'not_done', 'stop'] as const;

/**
 * The name by which answers select the question what the call gave, which is asked when the first answer does not say.
 */
export const RESULT = 'result';

/** The outcomes as people type it, with what it means. */
export function outcomeForms(question: Clarification): { form: string; means: string }[] {
  const still = stillActing(question);
  const from = still === undefined ? '' : ` (taken from ${still.until} on)`;
  return [
    { form: 'happened=RESULT', means: 'it took effect and gave this text; happened:=JSON for any other value' },
    { form: 'happened', means: 'it took effect; what it gave is asked next' },
    { form: 'not_done', means: `it did not take effect: make the call now${from}` },
    { form: 'stop', means: 'end the run' },
  ];
}

/**
 * What is said of a call whose driver has perhaps not ended. It began at `begunAt`, in milliseconds since 1970, and may
 * take `mostMs`. Undefined when that time is over.
 */
export function stillActingUntil(
  host: string,
  { begunAt, mostMs, now }: { begunAt: number; mostMs: number; now: number },
): StillActing | undefined {
  // A clock that is ahead says that it began later than now.
  const end = Math.ceil((Math.min(begunAt, now) + mostMs) / 1_000) * 1_000;
  return end <= now ? undefined : { host, until: new Date(end).toISOString().replace('.000Z', 'Z') };
}

/** The sentence about it in the question what happened. */
export function sayStillActing({ host, until }: StillActing): string {
  return `The process that began it was not seen to end: ${host} may still be doing it until ${until}, and not_done is taken only then.`;
}

function stillActing(question: Clarification): StillActing | undefined {
  return question.category === 'Multiple Choice' ? question.still_acting : undefined;
}

/** Why the answer that nothing was done is not taken yet, as the words that follow "the answer"; else undefined. */
export function tooEarly(question: Clarification, response: Json, now: Date): string | undefined {
  const still = response === 'not_done' && isUnknownOutcome(question) ? stillActing(question) : undefined;
  if (still === undefined || Date.parse(still.until) <= now.getTime()) return undefined;
  return `is not_done, and ${still.host} may still make the call until ${still.until}`;
}

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
