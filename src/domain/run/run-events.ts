import type { RunEvent } from './events.js';

/** Events of steps, calls and decisions: in a long loop there are far too many to hold. */
const OF_STEPS: ReadonlySet<string> = new Set<RunEvent['type']>([
  'step.started',
  'step.completed',
  'step.skipped',
  'step.failed',
  'condition.evaluated',
  'model.started',
  'model.finished',
  'model.failed',
  'tool.started',
  'tool.finished',
  'tool.failed',
  'memory.stored',
  'warning',
]);

/**
 * Chooses the events that say something about a run as a whole: its questions and answers, its tools, its drives, the
 * runs inside it, and which steps outside of loops are finished.
 */
export class RunEvents {
  readonly all: RunEvent[] = [];
  /** Steps that run a plan. */
  readonly #withRun = new Set<string>();

  add(event: RunEvent): void {
    if (this.#isOfRun(event)) this.all.push(event);
  }

  #isOfRun(event: RunEvent): boolean {
    if (!OF_STEPS.has(event.type)) return true;
    if (event.type === 'step.started' && event.sub_run !== undefined) {
      this.#withRun.add(event.path);
      return true;
    }
    if (event.type !== 'step.completed' && event.type !== 'step.skipped') return false;
    return !event.path.includes('[') || this.#withRun.has(event.path);
  }
}
