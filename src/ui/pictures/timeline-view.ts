import { oneLine } from '../../domain/values/printable.js';
import type { Look } from '../look.js';
import { cutTo, padTo, textWidth, wrapTo } from '../text-width.js';
import { duration } from '../times.js';
import type { Bar } from './bars.js';
import type { Timeline } from './timeline.js';
import { flatRows, type RowState, type TimelineRow } from './timeline-row.js';

/** Cells of the time line. */
const LEAST_CELLS = 20;
const MOST_CELLS = 48;
/** Cells of the widest name. */
const WIDEST_NAME = 40;

/** The steps of a run below each other, each with its part of the time. Ends with a newline. */
export function timelineView(timeline: Timeline, look: Look): string {
  const rows = flatRows(timeline.rows).map(({ row, depth }) => ({
    row,
    name: nameOf(row, depth, look),
    took: tookOf(row),
  }));
  const tookWidth = Math.max(0, ...rows.map(({ took }) => textWidth(took)));
  const widest = Math.min(WIDEST_NAME, Math.max(0, ...rows.map(({ name }) => textWidth(name))));
  const cells = Math.min(MOST_CELLS, Math.max(LEAST_CELLS, look.columns - widest - tookWidth - 4));
  const nameWidth = Math.min(widest, Math.max(LEAST_CELLS / 2, look.columns - cells - tookWidth - 4));
  const lines = rows.map(({ row, name, took }) => {
    const cut = padTo(cutTo(name, nameWidth, look.symbols.ellipsis), nameWidth);
    return `${cut}  ${barText(row.bars, cells, look)}  ${padTo('', tookWidth - textWidth(took))}${took}`.trimEnd();
  });
  return `${[...lines, '', ...keyLines(timeline, look)].join('\n')}\n`;
}

function nameOf({ number, title, state }: TimelineRow, depth: number, { symbols }: Look): string {
  const marks: Record<RowState, string> = {
    done: symbols.completed,
    running: symbols.running,
    ready: symbols.running,
    stopped: symbols.running,
    waiting: symbols.waiting,
    failed: symbols.failed,
    declined: symbols.failed,
    unknown: symbols.warning,
    skipped: symbols.skipped,
    pending: symbols.pending,
  };
  const words = [marks[state], number, oneLine(title)].filter((word) => word !== '');
  return '  '.repeat(depth) + words.join(' ');
}

function tookOf({ state, workedMs, waitedMs, bars }: TimelineRow): string {
  if (bars.length === 0) return state === 'skipped' ? 'skipped' : '';
  return waitedMs > workedMs ? `${duration(waitedMs)} waited` : duration(workedMs);
}

function barText(bars: readonly Bar[], cells: number, { symbols }: Look): string {
  const signs: Record<Bar['kind'], string> = {
    done: symbols.tool,
    run: symbols.running,
    fail: symbols.failed,
    ask: symbols.ask,
    unknown: symbols.warning,
    gap: symbols.pending,
    block: '-',
  };
  const text = Array.from({ length: cells }, () => ' ');
  for (const { kind, x, width } of bars) {
    const first = Math.min(cells - 1, Math.floor((x / 100) * cells));
    const end = Math.max(first + 1, Math.round(((x + width) / 100) * cells));
    for (let cell = first; cell < Math.min(cells, end); cell += 1) text[cell] = signs[kind];
  }
  return text.join('');
}

function keyLines({ workedMs, waitedMs, bands }: Timeline, { symbols, colour, columns }: Look): string[] {
  const stops = bands.filter(({ kind }) => kind === 'stop');
  const stoppedMs = stops.reduce((sum, { ms }) => sum + ms, 0);
  const parts = [
    `${symbols.tool} work, to scale: ${duration(workedMs)}`,
    ...(waitedMs > 0 ? [`${symbols.ask} waits for people, all drawn equally wide: ${duration(waitedMs)}`] : []),
    ...(stoppedMs > 0 ? [`stopped: ${duration(stoppedMs)}`] : []),
  ];
  return parts.flatMap((part) => wrapTo(part, columns)).map((line) => colour.dim(line));
}
