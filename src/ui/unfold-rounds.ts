import { stepNumber } from '../domain/plan/step-path.js';
import type { StepRecord, StepStatus } from '../domain/run/run.js';
import type { StepLine } from './step-lines.js';
import { between, duration } from './times.js';

/** A line of a plan in one round, or the head of that round. */
export interface UnfoldedLine {
  line: StepLine;
  /** Of the head of a round: the records of its steps. */
  inRound?: readonly StepRecord[] | undefined;
}

/** The lines of a plan with those inside of a loop once for each of its rounds, under a head. */
export function unfoldRounds(lines: readonly StepLine[], records: readonly StepRecord[]): UnfoldedLine[] {
  return unfold(lines, roundsOf(records));
}

/** The records of each round of each loop, by the path of the loop with the rounds around it. */
type Rounds = ReadonlyMap<string, ReadonlyMap<number, StepRecord[]>>;

function roundsOf(records: readonly StepRecord[]): Rounds {
  const rounds = new Map<string, Map<number, StepRecord[]>>();
  for (const record of records) {
    for (const { index, 1: number } of record.path.matchAll(/\[(\d+)\]/g)) {
      const loop = record.path.slice(0, index);
      const own = rounds.get(loop) ?? new Map<number, StepRecord[]>();
      rounds.set(loop, own);
      const inRound = own.get(Number(number));
      if (inRound === undefined) own.set(Number(number), [record]);
      else inRound.push(record);
    }
  }
  return rounds;
}

function unfold(lines: readonly StepLine[], rounds: Rounds): UnfoldedLine[] {
  const unfolded: UnfoldedLine[] = [];
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index];
    if (line === undefined) break;
    unfolded.push({ line });
    const own = rounds.get(line.path);
    if (own === undefined) continue;
    const inside = lines.filter(({ path }) => path.startsWith(`${line.path}.steps.`));
    // They follow the loop.
    index += inside.length;
    for (const [round, inRound] of [...own].toSorted(([first], [second]) => first - second)) {
      const at = `${line.path}[${round}]`;
      unfolded.push({ line: headOf(line, at), inRound });
      unfolded.push(
        ...unfold(
          inside.map((each) => inRoundOf(each, line.path, at)),
          rounds,
        ),
      );
    }
  }
  return unfolded;
}

function headOf({ depth }: StepLine, path: string): StepLine {
  return {
    path,
    number: stepNumber(path),
    depth: depth + 1,
    symbol: 'block',
    who: 'round',
    text: '',
    notes: [],
    output: undefined,
  };
}

/** A line inside of a loop as it is in one round. */
function inRoundOf(line: StepLine, loop: string, round: string): StepLine {
  const path = round + line.path.slice(loop.length);
  return { ...line, path, number: stepNumber(path), depth: line.depth + 1 };
}

/** How a round stands: as the step at which it is, or one that failed. */
export function statusOfRound(records: readonly StepRecord[]): StepStatus {
  const open = records.find(({ status }) => status !== 'completed' && status !== 'skipped' && status !== 'failed');
  const failed = records.find(({ status, caught_by: caughtBy }) => status === 'failed' && caughtBy === undefined);
  return (failed ?? open)?.status ?? 'completed';
}

/** From the beginning of the first step to the end of the last. Empty while one is not done. */
export function spanOf(records: readonly StepRecord[]): string {
  const [first] = records;
  const times = records.map(({ finished_at: end }) => between(first?.started_at ?? '', end));
  const ms = times.reduce(
    (most, time) => (most === undefined || time === undefined ? undefined : Math.max(most, time)),
    0,
  );
  return ms === undefined ? '' : duration(ms);
}
