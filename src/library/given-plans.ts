import { PortiaError } from '../domain/errors.js';
import type { toJson } from '../domain/values/json.js';
import type { Plan } from '../domain/plan/plan.js';
import { readPlanDocument } from '../storage/upgrade/upgrade.js';

/** A program may make many plans, and give each once. */
const MOST_KEPT = 16;

/** A longer one takes long to run, too. */
const MOST_CHARACTERS = 100_000;

/** Plans that a program gives. It may give the same one for many runs: what it says is then read once. */
export class GivenPlans {
  /** By the text of what was given. */
  readonly #read = new Map<string, Plan>();

  /** A plan as it is at this moment. Throws `invalid-plan`. */
  read(given: ReturnType<typeof toJson>, now: Date): Plan {
    if (!given.ok) throw new PortiaError('invalid-plan', 'The plan is not JSON.', { why: given.problem });
    const text = JSON.stringify(given.value);
    const known = this.#read.get(text);
    if (known !== undefined) return known;
    const { plan } = readPlanDocument(given.value, { createdAt: now.toISOString() });
    if (text.length <= MOST_CHARACTERS) this.#keep(text, plan);
    return plan;
  }

  #keep(text: string, plan: Plan): void {
    const [oldest] = this.#read.keys();
    if (this.#read.size >= MOST_KEPT && oldest !== undefined) this.#read.delete(oldest);
    this.#read.set(text, plan);
  }
}
