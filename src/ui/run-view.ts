import { type Advice, portia, spellAdvice } from '../domain/next-step.js';
import { openClarifications } from '../domain/run/clarification.js';
import { isAwaiting, isRetryable, isStored, type Output, type Run, type StepRecord } from '../domain/run/run.js';
import type { Plan } from '../domain/plan/plan.js';
import { tokenMark } from '../domain/plan/usage.js';
import { answerLines } from './answer-lines.js';
import { briefOutput, byteSize, count } from './brief-value.js';
import { failureHead } from './error-view.js';
import type { Look } from './look.js';
import { LoopRounds } from './loop-rounds.js';
import { NamedValues } from './named-values.js';
import { oneLine, printable } from '../domain/values/printable.js';
import { withPartialOutput, type PartialOutput } from './partial-output.js';
import { questionView } from './question-view.js';
import { stateLine, statusMark } from './run-state.js';
import { fullBody, layoutStep, measureSteps, type Line, type StepRow } from './step-layout.js';
import { stepLines, type StepLine } from './step-lines.js';
import { isJsonNote, withDollar } from './step-notes.js';
import { isInside, stepNumber, withoutRounds } from '../domain/plan/step-path.js';
import { leftOutOf, roundsText, statusShown, stepStatuses, timeOf } from './step-status.js';
import { cutTo, textWidth, wrapItems, wrapTo } from './text-width.js';
import { timeAgo } from './times.js';
import { wayOn, wayOnFromWait } from './way-on.js';

export interface RunViewOptions {
  /** The plan; without it only the steps that were begun are shown. */
  plan?: Plan | undefined;
  /** Who drives the run at this moment. */
  owner?: { pid: number; host: string; since: string; last_sign?: string } | undefined;
  /** What the plan lets expect: `2 to 5 model calls, 900 to 2,250 tokens`. */
  estimate?: string | undefined;
  /** What its model calls cost: `$0.0012`. */
  cost?: string | undefined;
  /** What loops that failed left, by their paths. */
  partial?: ReadonlyMap<string, PartialOutput> | undefined;
  /** What has to be done before any command can act on the run. */
  before?: Advice | undefined;
  /** What a person types for the run; its id by default. */
  name?: string;
  /** Whether code of the project that was corrected has to be trusted anew. */
  isByContent?: boolean | undefined;
  /** Nothing of the steps, inputs and result is cut. */
  isWhole?: boolean | undefined;
}

/** A run as a person reads it in ten seconds: steps, outputs, times, what failed, what is open, what to do next. */
export function runView(run: Run, look: Look, options: RunViewOptions = {}): string {
  const sections = [
    runHead(run, look, options),
    stepTree(run, look, options),
    options.plan === undefined ? otherOutputs(run, look, options) : [],
    answerLines(run, look),
    failureLines(run, look),
    finalLines(run, look, options),
  ].filter((section) => section.length > 0);
  // The questions of a run inside another are asked by that one.
  const isAsking = run.state !== 'FAILED' && run.parent_run === undefined;
  const questions = isAsking ? questionView(run, look, options.before) : '';
  const next = questions === '' ? nextLines(run, look, options) : [];
  if (next.length > 0) sections.push(next);
  const text = sections.map((section) => section.join('\n')).join('\n\n');
  return questions === '' ? `${text}\n` : `${text}\n\n${questions}`;
}

/** Some steps of a run, each as it was. */
export function stepsView(run: Run, look: Look, isWhole?: boolean): string {
  return `${stepTree(run, look, { isWhole }).join('\n')}\n`;
}

function runHead(run: Run, look: Look, options: RunViewOptions): string[] {
  const { colour, symbols } = look;
  const { plan, owner, cost } = options;
  const isDeclined = run.error?.code === 'declined';
  const state = stateLine({ ...run, isDriven: owner !== undefined, isDeclined }, look);
  const done = run.steps.filter((step) => isTopLevel(step) && isFinished(step)).length;
  const steps = run.steps.length === 0 ? [] : [`${done} of ${count(run.metadata.step_count, 'step')}`];
  const { calls, input_tokens: input, output_tokens: output } = run.usage;
  const tokens = tokenMark(run.usage) + count(input + output, 'token');
  const facts = [
    ...steps,
    // Old shapes do not say when.
    ...(run.metadata.last_seq === 0 ? [] : [`started ${timeAgo(run.metadata.created_at, look.now)}`]),
    ...(run.state === 'NOT_STARTED' && run.queue?.wake_at ? [`begins ${run.queue.wake_at}`] : []),
    ...(options.estimate === undefined ? [] : [`${options.estimate} expected`]),
    ...(calls === 0 ? [] : [[count(calls, 'model call'), tokens, ...(cost === undefined ? [] : [cost])].join(', ')]),
  ];
  const stands = [state, { text: facts.join(` ${symbols.separator} `), paint: colour.dim }];
  return [
    `${colour.bold('Run')} ${run.id}`,
    colour.dim(`of  ${run.plan_id}`),
    ...(run.parent_run === undefined
      ? []
      : [colour.dim(`inside  ${run.parent_run.id}, step ${stepNumber(run.parent_run.path)}`)]),
    ...(plan === undefined ? [] : wrapTo(oneLine(plan.plan_context.query), look.columns)),
    ...wrapItems(stands, { width: look.columns, between: '  ' }),
    ...(owner === undefined
      ? []
      : [
          colour.dim(
            oneLine(
              `driven by process ${owner.pid} on ${owner.host} since ${owner.since}` +
                (owner.last_sign === undefined ? '' : `, last sign of life ${timeAgo(owner.last_sign, look.now)}`),
            ),
          ),
        ]),
    ...(run.stubbed === undefined ? [] : [colour.yellow(oneLine(`with fixed results of ${run.stubbed.join(', ')}`))]),
    ...inputLines(run, look, options),
  ];
}

function inputLines(run: Run, look: Look, options: RunViewOptions): string[] {
  return Object.entries(run.plan_run_inputs).flatMap(([name, value]) => {
    const lines = outputOf(withDollar(name), value, { width: look.columns, look, isWhole: options.isWhole });
    return lines.map((line) => look.colour.dim(line));
  });
}

/** Where a text stands, and whether all of it is shown. */
interface Room {
  width: number;
  look: Look;
  isWhole: boolean | undefined;
}

/** A name and its value. */
function outputOf(name: string, output: Output, room: Room): string[] {
  const width = room.isWhole === true ? Infinity : room.width;
  return linesIn(`${oneLine(name)} = ${briefOutput(output, width, room.look)}`, room);
}

/** The text in one line, cut, or in as many as it needs. */
function linesIn(text: string, { width, look, isWhole }: Room): string[] {
  return isWhole === true ? wrapTo(text, width) : [cutTo(text, width, look.symbols.ellipsis)];
}

function stepTree(run: Run, look: Look, { plan, isWhole, partial }: RunViewOptions): string[] {
  const records = groupRecords(run);
  const statusOf = stepStatuses(records);
  // Without the plan each record stands for itself.
  const rows =
    plan === undefined
      ? run.steps.map((record) => ({ line: lineOfRecord(record), records: [record] }))
      : stepLines(plan.steps).map((line) => {
          const own = records.get(withoutRounds(line.path)) ?? impliedRecord(run, line);
          return { line: withPartialOutput(line, partial?.get(own.at(-1)?.path ?? ''), look), records: own };
        });
  const values = NamedValues.ofRun(run);
  // Without the plan each row is one round.
  const rounds = LoopRounds.ofSteps(plan === undefined ? [] : run.steps);
  const totals = new Map(run.step_totals?.map((total) => [total.path.replaceAll('[*]', ''), total]));
  const outlines = rows.map((row) => {
    const leftOut = leftOutOf(plan === undefined ? undefined : totals.get(withoutRounds(row.line.path)), row.records);
    return { ...row, leftOut, right: timeOf(row.records, leftOut.ms) };
  });
  const columns = measureSteps(
    outlines.map(({ line, right }) => ({ ...line, right })),
    look,
  );
  return outlines.flatMap(({ line, records: own, leftOut, right }) => {
    const row: StepRow = {
      depth: line.depth,
      number: line.number,
      mark: statusMark(statusShown(run, own.at(-1)) ?? statusOf(line.path), look),
      who: line.who,
      body: stepBody(
        filled(line, own.at(-1), { values, look, isWhole }),
        { last: own.at(-1), rounds: roundsText(own, rounds, leftOut) },
        { width: columns.body, look, isWhole },
      ),
      right,
    };
    return layoutStep(row, columns, look);
  });
}

/** Without the plan nobody can tell which step an output of an old file belongs to, but it can be read. */
function otherOutputs(run: Run, look: Look, { isWhole }: RunViewOptions): string[] {
  const shown = new Set(run.steps.map((record) => record.output_name));
  const others = Object.entries(run.outputs.step_outputs).filter(([name]) => !shown.has(name));
  return others.flatMap(([name, output]) => {
    const lines = outputOf(`${look.symbols.to} ${withDollar(name)}`, output, { width: look.columns, look, isWhole });
    return lines.map((line) => look.colour.green(line));
  });
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

function failureLines(run: Run, look: Look): string[] {
  if (run.error === null) return [];
  const { step } = run.error;
  const loop = step === null ? '' : NamedValues.ofSteps(run.steps).loopText(step, look);
  const place = step === null ? '' : `Step ${stepNumber(step)}${loop === '' ? '' : ` (${loop})`}: `;
  const why = run.error.why === undefined ? [] : wrapTo(printable(run.error.why), look.columns - 2);
  return [...failureHead(place + run.error.message, run.error.code, look), ...why.map((line) => `  ${line}`)];
}

const MOST_LINES = 12;

function finalLines(run: Run, look: Look, { isWhole, name = run.id }: RunViewOptions): string[] {
  const output = run.outputs.final_output;
  if (output === null || run.state !== 'COMPLETE') return [];
  const lines = outputLines(output, look, isWhole);
  const shown = isWhole === true ? lines : lines.slice(0, MOST_LINES);
  const more = look.colour.dim(
    `  ${look.symbols.ellipsis} all of it: ${look.spell(portia('show', name, '--format', 'value'))}`,
  );
  return [
    look.colour.bold('Result'),
    ...shown.map((line) => `  ${line}`),
    ...(lines.length === shown.length ? [] : [more]),
  ];
}

function outputLines(output: Output, look: Look, isWhole: boolean | undefined): string[] {
  if (isStored(output)) {
    const size = typeof output.bytes === 'number' ? byteSize(output.bytes) : 'large';
    return wrapTo(printable(`(${size}, kept aside) ${output.summary}`), look.columns - 2);
  }
  const { value, summary } = output;
  const text = typeof value === 'string' ? value : JSON.stringify(value, null, 2);
  // Only a few lines are shown, so the rest of a large text need not be wrapped.
  const start = isWhole === true ? text : text.slice(0, look.columns * MOST_LINES * 4);
  return [
    ...(summary === null ? [] : [...wrapTo(printable(summary), look.columns - 2), '']),
    ...wrapTo(printable(start), look.columns - 2),
  ];
}

function nextLines(run: Run, look: Look, options: RunViewOptions): string[] {
  const commands = nextCommands(run, options);
  if (commands === undefined) return [];
  return spellAdvice(commands, look.spell)
    .split('\n')
    .map((command, index) => `${index === 0 ? look.colour.bold('Next') : '    '}  ${printable(command)}`);
}

/** One per line; undefined when there is nothing to do. */
function nextCommands(run: Run, options: RunViewOptions): Advice | undefined {
  if (options.owner !== undefined || run.state === 'COMPLETE') return undefined;
  if (run.state === 'FAILED' && !isRetryable(run)) return undefined;
  if (options.before !== undefined) return options.before;
  if (run.parent_run === undefined && isAwaiting(run)) return wayOnFromWait(run);
  if (run.parent_run === undefined && run.pause !== null && openClarifications(run).length === 0) {
    return portia('resume', run.id);
  }
  if (run.parent_run !== undefined) return portia('resume', run.parent_run.id);
  return wayOn(run, run.error?.code, options.isByContent);
}

function isFinished(step: StepRecord): boolean {
  return step.status === 'completed' || step.status === 'skipped';
}

function isTopLevel(step: StepRecord): boolean {
  return /^\d+$/.test(step.path);
}
