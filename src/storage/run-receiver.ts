import type { Run } from '../domain/run/run.js';
import type { PlanId, RunId } from '../domain/values/ids.js';
import type { Json } from '../domain/values/json.js';

/** Runs on their way into the store: nothing of them is there before `take`. Must be closed. */
export interface RunReceiver {
  /** The next line of the log that it belongs to. Throws `unreadable` or `newer-version`, naming `where`. */
  addLine(line: string, where: string): void;
  /** A large value of a run. Throws `unreadable`, naming `where`, when its JSON text has another digest. */
  addValue(id: RunId, { digest, value }: { digest: string; value: Json }, where: string): void;
  /**
   * What the runs are here, in the order of their first lines. Rejects with `log-edited` for a log that is not as it was
   * recorded, and with `stale` for a run that is here with other events.
   */
  check(): Promise<ReceivedRun[]>;
  /**
   * After `check`: takes the runs over in that order. Each is here whole or not at all, also when the process is killed.
   * This or `check` rejects with `run-locked` for a run that is driven here.
   */
  take(): Promise<void>;
  /** Forgets what was not taken. */
  close(): Promise<void>;
}

export interface ReceivedRun {
  run: Run;
  /** `behind`: the run is here with more events; `ahead`: with fewer. */
  standing: 'new' | 'same' | 'ahead' | 'behind';
  /** The plans that it needs, with their digests. */
  plans: ReadonlyMap<PlanId, string>;
  /** Digests of the large values that its events name and that did not come with them. */
  missing: string[];
}
