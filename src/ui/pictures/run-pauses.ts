import type { RunEvent } from '../../domain/run/events.js';
import type { PauseReason, Run } from '../../domain/run/run.js';

/** A time in which a run did nothing: it waited for a person, or nobody drove it. */
export interface Pause {
  kind: 'person' | 'stop';
  /** Milliseconds since 1970. */
  from: number;
  to: number;
  /** It lasts until now. */
  isOpen?: boolean;
}

/** What is known of a run beside its events. */
export interface Moment {
  /** Milliseconds since 1970. */
  now: number;
  isDriven: boolean;
}

/** Shorter times are not told apart from work: no person is that quick. */
const LEAST = 1000;

/** The pauses of a run, the oldest first, without gaps of less than a second. */
export function pausesIn(events: readonly RunEvent[], { now, isDriven }: Moment): Pause[] {
  const walk = new Walk();
  for (const event of events) walk.add(event);
  return walk.end(now, isDriven);
}

/** The same from what the run itself says: the times in which its questions were open. */
export function pausesOf(run: Run, { now, isDriven }: Moment): Pause[] {
  const pauses: Pause[] = [];
  const asked = run.outputs.clarifications
    .flatMap(({ raised_at: from, resolved_at: to, resolved }) =>
      from === undefined || (resolved && to === undefined) ? [] : [{ from: Date.parse(from), to }],
    )
    .sort((one, other) => one.from - other.from);
  for (const { from, to } of asked) {
    const isOpen = to === undefined && run.state !== 'FAILED' && !isDriven;
    const end = to === undefined ? (isOpen ? now : from) : Date.parse(to);
    const last = pauses.at(-1);
    if (last !== undefined && from <= last.to) {
      last.to = Math.max(last.to, end);
      if (isOpen) last.isOpen = true;
    } else if (end - from >= LEAST || isOpen) {
      pauses.push({ kind: 'person', from, to: end, ...(isOpen && { isOpen }) });
    }
  }
  return pauses;
}

/** Pauses that last until a person does something. */
const FOR_PERSON: ReadonlySet<PauseReason> = new Set<PauseReason>(['clarification', 'approval', 'budget']);

class Walk {
  readonly #pauses: Pause[] = [];
  readonly #open = new Set<string>();
  #calls = 0;
  #last: number | undefined;
  /** Why nobody drives the run; undefined while somebody does. */
  #stopped: Pause['kind'] | undefined;
  #isOver = false;

  add(event: RunEvent): void {
    const at = Date.parse(event.ts);
    const isBegin = event.type === 'run.started' || event.type === 'run.resumed';
    if (this.#last !== undefined && at > this.#last) this.#pass(this.#last, at, isBegin);
    if (this.#last !== undefined || isBegin) this.#last = Math.max(this.#last ?? at, at);
    this.#note(event);
  }

  end(now: number, isDriven: boolean): Pause[] {
    if (this.#last !== undefined && now > this.#last && !this.#isOver) {
      if (isDriven) this.#pass(this.#last, now, false);
      else if (this.#stopped === 'person') this.#push({ kind: 'person', from: this.#last, to: now, isOpen: true });
    }
    return this.#pauses.filter(
      ({ kind, from, to, isOpen }) => isOpen === true || to - from >= LEAST || kind === 'person',
    );
  }

  #pass(from: number, to: number, isBegin: boolean): void {
    if (this.#stopped !== undefined) this.#push({ kind: this.#stopped, from, to });
    else if (isBegin) this.#push({ kind: 'stop', from, to });
    else if (this.#open.size > 0 && this.#calls === 0 && to - from >= LEAST) this.#push({ kind: 'person', from, to });
  }

  #push(pause: Pause): void {
    const last = this.#pauses.at(-1);
    if (last === undefined || last.kind !== pause.kind || last.to < pause.from) this.#pauses.push(pause);
    else Object.assign(last, { ...pause, from: last.from });
  }

  #note(event: RunEvent): void {
    switch (event.type) {
      case 'run.started':
      case 'run.resumed':
        this.#stopped = undefined;
        this.#calls = 0;
        this.#isOver = false;
        return;
      case 'run.paused':
        this.#stopped = FOR_PERSON.has(event.reason) ? 'person' : 'stop';
        return;
      case 'run.interrupted':
        this.#stopped = this.#open.size > 0 ? 'person' : 'stop';
        return;
      case 'run.failed':
        this.#stopped = 'stop';
        this.#isOver = true;
        return;
      case 'run.completed':
      case 'run.cancelled':
        this.#isOver = true;
        return;
      case 'clarification.raised':
        this.#open.add(event.clarification.id);
        return;
      case 'clarification.resolved':
        this.#open.delete(event.id);
        return;
      case 'model.started':
      case 'tool.started':
        this.#calls += 1;
        return;
      case 'model.finished':
      case 'model.failed':
      case 'tool.finished':
      case 'tool.failed':
        this.#calls = Math.max(0, this.#calls - 1);
        return;
      default:
        return;
    }
  }
}
