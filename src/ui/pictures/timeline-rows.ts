import type { Plan, Step } from '../../domain/plan/plan.js';
import { handlerOf, roundBlocks, stepAt, workBlocks } from '../../domain/plan/plan-steps.js';
import { stepNumber, withoutRounds } from '../../domain/plan/step-path.js';
import { isFinal, type Run, type StepRecord } from '../../domain/run/run.js';
import { grouped } from '../brief-value.js';
import { stepLines, type StepLine } from '../step-lines.js';
import { statusShown } from '../step-status.js';
import { duration } from '../times.js';
import { joinedBars } from './bars.js';
import { itemTitle } from './item-title.js';
import { meanMs, RoundRecords, type RoundRecord } from './round-records.js';
import type { StepTimes } from './step-times.js';
import { stepTitle } from './step-title.js';
import { flatRows, type LoopPart, type RowState, type TimelineRow } from './timeline-row.js';

/** Loops with more rounds show some of them. */
const MOST_ROUNDS = 20;
const FIRST_ROUNDS = 3;
/** Rounds that failed or wait, and have rows of their own. */
const MOST_NOTED = 20;
/** Of a run whose plan is not known. */
const MOST_RECORDS = 200;

const NOTHING = { bars: [], workedMs: 0, waitedMs: 0, rows: [], attempts: [] };

/** The rows of a run in the written order: its steps, and the rounds of its loops. */
export class TimelineRows {
  readonly #run: Run;
  readonly #times: StepTimes;
  readonly #isDriven: boolean;
  readonly #plan: Plan | undefined;
  readonly #lines: Map<string, StepLine>;
  readonly #records: Map<string, StepRecord>;
  readonly #rounds: RoundRecords;
  /** What the paths of steps that were begun begin with, up to their number: `3.branches.0.steps.`. */
  readonly #begun: ReadonlySet<string>;

  constructor(run: Run, { times, plan, isDriven }: { times: StepTimes; plan: Plan | undefined; isDriven: boolean }) {
    this.#run = run;
    this.#times = times;
    this.#isDriven = isDriven;
    this.#plan = plan;
    this.#lines = new Map(stepLines(plan?.steps ?? []).map((line) => [line.path, line]));
    this.#records = new Map(run.steps.map((record) => [record.path, record]));
    this.#rounds = new RoundRecords(run.steps);
    this.#begun = new Set(run.steps.map(({ path }) => path.slice(0, path.lastIndexOf('.') + 1)));
  }

  /** All of the run, or some rounds of one of its loops. */
  shown(part: LoopPart | undefined): TimelineRow[] {
    if (this.#plan === undefined) {
      const records = this.#run.steps.slice(-MOST_RECORDS);
      return records.map((record) => this.#stepRow(undefined, record.path, 'open'));
    }
    if (part === undefined) return this.#stepRows(this.#plan.steps, '', 'open');
    const step = stepAt(this.#plan.steps, part.loop);
    if (step === undefined) return [];
    const known = this.#rounds.roundsOf(part.loop).filter(({ round }) => round >= part.first && round <= part.last);
    return known.map((round) => this.#roundRow(step, part.loop, round));
  }

  #stepRows(steps: readonly Step[], prefix: string, around: 'open' | 'past'): TimelineRow[] {
    return steps.map((step, index) => this.#stepRow(step, `${prefix}${index}`, around));
  }

  #stepRow(step: Step | undefined, path: string, around: 'open' | 'past'): TimelineRow {
    const record = this.#records.get(path);
    const line = this.#lines.get(withoutRounds(path));
    const rows = step === undefined || record === undefined ? [] : this.#inside(step, record);
    const isBlock = step !== undefined && workBlocks(step).length > 0;
    const state = record === undefined ? (around === 'past' ? 'skipped' : 'pending') : this.#stateOf(record, isBlock);
    const work =
      record === undefined || state === 'skipped'
        ? NOTHING
        : isBlock
          ? this.#times.ofBlock(record)
          : this.#times.ofStep(record, state === 'running');
    return {
      kind: 'step',
      path,
      number: stepNumber(path),
      title: stepTitle(step, line, path),
      state,
      ...work,
      rows,
      attempts: record === undefined || isBlock ? [] : this.#times.attemptsOf(record),
      record,
      line,
      rounds: step === undefined || record === undefined ? undefined : this.#roundsText(step, record),
    };
  }

  #stateOf(record: StepRecord, isBlock: boolean): RowState {
    if (this.#times.isUnknown(record.path)) return 'unknown';
    switch (statusShown(this.#run, record)) {
      case 'completed':
        return 'done';
      case 'skipped':
        return 'skipped';
      case 'waiting':
        return 'waiting';
      case 'failed':
        return record.error?.code === 'declined' ? 'declined' : 'failed';
      case 'running':
      case undefined:
        if (this.#isDriven) return 'running';
        return isBlock ? 'ready' : 'stopped';
    }
  }

  /** What was done in the blocks of a step that was begun. */
  #inside(step: Step, record: StepRecord): TimelineRow[] {
    const { path, status } = record;
    const around = status === 'completed' || status === 'skipped' || status === 'failed' ? 'past' : 'open';
    const blocks =
      roundBlocks(step).length > 0
        ? this.#roundRows(step, record)
        : workBlocks(step).flatMap((block) => {
            const prefix = `${path}${block.path}.`;
            return this.#begun.has(prefix) || around === 'past' ? this.#stepRows(block.steps, prefix, around) : [];
          });
    const handler = handlerOf(step);
    const prefix = `${path}.on_error.`;
    return handler !== undefined && this.#begun.has(prefix)
      ? [...blocks, ...this.#stepRows(handler.steps, prefix, around)]
      : blocks;
  }

  #roundRows(step: Step, { path: loop, status }: StepRecord): TimelineRow[] {
    const known = this.#rounds.roundsOf(loop);
    const begun = known.at(-1)?.round ?? 0;
    const isOver = isFinal(this.#run) || status === 'completed' || status === 'skipped';
    const total = isOver ? begun : Math.max(begun, this.#rounds.totalOf(loop) ?? begun);
    const shown = roundsShown(known, total);
    const byRound = new Map(known.map((round) => [round.round, round]));
    const rows: TimelineRow[] = [];
    let next = 1;
    const foldTo = (last: number) => {
      if (next <= Math.min(begun, last))
        rows.push(this.#foldedRow({ loop, first: next, last: Math.min(begun, last) }, known));
      if (last > begun && next <= last) rows.push(notReached({ loop, first: Math.max(next, begun + 1), last }));
      next = last + 1;
    };
    for (const number of shown) {
      if (number > next) foldTo(number - 1);
      const round = byRound.get(number);
      rows.push(round === undefined ? pendingRow(loop, number) : this.#roundRow(step, loop, round));
      next = number + 1;
    }
    if (next <= total) foldTo(total);
    return rows;
  }

  #roundRow(step: Step, loop: string, round: RoundRecord): TimelineRow {
    const prefix = `${loop}[${round.round - 1}]`;
    const isPast = round.state === 'done' || round.state === 'failed';
    const rows = roundBlocks(step).flatMap((block) =>
      this.#stepRows(block.steps, `${prefix}${block.path}.`, isPast ? 'past' : 'open'),
    );
    const inside = flatRows(rows).map(({ row }) => row);
    const states = new Set(inside.map(({ state }) => state));
    return {
      kind: 'round',
      path: prefix,
      number: `[${round.round}]`,
      title: itemTitle(round.items),
      state: stateOfRound(round, states, this.#isDriven),
      bars: joinedBars(inside.flatMap(({ bars }) => bars)),
      workedMs: this.#times.clock.worked(round.state === 'open' ? this.#openSpan(inside, round) : round),
      waitedMs: inside.reduce((sum, { waitedMs }) => sum + waitedMs, 0),
      rows,
      attempts: [],
    };
  }

  /** Until now, where a step of the round is at work. */
  #openSpan(inside: readonly TimelineRow[], { from, to }: RoundRecord): { from: number; to: number } {
    const ends = inside.flatMap(({ record }) => (record === undefined ? [] : [this.#times.spanOf(record).to]));
    return { from, to: Math.max(to, ...ends) };
  }

  #foldedRow(part: LoopPart, known: readonly RoundRecord[]): TimelineRow {
    const own = known.filter(({ round }) => round >= part.first && round <= part.last);
    const failed = own.filter(({ state }) => state === 'failed').length;
    const ms = meanMs(own, this.#times.clock);
    const all = part.last - part.first + 1;
    const says = [
      `${grouped(all)} more`,
      ...(failed > 0 ? [`${grouped(failed)} failed`] : own.length === all ? ['all done'] : []),
      ...(ms === undefined ? [] : [`${duration(ms)} each`]),
    ];
    return {
      ...NOTHING,
      ...{ kind: 'folded', path: part.loop, number: '', title: says.join(', ') },
      state: failed > 0 ? 'failed' : 'done',
      bars: joinedBars(own.map(({ from, to }) => ({ kind: 'done', ...this.#placed(from, to) }))),
      part,
    };
  }

  #placed(from: number, to: number): { x: number; width: number } {
    const { clock } = this.#times;
    const x = clock.x(from);
    return { x, width: Math.max(0, clock.x(to) - x) };
  }

  #roundsText(step: Step, { path, status }: StepRecord): string | undefined {
    if (roundBlocks(step).length === 0) return undefined;
    const known = this.#rounds.roundsOf(path);
    const begun = known.at(-1)?.round ?? 0;
    if (status === 'completed') return `${grouped(begun)} ${begun === 1 ? 'time' : 'times'}`;
    const done = begun - known.filter(({ state }) => state === 'open' || state === 'waiting').length;
    const total = this.#rounds.totalOf(path);
    return total === undefined ? `round ${grouped(begun)}` : `${grouped(done)} of ${grouped(total)}`;
  }
}

/** The numbers of the rounds that have rows of their own. */
function roundsShown(known: readonly RoundRecord[], total: number): number[] {
  if (total <= MOST_ROUNDS) return Array.from({ length: total }, (_, index) => index + 1);
  const begun = known.at(-1)?.round ?? 0;
  const first = known.filter(({ round }) => round <= FIRST_ROUNDS);
  const noted = known.filter(({ state }) => state !== 'done').slice(0, MOST_NOTED);
  const numbers = [...first, ...noted].map(({ round }) => round);
  return [...new Set([...numbers, ...(begun === 0 ? [] : [begun])])].sort((one, other) => one - other);
}

function stateOfRound({ state }: RoundRecord, inside: ReadonlySet<RowState>, isDriven: boolean): RowState {
  if (inside.has('unknown')) return 'unknown';
  if (state === 'waiting' || state === 'failed') return inside.has('declined') ? 'declined' : state;
  if (state === 'done') return 'done';
  if (isDriven) return 'running';
  return inside.has('waiting') ? 'waiting' : 'ready';
}

function pendingRow(loop: string, round: number): TimelineRow {
  const path = `${loop}[${round - 1}]`;
  return { ...NOTHING, kind: 'round', path, number: `[${round}]`, title: '', state: 'pending' };
}

function notReached(part: LoopPart): TimelineRow {
  const title = `${grouped(part.last - part.first + 1)} more, not reached`;
  return { ...NOTHING, kind: 'folded', path: part.loop, number: '', title, state: 'pending' };
}
