import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';

import type { EventOf, RunEvent } from '../../src/domain/run/events.js';
import type { RunId } from '../../src/domain/values/ids.js';
import type { Json } from '../../src/domain/values/json.js';
import type { Run } from '../../src/domain/run/run.js';
import { identifyProcess } from '../../src/storage/process-identity.js';
import { retied } from './retied-lines.js';
import { loggedRunIds, readEvents, readRun } from './scenario.js';
import { bringFiles, storedIn } from './tested-store.js';

/** A run that nothing disturbed: its project, its record, and what it and the runs inside it wrote, in that order. */
export interface Undisturbed {
  folder: string;
  run: Run;
  events: RunEvent[];
  /** The same as text, each with its line end. */
  lines: string[];
}

export function readUndisturbed(folder: string, id: string): Undisturbed {
  const lines = inOrder(storedIn(folder), id);
  return {
    folder,
    run: readRun(folder, id),
    events: lines.map(({ event }) => event),
    lines: lines.map(({ text }) => text),
  };
}

/** Where a process was killed: after this many whole lines, in the middle of the next one or not. */
export interface CrashPoint {
  lines: number;
  torn: boolean;
  /** Whether the calls that were under way had acted. */
  acted: boolean;
}

/** Every state in which a crash can leave the logs, with both outcomes of a call that was under way. */
export function crashPoints(events: RunEvent[]): CrashPoint[] {
  return [...events.keys(), events.length].flatMap((lines): CrashPoint[] => {
    const isOpen = openCalls(events.slice(0, lines)).size > 0;
    const hasJustBegun = events[lines - 1]?.type === 'tool.started';
    // Whatever is written after the intent is written after it acted.
    const plain = { lines, torn: false, acted: isOpen && !hasJustBegun };
    const torn = lines < events.length ? [{ lines, torn: true, acted: isOpen }] : [];
    return [plain, ...(hasJustBegun ? [{ ...plain, acted: true }] : []), ...torn];
  });
}

/**
 * Makes of a new project what a process that was killed at this point would have left: its logs, the plans, what
 * file_writer_tool wrote, and the lines of effects.log, each of which has the idempotency key of its call as `key`.
 */
export function leaveCrash({ folder: from, events, lines }: Undisturbed, point: CrashPoint, folder: string): void {
  const stored = storedIn(from);
  cpSync(join(stored, 'plans'), join(folder, 'plans'), { recursive: true });
  // What tools wrote is reported with whole paths.
  const moved = retied(
    lines.map((line) => line.replaceAll(from, folder)),
    join(folder, '.home'),
  );
  const next = point.torn ? (moved[point.lines] ?? '') : '';
  const written = [...moved.slice(0, point.lines), next.slice(0, Math.ceil(next.length / 2))];
  for (const [index, line] of written.entries()) {
    const event = events[index];
    // The log of the first run is there before its first line.
    if (event === undefined || (line === '' && index > 0)) continue;
    appendLine(folder, event.run_id, line);
    const memory = join('runs', event.run_id, 'memory');
    // Large values are on disk before the line that names them, and do no harm without it.
    if (existsSync(join(stored, memory))) cpSync(join(stored, memory), join(folder, memory), { recursive: true });
  }
  const calls = callsThatActed(events, point);
  leaveEffects(from, calls, folder);
  leaveFiles(from, calls, folder);
  bringFiles(folder);
}

/** A line that a tool of a test left in effects.log when it acted. */
export interface Effect {
  /** The idempotency key of the call. */
  key: string;
}

/** What a server of tools leaves, which is not told the key: the name of the tool and its arguments. */
interface ServerEffect {
  tool: string;
  args: Json;
}

/** The lines of effects.log. Throws for what a server did without a run that says so. */
export function effectsOf<Left extends Effect>(folder: string): Left[] {
  const file = join(folder, 'effects.log');
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  return lines.map((line) => {
    const left = JSON.parse(line) as Left | ServerEffect;
    return 'key' in left ? left : ({ ...left, key: keyOf(left, folder) } as Effect as Left);
  });
}

function keyOf({ tool, args }: ServerEffect, folder: string): string {
  const call = loggedRunIds(folder)
    .flatMap((id) => readEvents(folder, id))
    .find(
      (event): event is EventOf<'tool.started'> =>
        event.type === 'tool.started' &&
        event.tool_id.endsWith(`:${tool}`) &&
        isDeepStrictEqual(argumentsOf(folder, event), args),
    );
  if (call === undefined) throw new Error(`${tool} was called, and no run in ${folder} says so.`);
  return call.idempotency_key;
}

interface Line {
  event: RunEvent;
  text: string;
}

const STOPS = new Set(['run.paused', 'run.interrupted', 'run.completed', 'run.failed', 'run.cancelled']);

/** What a run and those inside it wrote: whenever a step begins or continues with one of them, that goes as far as it can. */
function inOrder(folder: string, id: string): Line[] {
  const text = readFileSync(join(folder, 'runs', id, 'events.ndjson'), 'utf8');
  const own = (text.match(/.*\n/g) ?? []).map((line): Line => ({ event: JSON.parse(line) as RunEvent, text: line }));
  const inside = new Map<RunId, Line[]>();
  return own.flatMap((line) => {
    const inner = line.event.type === 'step.started' ? line.event.sub_run : undefined;
    if (inner === undefined) return [line];
    const left = inside.get(inner) ?? inOrder(folder, inner);
    inside.set(inner, left);
    const stop = left.findIndex(({ event }) => event.run_id === inner && STOPS.has(event.type));
    return [line, ...left.splice(0, stop + 1)];
  });
}

function openCalls(events: RunEvent[]): Map<string, EventOf<'tool.started'>> {
  const open = new Map<string, EventOf<'tool.started'>>();
  for (const event of events) {
    if (event.type === 'tool.started') open.set(`${event.run_id}/${event.key}`, event);
    if (event.type === 'tool.finished' || event.type === 'tool.failed') open.delete(`${event.run_id}/${event.key}`);
  }
  return open;
}

/** The calls that had done something by then; one that only asked, or failed, has not. */
function callsThatActed(events: RunEvent[], { lines, acted }: CrashPoint): EventOf<'tool.started'>[] {
  const open = new Set(acted ? [] : openCalls(events.slice(0, lines)).values());
  return events.filter((event, index): event is EventOf<'tool.started'> => {
    if (index >= lines || event.type !== 'tool.started' || open.has(event)) return false;
    const end = events
      .slice(index)
      .find((later) => later.type === 'tool.finished' && later.run_id === event.run_id && later.key === event.key);
    return end?.type === 'tool.finished' && end.outcome.kind === 'output';
  });
}

function appendLine(folder: string, id: RunId, line: string): void {
  const runFolder = join(folder, 'runs', id);
  if (!existsSync(runFolder)) {
    mkdirSync(runFolder, { recursive: true, mode: 0o700 });
    const dead = { ...identifyProcess(process.pid), start: '1', since: new Date(0).toISOString() };
    writeFileSync(join(runFolder, 'lock.1'), JSON.stringify(dead));
  }
  writeFileSync(join(runFolder, 'events.ndjson'), line, { mode: 0o600, flag: 'a' });
}

function leaveEffects(from: string, calls: EventOf<'tool.started'>[], folder: string): void {
  const keys = new Set(calls.map((call) => call.idempotency_key));
  const left = effectsOf(from).filter(({ key }) => keys.has(key));
  const text = left.map((effect) => `${JSON.stringify(effect)}\n`).join('');
  if (text !== '') writeFileSync(join(folder, 'effects.log'), text);
}

function leaveFiles(from: string, calls: EventOf<'tool.started'>[], folder: string): void {
  for (const call of calls.filter(({ tool_id }) => tool_id === 'file_writer_tool')) {
    const { filename, content } = argumentsOf(from, call) as { filename: string; content: string };
    mkdirSync(dirname(join(folder, filename)), { recursive: true });
    writeFileSync(join(folder, filename), content);
  }
}

function argumentsOf(from: string, { args, run_id }: EventOf<'tool.started'>): Json {
  if ('value' in args) return args.value;
  return JSON.parse(
    readFileSync(join(storedIn(from), 'runs', run_id, 'memory', `${args.memory.digest}.json`), 'utf8'),
  ) as Json;
}
