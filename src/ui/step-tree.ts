import type { Plan } from '../domain/plan/plan.js';
import { isInside, stepNumber, withoutRounds } from '../domain/plan/step-path.js';
import { type Output, type Run, type StepRecord, type StepStatus } from '../domain/run/run.js';
import { oneLine } from '../domain/values/printable.js';
import { briefOutput } from './brief-value.js';
import type { Look } from './look.js';
import { LoopRounds } from './loop-rounds.js';
import { NamedValues } from './named-values.js';
import { withPartialOutput, type PartialOutput } from './partial-output.js';
import { statusMark } from './run-state.js';
import { fullBody, layoutStep, measureSteps, type Line, type StepRow } from './step-layout.js';
import { stepLines, type StepLine } from './step-lines.js';
import { isJsonNote, withDollar } from './step-notes.js';
import { leftOutOf, roundsText, statusShown, stepStatuses, timeOf } from './step-status.js';
import { cutTo, textWidth, wrapTo } from './text-width.js';
import { spanOf, statusOfRound, unfoldRounds } from './unfold-rounds.js';

/** How the steps of a run are drawn. */
export interface StepTreeOptions {
  /** Without it only the steps that were begun are shown. */
  plan?: Plan | undefined;
  /** What loops that failed left, by their paths. */
  partial?: ReadonlyMap<string, PartialOutput> | undefined;
  /** Nothing is cut. */
  isWhole?: boolean | undefined;
  /** Every round of a loop has lines of its own. */
  isUnfolded?: boolean | undefined;
}

/** One step as it is drawn, or one round of a loop. */
interface TreeRow {
  line: StepLine;
  /** The newest last; of a round none. */
  records: readonly StepRecord[];
  status: StepStatus | undefined;
  /** In how many rounds it was done: `(4 rounds)`. */
  rounds: string;
  /** How long it took. */
  right: string;
}

/** The steps of a run in the order of its plan. */
export function stepTree(run: Run, look: Look, options: StepTreeOptions): string[] {
  const { plan, isWhole, isUnfolded, partial } = options;
  if (plan === undefined) return drawRows(rowsOfRecords(run, run.steps), run, { look, isWhole });
  const rows = isUnfolded === true ? unfoldedRows(run, plan, look) : foldedRows(run, plan);
  const shown = rows.map((row) => {
    const left = partial?.get(row.records.at(-1)?.path ?? '');
    return { ...row, line: withPartialOutput(row.line, left, look) };
  });
  return drawRows(shown, run, { look, isWhole });
}

/** Some records of a run, each for itself. */
export function recordTree(
  run: Run,
  look: Look,
  { records, plan, isWhole }: Pick<StepTreeOptions, 'plan' | 'isWhole'> & { records: readonly StepRecord[] },
): string[] {
  return drawRows(rowsOfRecords(run, records, plan), run, { look, isWhole });
}

function rowsOfRecords(run: Run, records: readonly StepRecord[], plan?: Plan): TreeRow[] {
  const lines = new Map(stepLines(plan?.steps ?? []).map((line) => [line.path, line]));
  return records.map((record) => {
    const { path } = record;
    const line = lines.get(withoutRounds(path)) ?? lineOfRecord(record);
    return {
      line: { ...line, path, number: stepNumber(path), depth: 0 },
      records: [record],
      status: statusShown(run, record),
      rounds: roundsText([record], NO_ROUNDS),
      right: timeOf([record], 0),
    };
  });
}

/** Each step of the plan once, with all its rounds. */
function foldedRows(run: Run, plan: Plan): TreeRow[] {
  const records = groupRecords(run);
  const statusOf = stepStatuses(records);
  const rounds = LoopRounds.ofSteps(run.steps);
  const totals = new Map(run.step_totals?.map((total) => [total.path.replaceAll('[*]', ''), total]));
  return stepLines(plan.steps).map((line) => {
    const own = records.get(line.path) ?? impliedRecord(run, line);
    const leftOut = leftOutOf(totals.get(line.path), own);
    return {
      line,
      records: own,
      status: statusShown(run, own.at(-1)) ?? statusOf(line.path),
      rounds: roundsText(own, rounds, leftOut),
      right: timeOf(own, leftOut.ms),
    };
  });
}

/** Each round of each loop below it. */
function unfoldedRows(run: Run, plan: Plan, look: Look): TreeRow[] {
  const values = NamedValues.ofRun(run);
  const records = new Map(run.steps.map((record) => [record.path, [record]]));
  const statusOf = stepStatuses(records);
  const rounds = LoopRounds.ofSteps(run.steps);
  return unfoldRounds(stepLines(plan.steps), run.steps).map(({ line, inRound }) => {
    if (inRound === undefined) {
      const own = records.get(line.path) ?? impliedRecord(run, line);
      return {
        line,
        records: own,
        status: statusShown(run, own.at(-1)) ?? statusOf(line.path),
        rounds: roundsText(own, rounds),
        right: timeOf(own, 0),
      };
    }
    const text = values.loopText(line.path, look);
    return { line: { ...line, text }, records: [], rounds: '', status: statusOfRound(inRound), right: spanOf(inRound) };
  });
}

/** A record is one round, and knows nothing of the others. */
const NO_ROUNDS = new LoopRounds();

function drawRows(
  rows: readonly TreeRow[],
  run: Run,
  { look, isWhole }: { look: Look; isWhole: boolean | undefined },
): string[] {
  const values = NamedValues.ofRun(run);
  const columns = measureSteps(
    rows.map(({ line, right }) => ({ ...line, right })),
    look,
  );
  return rows.flatMap(({ line, records, status, rounds, right }) => {
    const last = records.at(-1);
    const row: StepRow = {
      depth: line.depth,
      number: line.number,
      mark: statusMark(status, look),
      who: line.who,
      body: stepBody(
        filled(line, last, { values, look, isWhole }),
        { last, rounds },
        { width: columns.body, look, isWhole },
      ),
      right,
    };
    return layoutStep(row, columns, look);
  });
}

/** Where a text stands, and whether all of it is shown. */
interface Room {
  width: number;
  look: Look;
  isWhole: boolean | undefined;
}

/** A name and its value. */
export function outputOf(name: string, output: Output, room: Room): string[] {
  const width = room.isWhole === true ? Infinity : room.width;
  return linesIn(`${oneLine(name)} = ${briefOutput(output, width, room.look)}`, room);
}

/** The text in one line, cut, or in as many as it needs. */
function linesIn(text: string, { width, look, isWhole }: Room): string[] {
  return isWhole === true ? wrapTo(text, width) : [cutTo(text, width, look.symbols.ellipsis)];
}

/** The records of each step of the plan: several for a step inside a loop. */
function groupRecords(run: Run): Map<string, StepRecord[]> {
  const groups = new Map<string, StepRecord[]>();
  for (const record of run.steps) {
    const path = withoutRounds(record.path);
    const group = groups.get(path);
    if (group === undefined) groups.set(path, [record]);
    else group.push(record);
  }
  return groups;
}

/** Files of the Python SDK have no step records: what is finished shows in the outputs and the current step. */
function impliedRecord(run: Run, line: StepLine): StepRecord[] {
  if (run.steps.length > 0 || line.depth > 0) return [];
  const outputs = new Map(Object.entries(run.outputs.step_outputs).map(([name, value]) => [withDollar(name), value]));
  const output = line.output === undefined ? undefined : outputs.get(line.output);
  const isPast = Number(line.path) < run.current_step_index || run.state === 'COMPLETE';
  if (output === undefined && !isPast) return [];
  const record: StepRecord = { path: line.path, status: 'completed', attempts: 1, started_at: '', finished_at: null };
  return [output === undefined ? record : { ...record, output }];
}

function lineOfRecord(record: StepRecord): StepLine {
  return {
    path: record.path,
    number: stepNumber(record.path),
    depth: 0,
    symbol: 'agent',
    who: '',
    text: '',
    notes: [],
    output: record.output_name === undefined ? undefined : oneLine(withDollar(record.output_name)),
  };
}

function stepBody(
  line: StepLine,
  { last, rounds }: { last: StepRecord | undefined; rounds: string },
  at: Room,
): Line[] {
  const { look, width } = at;
  const { symbols, colour } = look;
  const body = at.isWhole === true ? wholeText(line, rounds, at) : briefText(line, rounds, at);
  const push = (lines: string[], paint: Line['paint']) => body.push(...lines.map((text) => ({ text, paint })));
  if (last?.sub_run !== undefined) push(linesIn(`as ${last.sub_run}`, at), colour.dim);
  if (last?.output !== undefined) {
    push(outputOf(`${symbols.to} ${line.output ?? ''}`, last.output, at), colour.green);
  } else if (line.output !== undefined && last?.status !== 'skipped') {
    push(linesIn(`${symbols.to} ${line.output}`, at), colour.dim);
  }
  if (at.isWhole === true && last !== undefined && last.attempts > 1) push([`attempt ${last.attempts}`], colour.dim);
  for (const change of last?.hooked ?? []) push(linesIn(`changed by the hook ${change}`, at), colour.yellow);
  // A block fails because of a step inside, which shows it.
  if (last?.error !== undefined && !isInside(last.error.step, last.path)) {
    const [said, paint] = last.status === 'failed' ? ['', colour.red] : ['failed: ', colour.yellow];
    push(linesIn(said + oneLine(last.error.message), at), paint);
  } else if (last?.reason !== undefined) {
    push(wrapTo(oneLine(`${last.status}: ${last.reason}`), width), colour.yellow);
  }
  return body;
}

/** The line with the values that its newest record had; where that is not done, with what the loop around it is at. */
function filled(
  line: StepLine,
  last: StepRecord | undefined,
  { values, look, isWhole }: { values: NamedValues; look: Look; isWhole: boolean | undefined },
): StepLine {
  if (last === undefined) return line;
  const notes = line.notes.map((note) => {
    const text = isJsonNote(note)
      ? values.fillJson(note.text, last.path, look)
      : values.fill(note.text, last.path, look);
    return { ...note, text };
  });
  // Where there is one line only, a step without a text is shown by its first note.
  const text = line.text === '' && isWhole !== true ? (notes[0]?.text ?? '') : values.fill(line.text, last.path, look);
  const loop = last.finished_at === null || last.status === 'failed' ? values.loopText(last.path, look) : '';
  return {
    ...line,
    text: [text, ...(loop === '' ? [] : [`(${loop})`])].filter((part) => part !== '').join(' '),
    notes,
  };
}

/** What the step does, and with what. */
function wholeText(line: StepLine, rounds: string, { width, look }: Room): Line[] {
  const text = [line.text, rounds].filter((part) => part !== '').join(' ');
  return fullBody({ ...line, text, output: undefined }, { width }, look);
}

/** The number of rounds in which the step was done is shown even when there is no room for what it does. */
function briefText(line: StepLine, rounds: string, { width, look }: Room): Line[] {
  const text = line.text === '' ? (line.notes[0]?.text ?? '') : line.text;
  const beside = rounds === '' ? '' : ` ${rounds}`;
  const room = width - textWidth(beside);
  const lines =
    text !== '' && room >= LEAST_TEXT
      ? [cutTo(text, room, look.symbols.ellipsis) + beside]
      : [cutTo(text, width, look.symbols.ellipsis), ...wrapTo(rounds, width)];
  return lines.filter((shown) => shown !== '').map((shown) => ({ text: shown }));
}

/** Cells that the beginning of a text needs to say anything. */
const LEAST_TEXT = 8;
