import { expect } from 'vitest';

import { openClarifications, type Clarification } from '../../src/domain/run/clarification.js';
import type { RunEvent } from '../../src/domain/run/events.js';
import type { Json } from '../../src/domain/values/json.js';
import type { Run } from '../../src/domain/run/run.js';
import { effectsOf, type Effect } from './crashed-project.js';
import type { ScriptEntry } from './model-server.js';
import { portiaHere } from './portia-here.js';
import type { Ended } from './portia.js';
import { loggedRunIds, readEvents } from './scenario.js';

/** Does the work on all items, as many at once as the machine has room for. */
export async function forEachSideBySide<Item>(items: Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const left = [...items];
  const workers = [1, 2, 3].map(async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  });
  await Promise.all(workers);
}

/**
 * What is left of a model's script when these of all events of an undisturbed run are recorded. The script has an entry
 * for each model call, in the order in which they were begun.
 */
export function remainingScript(script: ScriptEntry[], all: RunEvent[], recorded: RunEvent[]): ScriptEntry[] {
  const keysOf = (events: RunEvent[], type: 'model.started' | 'model.finished'): string[] =>
    events.flatMap((event) => (event.type === type ? [`${event.run_id}/${event.key}`] : []));
  const begun = keysOf(all, 'model.started');
  expect(begun).toHaveLength(script.length);
  const finished = new Set(keysOf(recorded, 'model.finished'));
  return script.filter((_, index) => !finished.has(begun[index] ?? '')).map((entry) => ({ ...entry }));
}

export interface FinishOptions {
  env?: Record<string, string> | undefined;
  /** Added to each `resume`: approvals, stubs. */
  flags?: string[] | undefined;
  /** What the person says to a question of the plan, or does there; undefined leaves it open. */
  answers?: ((question: Clarification, folder: string) => Json | undefined) | undefined;
  /** The binary, or the command line in this process. */
  portia?: typeof portiaHere | undefined;
}

/** Questions that one run may ask, one after the other. */
const MAX_PAUSES = 50;

/**
 * Resumes a run until it ends, answering its questions as they come up. What became of a call that was under way
 * is answered as effects.log says, whose lines then also have the `result`.
 */
export async function finishRun(
  folder: string,
  id: string,
  options: FinishOptions = {},
): Promise<Ended & { asked: number }> {
  const { env, flags = [], answers, portia = portiaHere } = options;
  const call = { cwd: folder, ...(env && { env }) };
  let asked = 0;
  let given: string[] = [];
  for (let pause = 0; pause < MAX_PAUSES; pause += 1) {
    const end = await portia(['resume', id, ...flags, ...given, '--no-prompt', '--json'], call);
    if (end.code !== 8) return { ...end, asked };
    const open = openClarifications(JSON.parse(end.stdout) as Run);
    given = open.flatMap((question) => {
      const isOurs = question.source === 'portia' && question.category !== 'User Verification';
      if (isOurs) asked += 1;
      const response = isOurs ? truth(folder, question) : answers?.(question, folder);
      return response === undefined ? [] : ['--answer', `${question.id}:=${JSON.stringify(response)}`];
    });
    if (given.length === 0) return { ...end, asked };
  }
  throw new Error(`${id} asked more than ${MAX_PAUSES} times`);
}

/** What somebody who looks knows about the call that a question of ours is about. */
function truth(folder: string, question: Clarification): Json {
  const effect = effectsOf<Effect & { result?: Json }>(folder).find(({ key }) => key === callOf(folder, question));
  if ('argument_name' in question && question.argument_name === 'result') return effect?.result ?? null;
  return effect === undefined ? 'not_done' : 'happened';
}

/** The idempotency key of the call; a question of a run inside another is raised in both. */
function callOf(folder: string, { id }: Clarification): string | undefined {
  for (const runId of loggedRunIds(folder)) {
    const events = readEvents(folder, runId);
    const raised = events.find((event) => event.type === 'clarification.raised' && event.clarification.id === id);
    const asked = raised?.type === 'clarification.raised' ? raised.clarification.key : undefined;
    const call = events.find((event) => event.type === 'tool.started' && asked?.startsWith(`${event.key}:`) === true);
    if (call?.type === 'tool.started') return call.idempotency_key;
  }
  return undefined;
}

/** What must be the same whatever happened on the way: a person may have been asked about an open call. */
export function essence(run: Run): object {
  const { id: _id, plan_id: _plan, metadata: _metadata, outputs, steps, ...rest } = run;
  const records = steps.map(({ started_at: _start, finished_at: _end, ...step }) => step);
  const asked = outputs.clarifications
    .filter((question) => question.source !== 'portia')
    .map(
      ({ id: _q, plan_run_id: _run, raised_at: _raised, resolved_at: _resolved, key: _key, ...question }) => question,
    );
  return { ...rest, records, outputs: { ...outputs, clarifications: asked } };
}

/** No step that had ended began again, and no model call that had finished was made again. */
export function expectNothingAgain(events: RunEvent[], label: object): void {
  const over = new Set<string>();
  const again: string[] = [];
  for (const event of events) {
    if (event.type === 'step.completed' || event.type === 'step.skipped') over.add(`${event.run_id}/${event.path}`);
    if (event.type === 'step.started' && over.has(`${event.run_id}/${event.path}`)) again.push(event.path);
    if (event.type !== 'model.finished') continue;
    if (over.has(`${event.run_id}/${event.key}`)) again.push(event.key);
    over.add(`${event.run_id}/${event.key}`);
  }
  expect({ ...label, again }).toEqual({ ...label, again: [] });
}
