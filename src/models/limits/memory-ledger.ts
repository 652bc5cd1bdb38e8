import {
  afterAnswer,
  afterBegin,
  MINUTE_MS,
  waitOfCall,
  type LearnedLimits,
  type Lesson,
  type RecentCalls,
  type WantedCall,
} from '../../domain/run/call-limits.js';
import type { Begun, BegunCall, CallLedger } from './call-ledger.js';

/** Counts the calls of this process. */
export class MemoryLedger implements CallLedger {
  readonly #now: () => number;
  readonly #learned = new Map<string, LearnedLimits>();
  /** Calls of the last minute, the oldest first. */
  readonly #recent = new Map<number, { at: number; tokens: number }>();
  readonly #open = new Map<string, number>();
  #tokens = 0;
  #lastId = 0;

  /** `now`: milliseconds since 1970. */
  constructor(now: () => number) {
    this.#now = now;
  }

  begin(wanted: WantedCall): Begun {
    const now = this.#now();
    const { model, tokens } = wanted;
    const learned = this.#learned.get(model) ?? {};
    const wait = waitOfCall(wanted, { recent: this.#count(model, now), learned, now });
    if (wait !== undefined) return { kind: 'wait', ...wait };
    this.#learned.set(model, afterBegin(learned, wanted));
    this.#open.set(model, (this.#open.get(model) ?? 0) + 1);
    this.#lastId += 1;
    this.#recent.set(this.#lastId, { at: now, tokens });
    this.#tokens += tokens;
    return { kind: 'begun', call: { id: this.#lastId, model } };
  }

  end({ id, model }: BegunCall, lesson: Lesson): void {
    const open = (this.#open.get(model) ?? 1) - 1;
    this.#open.set(model, open);
    const counted = this.#recent.get(id);
    if (counted !== undefined && lesson.counted !== undefined) {
      this.#tokens += lesson.counted - counted.tokens;
      counted.tokens = lesson.counted;
    }
    this.#learned.set(model, afterAnswer(this.#learned.get(model) ?? {}, lesson, { open, now: this.#now() }));
  }

  #count(model: string, now: number): RecentCalls {
    let leavesMs = 0;
    for (const [id, { at, tokens }] of this.#recent) {
      leavesMs = at + MINUTE_MS - now;
      if (leavesMs > 0) break;
      this.#recent.delete(id);
      this.#tokens -= tokens;
    }
    const open = [...this.#open.values()].reduce((sum, count) => sum + count, 0);
    const openOfModel = this.#open.get(model) ?? 0;
    return { begun: this.#recent.size, tokens: this.#tokens, leavesMs, open, openOfModel };
  }
}
