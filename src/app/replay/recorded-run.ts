import { callsOfRun, placeInside } from '../../domain/recording/calls-of-run.js';
import type { RecordedCall } from '../../domain/recording/recorded-call.js';
import type { Recording, RunResult, StepResult } from '../../domain/recording/recording.js';
import { PortiaError } from '../../domain/errors.js';
import { portia } from '../../domain/next-step.js';
import type { Plan } from '../../domain/plan/plan.js';
import type { EventOf, Recorded, RunEvent } from '../../domain/run/events.js';
import type { DriveSetup } from '../../domain/run/driver.js';
import type { ToolDefinition } from '../../domain/run/tool-definition.js';
import { DEFAULT_END_USER, isStored, type Output, type Run } from '../../domain/run/run.js';
import type { RunId } from '../../domain/values/ids.js';
import type { Json } from '../../domain/values/json.js';
import type { Store } from '../../storage/store.js';
import { outputValue } from '../output-value.js';
import { recall } from '../recall.js';

/** The plan of a run with all that are inside it. */
export interface WholePlan {
  plan: Plan;
  innerPlans: Plan[];
}

/**
 * A run that is in a store, as it can be played. Rejects with `unreadable` for one that another program began: what came
 * before is not recorded.
 */
export async function recordedRun(id: RunId, { plan, innerPlans }: WholePlan, store: Store): Promise<Recording> {
  const { run } = await store.requireRun(id);
  const [created] = await store.readEvents(id);
  if (created?.type !== 'run.created') throw notRecorded(id);
  const parts: RunParts = { calls: [], steps: new Map(), triedAgain: { failed: 0, unavailable: 0 } };
  await addRun(id, { prefix: '', store, parts });
  const user = run.end_user_id === DEFAULT_END_USER ? undefined : await store.readEndUser(run.end_user_id);
  return {
    ...{ runId: id, plan, innerPlans, ...parts },
    inputs: await valuesOf(run, run.plan_run_inputs, store),
    clock: created.ts,
    endUserId: run.end_user_id,
    ...(user && { endUser: user }),
    ...(created.by && { by: created.by }),
    ...(created.agent && { agent: created.agent }),
    tools: await definitionsIn(created, store),
    end: await endOf(run, store),
  };
}

async function definitionsIn(
  { run_id: id, tool_definitions: kept }: EventOf<'run.created'>,
  store: Store,
): Promise<ToolDefinition[]> {
  if (kept === undefined) return [];
  const definitions = kept.value ?? (await recall(store, id, { memory: kept }));
  return Array.isArray(definitions) ? (definitions as unknown as ToolDefinition[]) : [];
}

interface RunParts {
  calls: RecordedCall[];
  steps: Map<string, StepResult>;
  isCancelled?: boolean;
  setup?: DriveSetup | undefined;
  triedAgain: Recording['triedAgain'];
}

/** Adds what is recorded of a run, and then of those inside it. */
async function addRun(
  id: RunId,
  { prefix, store, parts }: { prefix: string; store: Store; parts: RunParts },
): Promise<void> {
  const inside = new Map<RunId, string>();
  const events: RunEvent[] = [];
  let stopped: keyof Recording['triedAgain'] | undefined;
  for (const event of await store.readEvents(id)) {
    if (event.type === 'step.started' && event.sub_run !== undefined) inside.set(event.sub_run, event.path);
    if (prefix === '' && event.type === 'run.resumed' && stopped !== undefined) parts.triedAgain[stopped] += 1;
    stopped = stopOf(event) ?? (event.type === 'run.resumed' ? undefined : stopped);
    if (prefix === '' && event.type === 'run.started') parts.setup = event.setup;
    if (prefix === '' && event.type === 'run.cancelled') parts.isCancelled = true;
    const end = stepEnd(event);
    if (end !== undefined) parts.steps.set(`${prefix}${end.path}`, end.result);
    events.push(await withValues(event, async (recorded) => recall(store, id, recorded)));
  }
  parts.calls.push(...callsOfRun(events, prefix));
  for (const [inner, path] of inside) {
    // A step says which run it starts before that run is there.
    if (await store.has(inner)) await addRun(inner, { prefix: `${prefix}${placeInside(path)}`, store, parts });
  }
}

/** After which the run asks for the same again once it continues. */
function stopOf(event: RunEvent): keyof Recording['triedAgain'] | undefined {
  if (event.type === 'run.failed') return 'failed';
  return event.type === 'run.paused' && event.reason === 'unavailable' ? 'unavailable' : undefined;
}

/** The event with the large values that it names. */
async function withValues(event: RunEvent, find: (recorded: Recorded) => Promise<Json>): Promise<RunEvent> {
  const value = async (recorded: Recorded) => ({ value: await find(recorded) });
  switch (event.type) {
    case 'model.started': {
      const { request } = event;
      if (request === undefined || request.value !== undefined) return event;
      const sent = await find({ memory: request });
      return sent === null ? event : { ...event, request: { ...request, value: sent } };
    }
    case 'model.finished':
    case 'hook.changed':
      return { ...event, reply: await value(event.reply) };
    case 'tool.started':
      return { ...event, args: await value(event.args) };
    case 'tool.finished': {
      const { outcome } = event;
      return outcome.kind === 'output'
        ? { ...event, outcome: { ...outcome, output: await value(outcome.output) } }
        : event;
    }
    case 'signal.received':
      return { ...event, data: await value(event.data) };
    case 'step.settled':
      return event.value === undefined ? event : { ...event, value: await value(event.value) };
    default:
      return event;
  }
}

/** How a step ended, if the event says that. */
export function stepEnd(event: RunEvent): { path: string; result: StepResult } | undefined {
  switch (event.type) {
    case 'step.completed':
      return { path: event.path, result: completed(event) };
    case 'step.skipped':
      return { path: event.path, result: { kind: 'skipped' } };
    case 'step.failed':
      return { path: event.path, result: { kind: 'failed', error: event.error } };
    default:
      return undefined;
  }
}

function completed({ output }: EventOf<'step.completed'>): StepResult {
  if (output === undefined) return { kind: 'completed' };
  if (isStored(output)) return { kind: 'completed', digest: output.digest ?? '' };
  return { kind: 'completed', output: output.value };
}

/** How a run ended, or where it stopped. */
export async function endOf(run: Run, store: Store): Promise<RunResult> {
  const { state, error, outputs } = run;
  const { final_output: output } = outputs;
  return {
    state,
    ...(error !== null && { error }),
    ...(output !== null && { output: await outputValue(store, run, output) }),
  };
}

async function valuesOf(run: Run, outputs: Record<string, Output>, store: Store): Promise<Record<string, Json>> {
  const values: Record<string, Json> = {};
  for (const [name, output] of Object.entries(outputs)) values[name] = await outputValue(store, run, output);
  return values;
}

function notRecorded(id: RunId): PortiaError {
  return new PortiaError('unreadable', `The beginning of ${id} is not recorded, so it cannot be played again.`, {
    why: 'Another program began it, and portia took it over.',
    fix: portia('show', id),
    runId: id,
  });
}
