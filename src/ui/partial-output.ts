import type { ForEachStep, Plan, Step, WhileStep } from '../domain/plan/plan.js';
import { stepAt } from '../domain/plan/plan-steps.js';
import type { Output, Run, StepRecord } from '../domain/run/run.js';
import { bareName } from '../domain/values/names.js';
import { oneLine } from '../domain/values/printable.js';
import { briefOutput } from './brief-value.js';
import type { Look } from './look.js';
import type { StepLine } from './step-lines.js';

/** What the finished rounds of a loop that failed left, which would have been its output. */
export interface PartialOutput {
  /** One for each round that counts; undefined stands for what the record does not have. */
  left: (Output | undefined)[];
  /** False where the last round alone counts. */
  isList: boolean;
}

/** Names without `$`. */
type Names = Map<string, Output>;

/** The value of a `collect` in one round; undefined where it needs what the record does not have. */
export type Collect = (expression: string, names: ReadonlyMap<string, Output>) => Promise<Output | undefined>;

type Loop = ForEachStep | WhileStep;

/** By the path of the loop, with the rounds of the loops around it: `4`, `4[2].steps.0`. */
export async function partialOutputs(
  run: Run,
  plan: Plan,
  collect: Collect,
): Promise<ReadonlyMap<string, PartialOutput>> {
  const found = new Map<string, PartialOutput>();
  for (const { path, status } of run.steps) {
    const step = status === 'failed' ? stepAt(plan.steps, path) : undefined;
    if (step === undefined || !isLoop(step) || step.output === undefined) continue;
    const rounds = doneRounds(run.steps, { path, step });
    const isList = step.kind === 'for_each' || step.collect !== undefined;
    const left =
      step.collect === undefined
        ? rounds.map(({ records }) => records.findLast(({ output }) => output !== undefined)?.output ?? NOTHING)
        : await collectRounds(rounds, { step, names: namesAround(path, run, plan), expression: step.collect, collect });
    // Of a long loop the record has the newest rounds.
    if (isList && (rounds[0]?.round ?? 0) > 0) left.unshift(undefined);
    found.set(path, { left: isList ? left : left.slice(-1), isList });
  }
  return found;
}

/** The line of a loop with what it left so far. */
export function withPartialOutput(line: StepLine, partial: PartialOutput | undefined, look: Look): StepLine {
  if (line.output === undefined || partial === undefined || partial.left.length === 0) return line;
  const values = partial.left.map((output) =>
    output === undefined ? look.symbols.ellipsis : briefOutput(output, SHOWN, look),
  );
  const text = partial.isList ? `[${values.join(',')}]` : values.join('');
  return { ...line, output: oneLine(`${line.output} so far = ${text}`) };
}

/** Cells of one value in a list of them. */
const SHOWN = 40;

/** What a round counts for that left nothing. */
const NOTHING: Output = { value: null, summary: null };

interface Round {
  round: number;
  /** Without those of loops inside. */
  records: StepRecord[];
}

function doneRounds(all: readonly StepRecord[], { path, step }: { path: string; step: Loop }): Round[] {
  const rounds = new Map<number, StepRecord[]>();
  for (const record of all) {
    const { loop, round } = iterationOf(record.path);
    if (loop === path) rounds.set(round, [...(rounds.get(round) ?? []), record]);
  }
  const last = `.steps.${step.steps.length - 1}`;
  return [...rounds]
    .map(([round, records]) => ({ round, records }))
    .filter(
      ({ round, records }) =>
        records.every(({ status }) => status === 'completed' || status === 'skipped') &&
        records.some((record) => record.path === `${path}[${round}]${last}`),
    );
}

async function collectRounds(
  rounds: readonly Round[],
  { step, names, expression, collect }: { step: Loop; names: Names; expression: string; collect: Collect },
): Promise<(Output | undefined)[]> {
  const left: (Output | undefined)[] = [];
  let known = names;
  for (const { records } of rounds) {
    // A round of a `while` sees what those before it left.
    known = new Map(step.kind === 'for_each' ? names : known);
    for (const record of records) addRecord(known, record);
    left.push(await collect(expression, known));
  }
  return left;
}

/** What a loop sees of the steps around it. */
function namesAround(path: string, run: Run, plan: Plan): Names {
  const names: Names = new Map();
  for (const [name, output] of Object.entries(run.plan_run_inputs)) names.set(bareName(name), output);
  for (const record of run.steps) {
    const { loop, round } = iterationOf(record.path);
    const isSeen = loop === undefined || path.startsWith(`${loop}[${round}]`) || isEarlierRound(loop, path, plan);
    if (isSeen) addRecord(names, record);
  }
  return names;
}

/** Whether the steps of a loop are around a path whose rounds see those before them. */
function isEarlierRound(loop: string, path: string, plan: Plan): boolean {
  return path.startsWith(`${loop}[`) && stepAt(plan.steps, loop)?.kind !== 'for_each';
}

function addRecord(names: Names, { items = {}, output_name: name, output }: StepRecord): void {
  for (const [item, value] of Object.entries(items)) names.set(bareName(item), { value, summary: null });
  if (name !== undefined && output !== undefined) names.set(bareName(name), output);
}

/** The innermost loop around a step and its round; no loop outside of all. */
function iterationOf(path: string): { loop: string | undefined; round: number } {
  const start = path.lastIndexOf('[');
  if (start === -1) return { loop: undefined, round: 0 };
  return { loop: path.slice(0, start), round: Number.parseInt(path.slice(start + 1), 10) };
}

function isLoop(step: Step): step is Loop {
  return step.kind === 'for_each' || step.kind === 'while' || step.kind === 'do_while';
}
