import type { ClarificationId } from '../values/ids.js';
import type { EventOf, RunEvent } from './events.js';
import { selectorName, type Clarification } from './clarification.js';

interface CallPlace {
  /** Of its step. */
  path: string;
  /** ISO 8601, UTC. */
  startedAt: string;
  /** Absent for one that is under way, or that a crash cut off; and for a question, whose end the run has. */
  endedAt?: string | undefined;
  /** From the beginning of the run, in milliseconds, without the times in which it waited for a person or was stopped. */
  offset: number;
}

export interface RecordedModelCall extends CallPlace {
  kind: 'model';
  started: EventOf<'model.started'>;
  ended?: EventOf<'model.finished' | 'model.failed'> | undefined;
}

export interface RecordedToolCall extends CallPlace {
  kind: 'tool';
  started: EventOf<'tool.started'>;
  ended?: EventOf<'tool.finished' | 'tool.failed'> | undefined;
}

export interface RecordedQuestion extends CallPlace {
  kind: 'question';
  id: ClarificationId;
  name: string;
}

export type RecordedCall = RecordedModelCall | RecordedToolCall | RecordedQuestion;

/** Everything in a run that reached outside, in the order in which it began. */
export function callsIn(events: readonly RunEvent[]): RecordedCall[] {
  const calls: RecordedCall[] = [];
  const open = new Map<string, RecordedCall>();
  const clock = new DrivenClock();
  for (const event of events) {
    const offset = clock.at(event);
    switch (event.type) {
      case 'model.started':
        begin(event.key, { kind: 'model', path: event.path, startedAt: event.ts, offset, started: event });
        break;
      case 'tool.started':
        begin(event.key, { kind: 'tool', path: event.path, startedAt: event.ts, offset, started: event });
        break;
      case 'clarification.raised': {
        const { clarification } = event;
        const { id } = clarification;
        const name = selectorName(clarification);
        calls.push({ kind: 'question', id, path: pathOf(clarification), startedAt: event.ts, offset, name });
        break;
      }
      case 'model.finished':
      case 'model.failed':
      case 'tool.finished':
      case 'tool.failed':
        end(event.key, event);
        break;
      default:
    }
  }
  return calls;

  function begin(key: string, call: RecordedCall): void {
    calls.push(call);
    open.set(key, call);
  }

  function end(key: string, event: RunEvent): void {
    const call = open.get(key);
    open.delete(key);
    if (call === undefined) return;
    call.endedAt = event.ts;
    if (call.kind === 'model' && (event.type === 'model.finished' || event.type === 'model.failed')) call.ended = event;
    if (call.kind === 'tool' && (event.type === 'tool.finished' || event.type === 'tool.failed')) call.ended = event;
  }
}

/** Files of the Python SDK name only the top-level step. */
/** The step that asks. */
export function pathOf({ path, step }: Clarification): string {
  return path ?? String(step ?? 0);
}

/** Counts only the time in which somebody drove the run. */
class DrivenClock {
  #start: number | undefined;
  #stoppedAt: number | undefined;

  at({ ts, type }: RunEvent): number {
    const now = Date.parse(ts);
    if (this.#stoppedAt !== undefined && type === 'run.resumed') {
      this.#start = (this.#start ?? now) + now - this.#stoppedAt;
      this.#stoppedAt = undefined;
    }
    if (type === 'run.paused' || type === 'run.interrupted' || type === 'run.failed') this.#stoppedAt ??= now;
    this.#start ??= now;
    return Math.max(0, (this.#stoppedAt ?? now) - this.#start);
  }
}
