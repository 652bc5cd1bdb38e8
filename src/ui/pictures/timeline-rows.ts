import type { Plan, Step } from '../../domain/plan/plan.js';
import { handlerOf, roundBlocks, stepAt, stepsIn, workBlocks } from '../../domain/plan/plan-steps.js';
import { stepNumber, stepsAround, withoutRounds } from '../../domain/plan/step-path.js';
import { isFinal, type Run, type StepRecord } from '../../domain/run/run.js';
import { grouped } from '../brief-value.js';
import { stepLineAt, type StepLine } from '../step-lines.js';
import { statusShown } from '../step-status.js';
import { duration } from '../times.js';
import { joinedBars } from './bars.js';
import { foldedSteps } from './folded-steps.js';
import { itemTitle } from './item-title.js';
import { meanMs, RoundRecords, type RoundRecord } from './round-records.js';
import type { StepTimes } from './step-times.js';
import { stepTitle } from './step-title.js';
import { flatRows, type BlockPart, type LoopPart, type RowState, type TimelineRow } from './timeline-row.js';

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
  /** Of the steps that are shown, by path without rounds. */
  readonly #lines = new Map<string, StepLine>();
  readonly #records: Map<string, StepRecord>;
  readonly #rounds: RoundRecords;
  /** What the paths of steps that were begun begin with, up to their number: `3.branches.0.steps.`. */
  readonly #begun: ReadonlySet<string>;
  readonly #folds: boolean;
  /** Paths of steps that a person should see, and of the steps around them. */
  readonly #noted: ReadonlySet<string>;

  constructor(
    run: Run,
    { times, plan, isDriven, folds }: { times: StepTimes; plan: Plan | undefined; isDriven: boolean; folds: boolean },
  ) {
    this.#run = run;
    this.#times = times;
    this.#isDriven = isDriven;
    this.#plan = plan;
    this.#records = new Map(run.steps.map((record) => [record.path, record]));
    this.#rounds = new RoundRecords(run.steps);
    this.#begun = new Set(run.steps.map(({ path }) => path.slice(0, path.lastIndexOf('.') + 1)));
    this.#folds = folds;
    this.#noted = new Set(run.steps.flatMap((record) => (isNoted(record) ? pathsTo(record) : [])));
  }

  /** All of the run, some rounds of one of its loops, or some steps of one of its blocks. */
  shown(part: LoopPart | BlockPart | undefined): TimelineRow[] {
    if (this.#plan === undefined) {
      const records = this.#run.steps.slice(-MOST_RECORDS);
      return records.map((record) => this.#stepRow(undefined, record.path, 'open'));
    }
    if (part === undefined) return this.#stepRows(this.#plan.steps, '', 'open');
    if ('block' in part) {
      const steps = stepsIn(this.#plan.steps, part.block)?.slice(part.first - 1, part.last) ?? [];
      const around = this.#timeOf(part.block);
      return steps.map((step, index) => this.#stepRow(step, `${part.block}${part.first - 1 + index}`, around));
    }
    const step = stepAt(this.#plan.steps, part.loop);
    if (step === undefined) return [];
    const known = this.#rounds.roundsOf(part.loop).filter(({ round }) => round >= part.first && round <= part.last);
    return known.map((round) => this.#roundRow(step, part.loop, round));
  }

  #stepRows(steps: readonly Step[], prefix: string, around: 'open' | 'past'): TimelineRow[] {
    const rowOf = (step: Step, index: number) => this.#stepRow(step, `${prefix}${index}`, around);
    if (!this.#folds) return steps.map(rowOf);
    return foldedSteps(steps, (index) => this.#noted.has(`${prefix}${index}`)).map((part) =>
      'step' in part ? rowOf(part.step, part.index) : this.#foldedStepsRow({ block: prefix, ...part }, around),
    );
  }

  /** Whether what a block is in is over. */
  #timeOf(block: string): 'open' | 'past' {
    const [, loop, round] = /^(.*)\[(\d+)\]\.[^[]*$/.exec(block) ?? [];
    const known = this.#rounds.roundsOf(loop ?? '').find((each) => each.round === Number(round) + 1);
    const [path = ''] = stepsAround(`${block}0`);
    const isPast = known?.state === 'done' || known?.state === 'failed' || hasEnded(this.#records.get(path));
    return isPast ? 'past' : 'open';
  }

  #stepRow(step: Step | undefined, path: string, around: 'open' | 'past'): TimelineRow {
    const record = this.#records.get(path);
    const line = step && this.#lineOf(step, path);
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

  #lineOf(step: Step, path: string): StepLine {
    const plain = withoutRounds(path);
    const line = this.#lines.get(plain) ?? stepLineAt(step, plain);
    this.#lines.set(plain, line);
    return line;
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
    const { path } = record;
    const around = hasEnded(record) ? 'past' : 'open';
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

  #foldedStepsRow(part: BlockPart, around: 'open' | 'past'): TimelineRow {
    const all = part.last - part.first + 1;
    const paths = Array.from({ length: all }, (_, index) => `${part.block}${part.first - 1 + index}`);
    const known = paths.flatMap((path) => this.#records.get(path) ?? []);
    const states = new Set(known.map((record) => this.#stateOf(record, false)));
    if (known.length < all) states.add(around === 'past' ? 'skipped' : 'pending');
    const [only] = states.size === 1 ? states : [];
    const how = only === 'done' ? ', all done' : only === 'pending' ? ', not reached' : '';
    const [first, last] = [known[0], known.at(-1)];
    return {
      ...NOTHING,
      ...{ kind: 'folded', path: paths[0] ?? '', number: '', title: `${grouped(all)} more${how}` },
      state: only === 'pending' ? 'pending' : states.has('failed') ? 'failed' : 'done',
      bars: first === undefined || last === undefined ? [] : this.#times.ofSeveral(first, last),
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

/** What asks for a person, is under way, or failed. */
function isNoted({ status }: StepRecord): boolean {
  return status === 'waiting' || status === 'running' || status === 'failed';
}

/** The path of a step, and of those around it. */
function pathsTo({ path }: StepRecord): string[] {
  return [path, ...stepsAround(path)];
}

function hasEnded(record: StepRecord | undefined): boolean {
  return record?.status === 'completed' || record?.status === 'skipped' || record?.status === 'failed';
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
  return { ...NOTHING, kind: 'round', path, number: `[${round}]`, title: 'not reached', state: 'pending' };
}

function notReached(part: LoopPart): TimelineRow {
  const title = `${grouped(part.last - part.first + 1)} more, not reached`;
  return { ...NOTHING, kind: 'folded', path: part.loop, number: '', title, state: 'pending' };
}
