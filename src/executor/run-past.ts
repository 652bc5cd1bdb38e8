import type { RunEvent } from '../domain/run/events.js';
import type { RunId } from '../domain/values/ids.js';
import type { RunLog } from '../storage/store.js';
import { Budget } from './budget.js';
import type { RunContext } from './run-context.js';
import { RunIndex } from './run-index.js';

type Parts = Pick<RunContext, 'services' | 'consents'>;

/** What a drive needs from earlier events, gathered while the log is read, so that a long log is not held in memory. */
export class RunPast {
  readonly index: RunIndex;
  /** What the run had used up. */
  readonly spent: Budget;

  constructor({ services, consents }: Parts) {
    const { limits, ...prices } = services.settings.budget;
    this.index = new RunIndex(consents.judge);
    this.spent = new Budget({ ...prices, limits: { ...limits, timeMs: undefined } });
  }

  /** Number of the last event that was read. */
  lastSeq = 0;

  read(event: RunEvent): void {
    this.lastSeq = event.seq;
    this.index.addPast(event);
    this.spent.count(event);
  }
}

/** Takes a run over for driving, with what it did so far. */
export async function openWithPast(
  id: RunId,
  { store, takeOver, ...parts }: Parts & Pick<RunContext, 'store' | 'takeOver'>,
): Promise<{ log: RunLog; past: RunPast }> {
  let past = new RunPast(parts);
  const log = await store.openRun(id, {
    takeOver,
    reader() {
      past = new RunPast(parts);
      const reading = past;
      return (event) => reading.read(event);
    },
  });
  // Anything in the past that is not known would be done again.
  if (past.lastSeq !== log.run.metadata.last_seq) {
    await log.close();
    throw new Error(`the log of ${id} was not read to its end`);
  }
  return { log, past };
}
