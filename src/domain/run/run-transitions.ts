import { advice, plainCommand, portia, portiaTyped } from '../next-step.js';
import type { Clarification } from './clarification.js';
import { PortiaError } from '../errors.js';
import type { EventOf, RunEvent } from './events.js';
import type { Usage } from '../plan/plan.js';
import type { StepRecord, Run } from './run.js';
import { beginWait, endWait, leaveToWorkers, pauseRun, showWait } from './pause-transitions.js';
import { applyHookChange } from './hook-transitions.js';
import { insertInOrder, LoopRecords } from './loop-records.js';
import { applyToQuestions } from './question-transitions.js';
import { comparePaths } from '../plan/step-path.js';
import { deleteOutput, setOutput } from './step-outputs.js';
import { lessUsage, sumUsage } from '../plan/usage.js';

/** Folds the events of one run into its record. It owns the record and changes it in place: a copy per event is quadratic. */
export interface RunFold {
  readonly run: Run;
  apply(event: RunEvent): void;
}

export interface FoldOptions {
  /** Whether the record of a step in a loop is kept although it is not one of the newest. Default: none is. */
  keeps?: ((path: string) => boolean) | undefined;
  /** The record after some of the events, of which `hasAllThatChanges` is true: only those that follow are applied. */
  from?: Run | undefined;
}

/** The entries of the record's lists, by name: searching the lists would be quadratic. */
interface Records {
  steps: Map<string, StepRecord>;
  loops: LoopRecords;
  questions: Map<string, Clarification>;
  /** Left out of the record while the run is failed. */
  hidden: { steps: StepRecord[]; questions: Clarification[] };
  /** What runs inside had used when the run was paused: their total is counted once they are finished. */
  inside: Usage | undefined;
}

/**
 * The only place where a run changes. Pure in its events: the same events give the same record.
 * The first event must be `run.created` or `run.imported`; else a PortiaError `unreadable`.
 */
export function createFold({ keeps, from }: FoldOptions = {}): RunFold {
  let run = from;
  const records: Records = {
    steps: new Map(),
    loops: new LoopRecords(keeps),
    questions: new Map(),
    hidden: { steps: [], questions: [] },
    inside: undefined,
  };
  for (const step of from?.steps ?? []) records.steps.set(step.path, step);
  for (const question of from?.outputs.clarifications ?? []) records.questions.set(question.id, question);
  if (from !== undefined) records.loops.restore(from);
  const opened = (): Run => {
    if (run === undefined) {
      throw new PortiaError('unreadable', 'The log does not begin with the creation of its run.', {
        fix: advice`Restore events.ndjson from a backup, or delete the run with: ${portiaTyped('rm', '<run> --yes')}`,
      });
    }
    return run;
  };
  return {
    get run() {
      return opened();
    },
    apply(event) {
      if (event.type === 'run.created') run = createdRun(event);
      else if (event.type === 'run.imported') {
        run = importedRun(event);
        for (const step of run.steps) {
          records.steps.set(step.path, step);
          if (step.status !== 'completed' && step.status !== 'skipped') records.loops.add(step);
        }
        for (const question of run.outputs.clarifications) records.questions.set(question.id, question);
      } else if (event.type === 'hook.changed') applyHookChange(records.steps.get(event.path ?? ''), event);
      else applyTo(opened(), records, event);
      const current = opened();
      current.metadata.last_seq = event.seq;
      current.metadata.updated_at = event.ts;
    },
  };
}

function createdRun(event: EventOf<'run.created'>): Run {
  return {
    id: event.run_id,
    plan_id: event.plan_id,
    current_step_index: 0,
    state: 'NOT_STARTED',
    outputs: { clarifications: [], step_outputs: {}, final_output: null },
    end_user_id: event.end_user_id,
    plan_run_inputs: structuredClone(event.plan_run_inputs),
    error: null,
    pause: null,
    steps: [],
    step_totals: undefined,
    usage: { calls: 0, input_tokens: 0, output_tokens: 0 },
    ...(event.stubbed && { stubbed: event.stubbed }),
    ...(event.agent && { agent: event.agent }),
    ...(event.parent_run && { parent_run: event.parent_run }),
    ...(event.by && { started_by: event.by }),
    ...(event.traceparent !== undefined && { traceparent: event.traceparent }),
    plan_digest: event.plan_digest,
    metadata: {
      schema_version: 1,
      created_at: event.ts,
      updated_at: event.ts,
      last_seq: event.seq,
      step_count: event.step_count,
    },
  };
}

function importedRun(event: EventOf<'run.imported'>): Run {
  const { digest: _digest, ...metadata } = event.snapshot.metadata;
  return { ...structuredClone(event.snapshot), metadata };
}

function applyTo(run: Run, records: Records, event: RunEvent): void {
  switch (event.type) {
    case 'run.queued':
    case 'run.placed':
      leaveToWorkers(run, event);
      return;
    case 'run.started':
    case 'run.resumed':
      showHidden(run, records);
      countInside(run, records, undefined);
      run.state = 'IN_PROGRESS';
      run.pause = null;
      run.error = null;
      return;
    case 'run.paused':
      pauseRun(run, event);
      countInside(run, records, event.usage_inside);
      return;
    case 'run.interrupted':
      run.pause = { reason: 'signal', next: event.next ?? plainCommand(portia('resume', run.id)) };
      countInside(run, records, event.usage_inside);
      return;
    case 'run.completed':
      Object.assign(run, { state: 'COMPLETE', pause: null });
      run.outputs.final_output = event.final_output;
      return;
    case 'run.failed':
      failRun(run, records, event);
      return;
    case 'run.cancelled':
      cancelRun(run, event);
      return;
    case 'step.started':
    case 'step.completed':
    case 'step.skipped':
    case 'step.failed':
    case 'wait.started':
      applyToStep(run, records, event);
      return;
    case 'model.finished':
    case 'model.failed':
    case 'tool.finished':
    case 'tool.failed':
    case 'warning':
      Object.assign(run.usage, sumUsage(run.usage, event.usage));
      return;
    case 'readiness.checked':
    case 'clarification.raised':
    case 'clarification.joined':
    case 'clarification.resolved':
    case 'clarification.expired':
    case 'approval.given':
    case 'tool.changed':
    case 'step.settled':
      applyToQuestions(run, records, event);
      return;
    default:
      // The other types are details; they change nothing in the record.
      return;
  }
}

function failRun(run: Run, records: Records, { error, usage_inside: inside }: EventOf<'run.failed'>): void {
  run.state = 'FAILED';
  run.pause = null;
  run.error = error;
  countInside(run, records, inside);
  if (error.step !== null) hideLater(run, records, error.step);
}

function cancelRun(run: Run, event: EventOf<'run.cancelled'>): void {
  run.state = 'FAILED';
  run.pause = null;
  run.error = { code: 'declined', message: event.reason, step: null, retryable: false };
  endOpenSteps(run, event);
}

/** Nothing of a run that is over continues or waits. */
function endOpenSteps({ steps }: Run, { reason: message, ts }: EventOf<'run.cancelled'>): void {
  for (const step of steps) {
    if (step.status !== 'running' && step.status !== 'waiting') continue;
    delete step.reason;
    step.status = 'failed';
    step.error = { code: 'declined', message, step: step.path, retryable: false };
    step.finished_at = ts;
  }
}

function countInside(run: Run, records: Records, inside: Usage | undefined): void {
  Object.assign(run.usage, sumUsage(lessUsage(run.usage, records.inside), inside));
  records.inside = inside;
}

type StepEvent = EventOf<'step.started' | 'step.completed' | 'step.skipped' | 'step.failed' | 'wait.started'>;

function applyToStep(run: Run, records: Records, event: StepEvent): void {
  const record = records.steps.get(event.path) ?? addRecord(run, records, event);
  delete record.reason;
  if (event.type !== 'step.started') endWait(record);
  switch (event.type) {
    case 'step.started':
      forgetFailure(record);
      records.loops.reopen(record);
      record.status = 'running';
      record.attempts = event.attempt;
      record.finished_at = null;
      if (event.sub_run !== undefined) record.sub_run = event.sub_run;
      if (event.items !== undefined) record.items = event.items;
      if (event.of !== undefined) record.of = event.of;
      showWait(record);
      return;
    case 'wait.started':
      beginWait(record, event);
      return;
    case 'step.completed':
      record.status = 'completed';
      record.finished_at = event.ts;
      if (run.queue !== undefined) run.queue.tries = 0;
      // What its own on_error was for stays in the record.
      if (record.caught_by === undefined) forgetFailure(record);
      if (event.failed !== undefined) record.failed = event.failed;
      if (event.usage !== undefined) Object.assign(run.usage, sumUsage(run.usage, event.usage));
      if (event.output_name !== undefined && event.output !== undefined) {
        record.output_name = event.output_name;
        record.output = event.output;
        setOutput(run.outputs.step_outputs, event.output_name, event.output);
        moveLaterOutputs(run, record);
      }
      break;
    case 'step.skipped':
      record.status = 'skipped';
      record.reason = event.reason;
      record.finished_at = event.ts;
      forgetFailure(record);
      break;
    case 'step.failed':
      record.status = 'failed';
      record.error = event.error;
      record.finished_at = event.ts;
      Object.assign(run.usage, sumUsage(run.usage, event.usage));
      if (event.caught_by === undefined) delete record.caught_by;
      else record.caught_by = event.caught_by;
      // What is done instead is still to come.
      if (event.caught_by === undefined || event.caught_by === record.path) return;
      break;
  }
  leaveOut(run, records, record);
  advance(run, records);
}

function forgetFailure(record: StepRecord): void {
  delete record.error;
  delete record.caught_by;
}

function addRecord(run: Run, { steps, loops }: Records, { path, ts }: StepEvent): StepRecord {
  const record: StepRecord = { path, status: 'running', attempts: 1, started_at: ts, finished_at: null };
  steps.set(path, record);
  loops.add(record);
  insertInOrder(run.steps, record);
  return record;
}

/** Of a long loop the record has the newest rounds, and counts of all. */
function leaveOut(run: Run, { steps, loops }: Records, finished: StepRecord): void {
  const left = loops.finish(finished);
  const [first] = left;
  if (first === undefined) return;
  for (const { path } of left) steps.delete(path);
  if (left.length === 1) removeFrom(run.steps, first);
  else {
    const gone = new Set(left);
    run.steps = run.steps.filter((record) => !gone.has(record));
  }
  const totals = loops.totalsOf(finished);
  run.step_totals ??= [];
  if (!run.step_totals.includes(totals)) run.step_totals.push(totals);
}

/** Of the newest records nearly always: looking at all others first takes long in a long run. */
const NEAR_END = 1_024;

function removeFrom(list: StepRecord[], record: StepRecord): void {
  const near = list.indexOf(record, -NEAR_END);
  const place = near === -1 ? list.indexOf(record) : near;
  if (place !== -1) list.splice(place, 1);
}

/** Outputs are in the written order, too: those of later steps that were done sooner move to the end again. */
function moveLaterOutputs({ steps, outputs }: Run, record: StepRecord): void {
  for (const { path, output_name: name, output } of steps.slice(steps.lastIndexOf(record) + 1)) {
    if (name === undefined || output === undefined || comparePaths(path, record.path) === 0) continue;
    deleteOutput(outputs.step_outputs, name);
    setOutput(outputs.step_outputs, name, output);
  }
}

/**
 * What later steps than the failed one had already done stays in the log; the record shows what the written order would
 * have done, until the run continues.
 */
function hideLater(run: Run, { hidden }: Records, failed: string): void {
  const isLater = (path: string) => comparePaths(path, failed) > 0;
  hidden.steps = run.steps.filter((step) => isLater(step.path));
  hidden.questions = run.outputs.clarifications.filter((question) => isLater(question.path ?? ''));
  if (hidden.steps.length === 0) return;
  run.steps = run.steps.filter((step) => !isLater(step.path));
  run.outputs.clarifications = run.outputs.clarifications.filter((question) => !isLater(question.path ?? ''));
  const { step_outputs } = run.outputs;
  for (const { output_name: name } of hidden.steps) {
    if (name === undefined) continue;
    deleteOutput(step_outputs, name);
    const earlier = run.steps.findLast((step) => step.output_name === name && step.output !== undefined);
    if (earlier?.output !== undefined) setOutput(step_outputs, name, earlier.output);
  }
}

function showHidden(run: Run, { hidden }: Records): void {
  for (const record of hidden.steps) {
    run.steps.push(record);
    if (record.output_name !== undefined && record.output !== undefined) {
      setOutput(run.outputs.step_outputs, record.output_name, record.output);
    }
  }
  run.outputs.clarifications.push(...hidden.questions);
  hidden.steps = [];
  hidden.questions = [];
}

/** Moves to the smallest top-level step that is not finished; stays on the last one when all are. */
function advance(run: Run, records: Records): void {
  while (run.current_step_index < run.metadata.step_count - 1) {
    const status = records.steps.get(String(run.current_step_index))?.status;
    if (status !== 'completed' && status !== 'skipped') return;
    run.current_step_index += 1;
  }
}
