import { portia, type CommandStep } from '../domain/next-step.js';
import type { Standing } from '../domain/run/queue.js';
import type { PauseReason } from '../domain/run/run.js';
import { oneLine } from '../domain/values/printable.js';
import { shortId, type RunId } from '../domain/values/ids.js';
import { count } from './brief-value.js';
import type { Look } from './look.js';
import type { Line } from './step-layout.js';
import { layoutTable } from './table.js';
import { timeAgo } from './times.js';

/** A run of the queue. */
export interface ShownQueued {
  id: RunId;
  standing: Standing;
  /** What it waits for, in words. */
  why: string;
  priority: number;
  labels: readonly string[];
  updated_at: string;
}

/** Runs in the given order, then what a person can do. Ends with a newline. */
export function queueView(runs: readonly ShownQueued[], look: Look): string {
  if (runs.length === 0) {
    return `The queue is empty. Leave a run to workers: ${look.spell(portia('run-plan', 'PLAN', '--queue'))}\n`;
  }
  const rows = runs.map((run): Line[] => [
    { text: shortId(run.id), paint: look.colour.cyan },
    standingLine(run.standing, look),
    { text: String(run.priority) },
    { text: timeAgo(run.updated_at, look.now) },
    { text: [...run.labels.map((label) => `[${label}]`), run.why].map(oneLine).join(' ') },
  ]);
  const table = layoutTable({ headers: ['RUN', 'STATE', 'PRIORITY', 'CHANGED', 'WHY'], rows }, look);
  const next = nextLines(runs, look);
  return `${[...table, ...(next.length === 0 ? [] : ['', ...next])].join('\n')}\n`;
}

function standingLine({ kind }: Standing, { symbols, colour }: Look): Line {
  switch (kind) {
    case 'runs':
      return { text: `${symbols.running} runs`, paint: colour.cyan };
    case 'waits':
      return { text: `${symbols.pending} waits` };
    case 'parked':
      return { text: `${symbols.waiting} parked`, paint: colour.yellow };
  }
}

/** What the run needs, in words. */
export function queueWhy(
  standing: Standing,
  run: {
    open_questions: number;
    pause?: PauseReason | null | undefined;
    owner?: { pid: number; host: string } | undefined;
  },
): string {
  switch (standing.kind) {
    case 'runs':
      return `on ${run.owner?.host ?? '?'}, process ${run.owner?.pid ?? '?'}`;
    case 'waits':
      return 'for' in standing ? untilText(standing.until, run.pause) : 'for a worker that is free';
    case 'parked':
      return parkedText(standing.for, run.open_questions);
  }
}

function untilText(until: string, pause: PauseReason | null | undefined): string {
  if (pause === 'time') return `until ${until}`;
  return pause === 'signal'
    ? `for an event, until ${until}`
    : `something was unavailable; it is tried again at ${until}`;
}

function parkedText(what: 'question' | 'event' | 'budget', questions: number): string {
  if (what === 'question') return count(questions, 'open question');
  return what === 'event' ? 'for an event' : 'its limit is reached';
}

/** What a person can do so that the run continues; undefined when nothing is to be done. */
export function queueNext(id: RunId, standing: Standing): CommandStep | undefined {
  if (standing.kind === 'runs') return undefined;
  if (standing.kind === 'waits') return 'for' in standing ? portia('resume', id) : portia('worker');
  return standing.for === 'budget' ? portia('resume', id) : portia('show', id);
}

/** Each command once, with the first run that it helps. */
function nextLines(runs: readonly ShownQueued[], look: Look): string[] {
  const found = new Map<string, string>();
  for (const { id, standing } of runs) {
    const next = queueNext(id, standing);
    if (next === undefined) continue;
    const command = look.spell(next);
    if (!found.has(command)) found.set(command, remarkOf(standing, id));
  }
  return Array.from(found, ([command, remark]) => `   ${command}   ${look.colour.dim(`# ${remark}`)}`);
}

function remarkOf(standing: Standing, id: RunId): string {
  if (standing.kind === 'parked' && standing.for === 'event') return `what ${shortId(id)} waits for`;
  if (standing.kind === 'parked' && standing.for === 'question') return `what ${shortId(id)} asks, and how to answer`;
  if (standing.kind === 'waits' && !('for' in standing)) return 'continues what waits';
  return `continues ${shortId(id)} now`;
}
