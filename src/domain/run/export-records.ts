import type { Plan } from '../plan/plan.js';
import type { RunId } from '../values/ids.js';
import type { Json } from '../values/json.js';
import type { EndUser } from './end-user.js';
import type { RunEvent } from './events.js';
import type { PlanningExchange } from './planning-exchange.js';

/**
 * The lines of an exported run that are not events, each one line of JSON. Between the first and the last of them are plans, values
 * and the lines of the logs exactly as they are in `events.ndjson`: those of a run inside another come before that one's.
 */
export type ExportRecord =
  | ExportStarted
  /** `planning`: what the planning model was sent and said, where that is kept. */
  | { v: 1; type: 'export.plan'; plan: Plan | Json; planning?: readonly PlanningExchange[] }
  | { v: 1; type: 'export.end_user'; user: EndUser }
  /** A large value of a run; `digest` is the SHA-256 of its JSON text. */
  | { v: 1; type: 'export.value'; run_id: RunId; digest: string; value: Json }
  /** `lines`: how many there are before this one; `digest`: the SHA-256 of their bytes. */
  | { v: 1; type: 'export.finished'; lines: number; digest: string };

export interface ExportStarted {
  v: 1;
  type: 'export.started';
  /** Of the portia that wrote it. */
  version: string;
  /** The run that was exported; those inside it come with it. */
  run_id: RunId;
  /** ISO 8601, UTC. */
  exported_at: string;
  /** Values were taken out: it can be shown, and not continued. */
  redacted?: true;
}

/** What every line of an exported run begins with that is not an event. */
const RECORD = '{"v":1,"type":"export.';

export function isExportRecord(line: string): boolean {
  return line.startsWith(RECORD);
}

/** The record as a line, without its line end. */
export function exportLine(record: ExportRecord): string {
  return JSON.stringify(record);
}

/** The runs of the plans inside a run, in the order in which they were begun. */
export function runsInside(events: readonly RunEvent[]): Set<RunId> {
  return new Set(
    events.flatMap((event) => (event.type === 'step.started' && event.sub_run !== undefined ? [event.sub_run] : [])),
  );
}
