import { readElicitation, type Elicitation, type ElicitationResult } from '../../clarifications/elicitation.js';
import { digestValue } from '../../domain/values/digest.js';
import { ServerFault } from './server-fault.js';
import { paramsOf, type ServerQuestions } from './server-questions.js';

/** A call that a server works on, and that it may ask about. */
export interface CallInFlight {
  /** What a person has answered, by the keys of the questions. */
  answers: ReadonlyMap<string, ElicitationResult>;
  /** What the server asked meanwhile, and nobody had answered. */
  asked: ServerQuestions['requests'];
  /** Called when the server was told that nobody answers now. */
  onCancelled(): void;
  /** The server asked, and nobody can tell for which call. */
  isMixedUp: boolean;
}

/**
 * The calls that a server works on now. By the older protocols it asks while it works, and does not say for which call: once
 * it has asked, it gets one call at a time.
 */
export class CallsInFlight {
  readonly #calls = new Set<CallInFlight>();
  #asks = false;
  #before: Promise<unknown> = Promise.resolve();

  get count(): number {
    return this.#calls.size;
  }

  /** Does the work of a call. */
  async during<Value>(call: CallInFlight, work: () => Promise<Value>): Promise<Value> {
    const before = this.#before;
    const own = this.#work(call, work, this.#asks ? before : Promise.resolve());
    this.#before = Promise.allSettled([before, own]);
    return own;
  }

  async #work<Value>(call: CallInFlight, work: () => Promise<Value>, before: Promise<unknown>): Promise<Value> {
    await before;
    this.#calls.add(call);
    try {
      const value = await work();
      if (call.isMixedUp) throw new ServerFault('gone', 'it asked something while it worked on several calls');
      return value;
    } finally {
      this.#calls.delete(call);
    }
  }

  /** What the server is told that asks. A question without an answer is cancelled, and its call ends by that. */
  answer(params: unknown): ElicitationResult {
    this.#asks = true;
    const [call, ...others] = this.#calls;
    const elicitation = readElicitation(params);
    if (call === undefined || elicitation === undefined) return { action: 'cancel' };
    if (others.length > 0) {
      for (const each of this.#calls) each.isMixedUp = true;
      return { action: 'cancel' };
    }
    const key = keyOf(elicitation);
    const answer = call.answers.get(key);
    if (answer !== undefined) return answer;
    call.asked.push({ key, elicitation });
    call.onCancelled();
    return { action: 'cancel' };
  }
}

/** The same question has the same key in every call. */
function keyOf(elicitation: Elicitation): string {
  return digestValue(paramsOf(elicitation));
}
