import type { Bar } from '../pictures/bars.js';
import type { Band, Tick } from '../pictures/run-clock.js';
import type { Timeline } from '../pictures/timeline.js';
import { isOfNote, type BlockPart, type LoopPart, type RowState, type TimelineRow } from '../pictures/timeline-row.js';
import { duration, roundedDuration } from '../times.js';
import { icon } from './icons.js';
import { markup, type Inlay, type Markup } from './markup.js';
import { kindIcon } from './step-kind-icon.js';
import { iconOf, stateWord } from './state.js';

export interface TimelineParts {
  /** What is shown when a step is opened; undefined where there is nothing. */
  more?: ((row: TimelineRow) => Markup | undefined) | undefined;
  /** Where rounds and steps are that are folded together. */
  linkTo?: ((part: LoopPart | BlockPart) => string) | undefined;
  /** Every block is open. */
  isOpen?: boolean;
}

/** Levels of the tree that are indented. */
const DEEPEST = 6;

/** The tree of the steps, each with its place in the time. */
export function timelineSection(timeline: Timeline, parts: TimelineParts = {}): Markup {
  const { bands, ticks, rows } = timeline;
  const list = markup`<ol>${rows.map((row) => rowView(row, 0, parts))}</ol>`;
  return markup`<div class="tl box">
<svg class="bands" aria-hidden="true">${bands.map(bandView)}</svg>
<div class="row times"><span>Step</span><svg class="axis" aria-hidden="true">${ticks.map(tickView)}${bands.map(bandText)}</svg><span>Took</span></div>
${list}
${keyView(timeline)}
</div>`;
}

function bandView({ kind, x, width, isOpen }: Band): Markup {
  const classes = ['band', ...(kind === 'stop' ? ['stop'] : []), ...(isOpen ? ['open'] : [])].join(' ');
  return markup`<rect class="${classes}" x="${percent(x)}" width="${percent(width)}" y="0" height="100%"/>`;
}

function tickView({ x, text, isMain }: Tick): Markup {
  const at = percent(x);
  return markup`<g class="${isMain ? 'few' : 'many'}"><line class="tick" x1="${at}" x2="${at}" y1="26" y2="32"/><text x="${at}" y="21" class="${x < 1 ? 'first' : 'mid'}">${text}</text></g>`;
}

function bandText({ kind, x, width, ms, pauses, isOpen }: Band): Markup {
  const middle = percent(x + width / 2);
  const lines =
    pauses > 1
      ? [`${pauses} ${kind === 'person' ? 'waits' : 'stops'}`, roundedDuration(ms)]
      : twoLines(kind, ms, isOpen);
  const [first = '', second] = lines;
  const classes = kind === 'person' ? 'w mid' : 'mid';
  if (second === undefined) return markup`<text class="${classes}" x="${middle}" y="20">${first}</text>`;
  return markup`<text class="${classes}" y="13"><tspan x="${middle}">${first}</tspan><tspan x="${middle}" dy="13">${second}</tspan></text>`;
}

function twoLines(kind: Band['kind'], ms: number, isOpen: boolean): string[] {
  const time = roundedDuration(ms);
  if (kind === 'stop') return ['stopped', time];
  if (isOpen) return [time, 'so far'];
  const [first = '', unit = '', ...rest] = time.split(' ');
  return rest.length === 0 ? [time] : [`${first} ${unit}`, rest.join(' ')];
}

function rowView(row: TimelineRow, depth: number, parts: TimelineParts): Markup {
  if (row.kind === 'folded') return foldedView(row, depth, parts);
  const more = parts.more?.(row);
  const inside = row.rows.length > 0 && markup`<ol>${row.rows.map((each) => rowView(each, depth + 1, parts))}</ol>`;
  const isQuiet = row.state === 'pending' || row.state === 'skipped';
  const item = isQuiet && markup` class="none"`;
  const current = row.state === 'waiting' && row.kind === 'step' && markup` aria-current="step"`;
  const key = markup` data-key="${row.number}"`;
  const cells = rowCells(row, depth);
  if (more === undefined && inside === false) {
    return markup`<li${key}${item}${current}><div class="row">${cells}</div></li>`;
  }
  const isOpen =
    row.rows.length > 0 &&
    (parts.isOpen === true || (row.kind === 'step' ? depth === 0 || isOfNote(row) : isOfNote(row)));
  return markup`<li${key}${item}${current}><details${isOpen && markup` open`}><summary class="row">${cells}</summary>${more}${inside}</details></li>`;
}

function rowCells(row: TimelineRow, depth: number): Markup {
  return markup`${nameCell(row, depth)}${barsView(row.bars)}${tookCell(row)}`;
}

function nameCell({ number, title, state, line, rounds }: TimelineRow, depth: number): Markup {
  const who: Inlay =
    rounds !== undefined
      ? markup`<span class="whom c">${icon('k-loop', 'kind')}${rounds}</span>`
      : line !== undefined && markup`<span class="whom">${kindIcon(line, 'kind')}${line.who}</span>`;
  return markup`<span class="cell l${Math.min(DEEPEST, depth)}">${stateMark(state)}<span class="no">${number}</span><span class="nm" title="${title}">${title}</span>${who}</span>`;
}

function stateMark(state: RowState): Markup {
  const { shape, tone } = iconOf(state);
  return markup`${icon(shape, tone)}<span class="sr">${stateWord(state)}: </span>`;
}

function tookCell({ state, workedMs, waitedMs, bars, attempts }: TimelineRow): Markup {
  if (state === 'skipped') return markup`<span class="took">skipped</span>`;
  if (bars.length === 0) return markup`<span class="took"></span>`;
  const tries = attempts.length > 1 && markup`<span class="sr">, ${attempts.length} tries</span>`;
  if (waitedMs > 0 && (state === 'waiting' || waitedMs > workedMs)) {
    return markup`<span class="took w">${roundedDuration(waitedMs)}<span class="sr"> waited</span>${tries}</span>`;
  }
  return markup`<span class="took">${duration(workedMs)}${tries}</span>`;
}

function foldedView(row: TimelineRow, depth: number, { linkTo }: TimelineParts): Markup {
  const words =
    row.part === undefined || linkTo === undefined ? row.title : markup`<a href="${linkTo(row.part)}">${row.title}</a>`;
  return markup`<li class="none"><div class="row"><span class="cell l${Math.min(DEEPEST, depth)}">${stateMark(row.state)}<span class="nm">${words}</span></span>${barsView(row.bars)}<span class="took"></span></div></li>`;
}

/** The bars of a row. Its words say the same. */
function barsView(bars: readonly Bar[]): Markup {
  return markup`<svg class="bar" aria-hidden="true">${bars.map(barView)}</svg>`;
}

function barView({ kind, x, width }: Bar): Markup {
  const [start, length, end] = [percent(x), percent(width), percent(x + width)];
  if (kind === 'gap') return markup`<line class="b-gap" x1="${start}" x2="${end}" y1="14" y2="14"/>`;
  if (kind === 'block') {
    return markup`<rect class="b-block" x="${start}" width="${length}" y="13" height="2"/><rect class="b-block" x="${start}" width="1.5" y="9" height="10"/><rect class="b-block" x="${end}" width="1.5" y="9" height="10"/>`;
  }
  return markup`<rect class="b-${kind}" x="${start}" width="${length}" y="9" height="10" rx="3"/>`;
}

function percent(number: number): string {
  return `${Number(number.toFixed(2))}%`;
}

/** What the signs mean that are drawn. */
function keyView({ rows, bands }: Timeline): Markup {
  const kinds = new Set<Bar['kind']>();
  const visit = (row: TimelineRow): void => {
    for (const { kind } of row.bars) kinds.add(kind);
    row.rows.forEach(visit);
  };
  rows.forEach(visit);
  const sign = (kind: Exclude<Bar['kind'], 'gap' | 'block'>, words: string): Inlay =>
    kinds.has(kind) &&
    markup`<span><svg aria-hidden="true"><rect class="b-${kind}" width="18" height="10" rx="3"/></svg>${words}</span>`;
  return markup`<p class="key">${sign('done', 'work, to scale')}${sign('run', 'at work now')}${sign('fail', 'a try that failed')}${
    kinds.has('gap') &&
    markup`<span><svg aria-hidden="true"><line class="b-gap" x1="0" x2="18" y1="5" y2="5"/></svg>until the next try</span>`
  }${sign('ask', 'wait for a person, folded')}${
    bands.some(({ kind }) => kind === 'stop') &&
    markup`<span><svg aria-hidden="true"><rect class="band stop" width="18" height="10"/></svg>nobody drove it, folded</span>`
  }${sign('unknown', 'what it did is not known')}${
    kinds.has('block') &&
    markup`<span><svg aria-hidden="true"><rect class="b-block" y="4" width="18" height="2"/><rect class="b-block" width="1.5" height="10"/><rect class="b-block" x="17" width="1.5" height="10"/></svg>from first to last of a block</span>`
  }</p>`;
}
