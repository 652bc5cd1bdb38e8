import { portia, type CommandStep } from '../domain/next-step.js';
import type { Hold, QueuedRun, QueuePause, Standing } from '../domain/run/queue.js';
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

/** Nobody can accept a tool that is not there. */
function acceptCommand({ changed: [tool], missing }: Extract<Standing, { for: 'tools' }>): CommandStep | undefined {
  return tool === undefined || missing.length > 0 ? undefined : portia('queue', 'accept-changed', tool);
}

/** What is paused, and how that ends. Empty when nothing is; else it ends with an empty line. */
export function pausesView(pauses: readonly QueuePause[], look: Look): string {
  const lines = pauses.flatMap(({ label, since }) => [
    `${look.symbols.waiting} ${label === null ? 'The queue' : `The label ${oneLine(label)}`} is paused since ${oneLine(since)}.`,
    `   ${look.spell(continueCommand(label))}`,
  ]);
  return lines.length === 0 ? '' : `${lines.join('\n')}\n\n`;
}

const continueCommand = (label: string | null): CommandStep =>
  portia('queue', 'continue', ...(label === null ? [] : ['--label', label]));

/** What the run needs, in words. */
export function queueWhy(
  standing: Standing,
  run: Pick<QueuedRun, 'open_questions'> &
    Partial<Pick<QueuedRun, 'pause' | 'keeps_to'>> & { owner?: { pid: number; host: string } | undefined },
): string {
  if (standing.kind === 'runs') return `on ${run.owner?.host ?? '?'}, process ${run.owner?.pid ?? '?'}`;
  if (!('for' in standing)) return freeText(run.keeps_to);
  switch (standing.for) {
    case 'time':
      return untilText(standing.until, run.pause);
    case 'tools':
      return toolsText(standing);
    case 'pause':
      return standing.label === null ? 'the queue is paused' : `the label ${standing.label} is paused`;
    case 'limit':
      return `${limitedRuns(standing)} ${standing.most === 1 ? 'is' : 'are'} driven; no more may be`;
    case 'question':
      return count(run.open_questions, 'open question');
    case 'event':
      return 'for an event';
    case 'budget':
      return 'its limit is reached';
  }
}

function untilText(until: string, pause: PauseReason | null | undefined): string {
  if (pause === 'unavailable') return `something was unavailable; it is tried again at ${until}`;
  return `${pause === 'signal' ? 'for an event, ' : ''}until ${until}`;
}

function toolsText({ missing, changed, host }: Extract<Standing, { for: 'tools' }>): string {
  const what = [
    ...(missing.length === 0 ? [] : [`does not have ${missing.join(', ')}`]),
    ...(changed.length === 0 ? [] : [`has another ${changed.join(', ')}`]),
  ];
  return `no worker has its tools; the last one, on ${host}, ${what.join(' and ')}`;
}

function limitedRuns(limit: Hold & { for: 'limit' }): string {
  const runs = count(limit.most, 'run');
  if (limit.of === 'label') return `${runs} with the label ${limit.label}`;
  return `${runs} ${limit.of === 'plan' ? 'of its plan' : 'for its end user'}`;
}

function freeText(keepsTo: string | undefined): string {
  return keepsTo === undefined ? 'for a worker that is free' : `for a worker on ${keepsTo}, which has its files`;
}

/** What a person can do so that the run continues; undefined when nothing is to be done. */
export function queueNext(id: RunId, standing: Standing): CommandStep | undefined {
  if (standing.kind === 'runs') return undefined;
  if (!('for' in standing)) return portia('worker');
  switch (standing.for) {
    case 'time':
    case 'budget':
      return portia('resume', id);
    case 'pause':
      return continueCommand(standing.label);
    case 'tools':
      return acceptCommand(standing);
    case 'limit':
      return undefined;
    case 'question':
    case 'event':
      return portia('show', id);
  }
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
  if (!('for' in standing)) return 'continues what waits';
  switch (standing.for) {
    case 'question':
      return `what ${shortId(id)} asks, and how to answer`;
    case 'event':
      return `what ${shortId(id)} waits for`;
    case 'tools':
      return 'if the tool is as you want it';
    case 'pause':
      return 'ends the pause';
    case 'time':
    case 'limit':
    case 'budget':
      return `continues ${shortId(id)} now`;
  }
}
