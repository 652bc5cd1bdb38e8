import type { Plan } from '../domain/plan/plan.js';
import type { Run, StepRecord } from '../domain/run/run.js';
import { oneLine } from '../domain/values/printable.js';
import { briefOutput } from './brief-value.js';
import type { Look } from './look.js';
import type { StepLine } from './step-lines.js';

/** Cells of one value in a list of them. */
const SHOWN = 40;

/** The line of a loop that failed, with what its finished rounds left, which would have been its output. */
export function withPartialOutput(line: StepLine, { run, plan, look }: { run: Run; plan: Plan; look: Look }): StepLine {
  const step = plan.steps[Number(line.path)];
  if (line.output === undefined || step?.kind !== 'for_each' || step.collect !== undefined) return line;
  const isFailed = run.steps.some(({ path, status }) => path === line.path && status === 'failed');
  const rounds = isFailed ? roundsOf(line.path, run.steps) : [];
  const left = rounds
    .filter(isDone)
    .flatMap((round) => round.findLast(({ output }) => output !== undefined)?.output ?? []);
  if (left.length === 0) return line;
  const values = left.map((output) => briefOutput(output, SHOWN, look));
  return { ...line, output: oneLine(`${line.output} so far = [${values.join(',')}]`) };
}

/** The records of each round, without those of loops inside. */
function roundsOf(loop: string, records: readonly StepRecord[]): StepRecord[][] {
  const rounds = new Map<string, StepRecord[]>();
  for (const record of records) {
    if (!record.path.startsWith(`${loop}[`)) continue;
    const [round = '', ...inside] = record.path.slice(loop.length + 1).split(/\]|\[/);
    if (inside.length === 1) rounds.set(round, [...(rounds.get(round) ?? []), record]);
  }
  return [...rounds.values()];
}

function isDone(round: readonly StepRecord[]): boolean {
  return round.every(({ status }) => status === 'completed' || status === 'skipped');
}
