import { advice, type Advice, portia } from '../domain/next-step.js';
import { PortiaError } from '../domain/errors.js';
import type { Plan, Step } from '../domain/plan/plan.js';
import { askingOf } from '../domain/plan/step-kinds/asking.js';
import { allSteps, outputTypeOf, stepAt, stepOutput } from '../domain/plan/plan-steps.js';
import { stepNumber, stepsAround } from '../domain/plan/step-path.js';
import type { Answer } from '../domain/run/clarification.js';
import type { EventBody } from '../domain/run/events.js';
import type { Run, StepRecord } from '../domain/run/run.js';
import { fitValue } from '../domain/values/fit-value.js';
import type { Json } from '../domain/values/json.js';
import { bareName } from '../domain/values/names.js';
import { nearestName } from '../domain/values/nearest-name.js';
import { isSecretSchema } from '../domain/values/secret-values.js';
import { readTyped } from '../domain/values/typed-text.js';
import type { Recorder } from './recorder.js';
import { schemaShape } from './reply-shape.js';
import type { ExecutorServices } from './services.js';

/** What a person did by hand about a step of a run. */
export interface Settlement {
  /** The path of the step, or the name of its output. */
  selector: string;
  how: 'done' | 'skipped';
  /** The output of the step; only with `done`. */
  value?: Json | undefined;
  /** Whether the value is a text as a person types it, which may spell a number or JSON. */
  isTyped?: boolean | undefined;
  channel: Answer['channel'];
}

/** A settlement of a step that the run has, with a value that fits its schema. */
export interface SettledStep extends Settlement {
  path: string;
}

/** A step of the run that failed, or whose end is not known. */
interface Candidate {
  path: string;
  step: Step;
}

/**
 * The steps that are meant. Rejects with `usage` for one that the run does not have open or failed, and with `invalid-input` for a
 * value that the step could not have left.
 */
export async function settledSteps(
  settlements: readonly Settlement[],
  { run, plan }: { run: Run; plan: Plan },
  services: ExecutorServices,
): Promise<SettledStep[]> {
  const settled = new Map<string, SettledStep>();
  for (const settlement of settlements) {
    const { path, step } = candidateOf(settlement, run, plan);
    if (settled.has(path)) {
      throw refused(run, `Step ${path} is settled twice.`, 'Give one --done or --skip for each step.');
    }
    settled.set(path, { ...settlement, path, value: await valueOf(settlement, { path, step }, { run, services }) });
  }
  return [...settled.values()];
}

export async function settledEvent(
  { path, how, value, channel }: SettledStep,
  recorder: Recorder,
): Promise<EventBody & { type: 'step.settled' }> {
  const recorded = value === undefined ? {} : { value: await recorder.record(path, value) };
  return { type: 'step.settled', path, how, ...recorded, channel };
}

function candidateOf({ selector }: Settlement, run: Run, plan: Plan): Candidate {
  const candidates = candidatesIn(run, plan);
  const meant = candidates.filter(({ path, step }) => path === selector || nameOf(step) === bareName(selector));
  const [only, other] = meant;
  if (other !== undefined) {
    const paths = meant.map(({ path }) => path).join(', ');
    throw refused(run, `${selector} is the output of several steps.`, `Name one of them by its path: ${paths}`);
  }
  if (only === undefined) throw unknownStep(selector, run, candidates);
  if (only.step.kind === 'user_verify') {
    const fix = advice`Answer it: ${portia('resume', run.id)}`;
    throw refused(run, `Step ${only.path} asks a person to agree, and only an answer settles that.`, fix);
  }
  if (allSteps([only.step]).some(isForNamedPeople)) {
    const fix = advice`Have those answer who are asked, or end the run: ${portia('cancel', run.id)}`;
    throw refused(run, `The plan says who answers in step ${only.path}, and nobody else settles it.`, fix);
  }
  return only;
}

function isForNamedPeople(step: Step): boolean {
  const { assignees, approvers } = askingOf(step) ?? {};
  return assignees !== undefined || approvers !== undefined;
}

/** Steps that were begun and have no end that counts, nor has a step around them. */
function candidatesIn(run: Run, { steps }: Plan): Candidate[] {
  const finished = finishedIn(run);
  return run.steps.flatMap(({ path, caught_by: caughtBy }) => {
    if (caughtBy !== undefined || [path, ...stepsAround(path)].some((one) => finished.has(one))) return [];
    const step = stepAt(steps, path);
    return step === undefined ? [] : [{ path, step }];
  });
}

function finishedIn({ steps }: Run): Map<string, 'completed' | 'skipped'> {
  return new Map(
    steps.flatMap(({ path, status }) => (status === 'completed' || status === 'skipped' ? [[path, status]] : [])),
  );
}

/** What became of a step that is not settled. */
function endOf({ path, status, caught_by: caughtBy }: StepRecord, run: Run): string {
  if (caughtBy !== undefined) return 'failed, and the plan says what is done then';
  const finished = finishedIn(run);
  const around = finished.has(path) ? undefined : stepsAround(path).find((one) => finished.has(one));
  return around === undefined ? `is ${status}` : `is inside step ${around}, which is ${finished.get(around)}`;
}

function nameOf(step: Step): string | undefined {
  const output = stepOutput(step);
  return output === undefined ? undefined : bareName(output);
}

function unknownStep(selector: string, run: Run, candidates: Candidate[]): PortiaError {
  const known = run.steps.find(({ path, output_name: name }) => path === selector || name === selector);
  if (known !== undefined && !candidates.some(({ path }) => path === known.path)) {
    const what = `Step ${selector} of ${run.id} ${endOf(known, run)}.`;
    return refused(run, what, `Only steps that failed, or whose end is not known, are settled. ${listed(candidates)}`);
  }
  const numbered = candidates.find(({ path }) => stepNumber(path) === selector);
  const names = candidates.flatMap(({ step }) => stepOutput(step) ?? []);
  const near = numbered?.path ?? nearestName(selector, names);
  const meant = near === undefined ? '' : `Did you mean ${near}? `;
  return refused(run, `No step ${selector} of ${run.id} has failed or is open.`, `${meant}${listed(candidates)}`);
}

function listed(candidates: Candidate[]): string {
  if (candidates.length === 0) return 'There are none.';
  const shown = candidates.slice(0, 10).map(({ path, step }) => {
    const output = stepOutput(step);
    return output === undefined ? path : `${path} (${output})`;
  });
  return `They are: ${shown.join(', ')}`;
}

async function valueOf(
  { how, value, isTyped }: Settlement,
  { path, step }: Candidate,
  { run, services }: { run: Run; services: ExecutorServices },
): Promise<Json | undefined> {
  if (how === 'skipped') return undefined;
  const output = stepOutput(step);
  if (output === undefined) {
    if (value === undefined) return undefined;
    throw refused(run, `Step ${path} leaves no value.`, `Leave it out: --done ${path}`);
  }
  if (value === undefined) {
    throw refused(
      run,
      `Step ${path} leaves ${output}, and its value is missing.`,
      `Say what it is: --done '${path}:=VALUE'`,
    );
  }
  const schema = outputTypeOf(step, { expression: undefined, plan: undefined, tools: services.tools });
  if (schema === undefined) return value;
  if (isSecretSchema(schema)) {
    const fix = advice`A secret is never kept. Answer it: ${portia('resume', run.id)}`;
    throw refused(run, `Step ${path} asks for a secret, and only an answer gives one.`, fix);
  }
  const read = isTyped === true && typeof value === 'string' ? readTyped(value, schema) : undefined;
  const fitted = fitValue(read ?? value, schema);
  const problems = (await schemaShape(services, 'step_output', schema)).validate(fitted);
  if (problems.length === 0) return fitted;
  throw new PortiaError('invalid-input', `The value does not fit the schema of step ${path}.`, {
    why: problems.slice(0, 5).join('\n'),
    fix: `Its schema is ${JSON.stringify(schema)}\nGive JSON after :=, a text after =`,
    runId: run.id,
  });
}

function refused(run: Run, what: string, fix: Advice): PortiaError {
  return new PortiaError('usage', what, { fix, runId: run.id });
}
