import { expect } from 'vitest';

import { createMemoryStore } from '../../src/storage/memory-store.js';
import type { OpenOptions, RunLog, Store } from '../../src/storage/store.js';
import type { RunEvent } from '../../src/domain/run/events.js';
import { isUnknownOutcome, openClarifications } from '../../src/domain/run/clarification.js';
import type { RunId } from '../../src/domain/values/ids.js';
import type { Json } from '../../src/domain/values/json.js';
import type { Run } from '../../src/domain/run/run.js';
import { Bench, planOf } from './bench.js';
import { scriptedModel, type Reply } from './scripted-model.js';
import { scriptedTool, type ScriptedTool } from './scripted-tool.js';

export class Killed extends Error {}

/** When the process dies: before its event of this number is written, or right after it. */
export interface Kill {
  event: number;
  when: 'before' | 'after';
}

/** A store over another one whose process is dead from one event on: nothing that it writes then arrives. */
export function dyingStore(store: Store, kill: Kill | undefined): Store {
  let count = 0;
  let dead = false;
  const die = (): never => {
    dead = true;
    throw new Killed();
  };
  const wrap = (log: RunLog): RunLog =>
    new Proxy(log, {
      get(target, name) {
        if (dead && name !== 'events' && name !== 'run') return die;
        if (name !== 'append') {
          const member: unknown = Reflect.get(target, name, target);
          return typeof member === 'function' ? (member.bind(target) as unknown) : member;
        }
        return (...recorded: Parameters<RunLog['append']>): RunEvent => {
          count += 1;
          if (count === kill?.event && kill.when === 'before') die();
          const event = target.append(...recorded);
          return count === kill?.event ? die() : event;
        };
      },
    });
  return new Proxy(store, {
    get(target, name: keyof Store) {
      if (name === 'createRun') return async (id: RunId) => wrap(await target.createRun(id));
      // The dead process still counts as the owner here, because it is this one.
      if (name === 'openRun')
        return async (id: RunId, options: OpenOptions) =>
          wrap(await target.openRun(id, { ...options, takeOver: true }));
      return target[name].bind(target) as unknown;
    },
  });
}

const plan = planOf([
  { kind: 'tool', tool_id: 'read', args: { text: 'a' }, output: '$read' },
  { kind: 'tool', tool_id: 'write', args: { text: '{{ $read }}' }, output: '$written' },
  { kind: 'tool', tool_id: 'pay', args: { text: '{{ $written }}' }, output: '$paid' },
  { task: 'greet', tool_id: 'pay', inputs: [{ name: '$paid' }], condition: 'if paid', output: '$greeted' },
  { kind: 'tool', tool_id: 'ask', args: {}, output: '$asked' },
  { kind: 'compute', expression: '$greeted & $asked', output: '$end' },
]);

/** The world outside: what it has seen, whatever became of the process. */
interface World {
  tools: Record<'read' | 'write' | 'pay' | 'ask', ScriptedTool>;
  /** Replies that were asked for and arrived. */
  modelCalls: string[];
}

function makeWorld(): World {
  const modelCalls: string[] = [];
  const echo = (id: string) => (args: { [key: string]: Json }) => `${id}(${String(args['text'] ?? '')})`;
  const questions = ['text', 'more'].map((argument_name) => ({
    category: 'Input' as const,
    user_guidance: '?',
    argument_name,
  }));
  const tools = {
    read: scriptedTool('read', { effect: 'read', acts: echo('read') }),
    write: scriptedTool('write', { effect: 'idempotent', acts: echo('write') }),
    pay: scriptedTool('pay', { effect: 'once', acts: echo('pay') }),
    ask: scriptedTool('ask', {
      effect: 'read',
      acts: (_args, { answers }) =>
        answers.length < 2 ? { kind: 'clarifications', clarifications: questions } : String(answers[0]?.response),
    }),
  };
  return { modelCalls, tools };
}

/** A model whose replies depend on the question only, as they would after a crash. */
function modelOf(world: World) {
  const judge: Reply = { json: { outcome: 'continue', reason: 'paid' } };
  const greet: Reply = { calls: [['pay', { text: 'greeting' }]] };
  return {
    id: 'scripted/model',
    async complete(
      request: Parameters<ReturnType<typeof scriptedModel>['complete']>[0],
      options: { signal: AbortSignal },
    ) {
      const isJudge = request.tools === undefined;
      const reply = await scriptedModel([isJudge ? judge : greet]).complete(request, options);
      world.modelCalls.push(isJudge ? 'judge' : 'greet');
      return reply;
    },
  };
}

interface Driven {
  run: Run;
  world: World;
  /** Processes that died. */
  killed: number;
  /** Questions what became of a call. */
  questions: number;
  /** Events that were recorded in all. */
  events: number;
  /** Events up to the first pause. */
  pausedAt: number;
}

/** Drives the run to its end through as many processes as it takes, answering as somebody who looks would. */
export async function driveToEnd(kills: (Kill | undefined)[]): Promise<Driven> {
  const store = createMemoryStore({ now: () => new Date() });
  const world = makeWorld();
  let killed = 0;
  let questions = 0;
  let pausedAt = 0;
  const answers = { text: 'answer', more: 'and more' };
  for (let process = 0; process < 20; process += 1) {
    const bench = new Bench({
      store: dyingStore(store, kills[process]),
      tools: Object.values(world.tools),
      model: modelOf(world),
      policy: { write: 'allow', pay: 'allow' },
    });
    const [id] = await store.listRunIds();
    const started = id !== undefined && (await store.readRun(id)) !== undefined;
    try {
      const run = started ? await bench.resume(id, await lookUp(store, id, world, answers)) : await bench.start(plan);
      questions += openClarifications(run).filter(isUnknownOutcome).length;
      const { last_seq: events } = run.metadata;
      if (run.state === 'COMPLETE') return { run, world, killed, questions, events, pausedAt };
      if (pausedAt === 0) pausedAt = events;
      expect(run.state).toBe('NEED_CLARIFICATION');
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
      killed += 1;
      if (id === undefined && !started && (await store.listRunIds()).length > 0) await forgetEmptyRun(store);
    }
  }
  throw new Error('the run does not end');
}

/** A run of which nothing was saved never was. */
async function forgetEmptyRun(store: Store): Promise<void> {
  const [id] = await store.listRunIds();
  if (id === undefined || (await store.readRun(id)) !== undefined) return;
  await (await store.openRun(id, { takeOver: true })).close().catch(() => undefined);
  await store.removeRun(id);
}

/** The open questions' answers: whether a call happened is seen in the world. */
async function lookUp(
  store: Store,
  id: RunId,
  world: World,
  answers: Record<string, Json>,
): Promise<Record<string, Json>> {
  const open = openClarifications((await store.readRun(id))?.run ?? ({ outputs: { clarifications: [] } } as never));
  const unknown = open.find(isUnknownOutcome);
  const args = unknown?.category === 'Multiple Choice' ? unknown.args : undefined;
  const paid = world.tools.pay.calls.filter((call) => call.args['text'] === args?.['text']).length;
  const last = world.tools.pay.calls.at(-1)?.args['text'];
  return { ...answers, outcome: paid > 0 ? 'happened' : 'not_done', result: `pay(${String(last)})` };
}

/** What must be the same whatever happened on the way. */
export function essence(run: Run): object {
  const { outputs, steps, state, current_step_index, usage, error, pause } = run;
  const records = steps.map(({ path, status, output, output_name, attempts }) => ({
    path,
    status,
    output,
    output_name,
    attempts,
  }));
  const asked = outputs.clarifications
    .filter((question) => question.source !== 'portia')
    .map(({ response }) => response);
  const { step_outputs, final_output } = outputs;
  return { state, current_step_index, usage, error, pause, records, asked, step_outputs, final_output };
}

export function expectOnce(world: World): void {
  expect(world.tools.pay.calls.map((call) => call.args['text'])).toEqual(['write(read(a))', 'greeting']);
  for (const { calls } of Object.values(world.tools)) {
    const keyOf = new Map(calls.map((call) => [JSON.stringify(call.args), call.idempotencyKey]));
    for (const call of calls) expect(call.idempotencyKey).toBe(keyOf.get(JSON.stringify(call.args)));
  }
}

export const undisturbed = await driveToEnd([]);

/** Which process dies where: `undefined` lives until the run pauses or ends. */
export type Kills = (Kill | undefined)[];

const around = (count: number): Kill[] =>
  Array.from({ length: count }, (_, index) => index + 1).flatMap((event) => [
    { event, when: 'before' },
    { event, when: 'after' },
  ]);

/** Around every event of both processes of an undisturbed run: until it asks, and from the answers on. */
export const killPoints: Kills[] = [
  ...around(undisturbed.pausedAt).map((kill) => [kill]),
  ...around(undisturbed.events - undisturbed.pausedAt).map((kill) => [undefined, kill]),
];

/** Checks these kills, each with every kill of the process that continues; gives how many pairs there were. */
export async function killPairs(firsts: Kills[]): Promise<number> {
  let pairs = 0;
  for (const first of firsts) {
    for (const second of around(undisturbed.events)) {
      const { run, world, killed } = await driveToEnd([...first, second]);
      if (killed < 2) break;
      expect({ first, second, ...essence(run) }).toEqual({ first, second, ...essence(undisturbed.run) });
      expectOnce(world);
      pairs += 1;
    }
  }
  return pairs;
}
