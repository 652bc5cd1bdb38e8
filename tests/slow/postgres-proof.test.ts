import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { describe, expect, onTestFinished, test } from 'vitest';

import { TABLES_VERSION } from '../../src/storage/postgres/migrations.js';
import { startModelServer, type ChatRequestBody, type ScriptedReply } from '../support/model-server.js';
import { portiaHere } from '../support/portia-here.js';
import { HAS_POSTGRES, newStoreUrl } from '../support/postgres.js';
import { startCuttingProxy } from './cutting-proxy.js';
import {
  countOpenRuns,
  crashServer,
  Crew,
  expectAllDone,
  numbersTo,
  Person,
  queueRuns,
  rowsOf,
} from './worker-crew.js';

/** As many as the proof is worth; fewer for a look. */
const RUNS = Number(process.env['PORTIA_PROOF_RUNS'] ?? 500);
const [PROCESSES, JOBS] = [5, 20];
const CRASHES = 4;
const LEASE_S = 3;
/** Frozen for longer than a lease, and not longer than the questions wait: the time limit of a call, and the lease. */
const FROZEN_MS = 5_000;
const CALL_MS = 4_000;

const call = (tool_id: string, n: string, output: string) => ({ kind: 'tool', tool_id, args: { n }, output });
const compute = (expression: string, output: string) => ({ kind: 'compute', expression, output });

/** Every kind of step once. */
const PLAN = {
  plan_context: { query: 'everything at once', tool_ids: ['read_tool', 'send_tool', 'stamp_tool'] },
  plan_inputs: [{ name: '$n', schema: { type: 'number' } }],
  steps: [
    { task: 'Read the number {{ $n }}', tool_id: 'read_tool', inputs: [{ name: '$n' }], output: '$read' },
    call('stamp_tool', '{{ $n }}', '$stamped'),
    { kind: 'llm', task: 'Say a word', inputs: [], output: '$word' },
    { kind: 'react', task: 'Read the number', tools: ['read_tool'], inputs: [{ name: '$n' }], output: '$worked' },
    { kind: 'user_input', message: 'May it go?', output: '$may' },
    { kind: 'user_verify', message: 'Send {{ $n }}?' },
    { kind: 'wait', for: '1500ms' },
    { kind: 'wait_for', event: 'paid', key: '{{ $n }}', output: '$paid' },
    call('send_tool', '{{ $n }}', '$sent'),
    {
      kind: 'for_each',
      over: '[1, 2]',
      as: 'item',
      steps: [compute('$item * $n', '$part')],
      collect: '$part',
      output: '$parts',
    },
    {
      kind: 'if',
      branches: [{ when: '$sum($parts) = 3 * $n', steps: [compute('1', '$right')] }],
      else: [compute('0', '$right')],
    },
    { kind: 'while', when: '$right > 1', steps: [compute('1', '$right')], max_iterations: 2 },
    { kind: 'do_while', when: '$turn > 1', steps: [compute('1', '$turn')], max_iterations: 2 },
    {
      kind: 'plan',
      plan: { plan_context: { query: 'inside' }, plan_inputs: [{ name: '$m' }], steps: [compute('$m + 1', '$inner')] },
      inputs: { m: '{{ $n }}' },
      output: '$more',
    },
    compute('$may & " " & $string($sent + $stamped + $right + $more) & " " & $paid.by', '$end'),
    { kind: 'exit', message: '{{ $end }}' },
  ],
};

/** Reads once where it may, and then says a word. */
function reply({ messages, tools = [], response_format: format }: ChatRequestBody): ScriptedReply {
  const hasRead = messages.some(({ role }) => role === 'tool');
  const name = tools.find((tool) => tool.function.name.startsWith('read_tool'))?.function.name;
  if (name !== undefined && !hasRead) return { toolCalls: [{ name, arguments: { n: 1 } }] };
  return format?.type === 'json_schema' ? { json: { result: 'word' } } : { text: 'word' };
}

/** A clock that is an hour early. */
const EARLY = `const now = Date.now; const Real = Date;
globalThis.Date = class extends Real { constructor(...args) { if (args.length === 0) super(Date.now()); else super(...args); } };
globalThis.Date.now = () => now() + 3_600_000;`;

describe.runIf(HAS_POSTGRES)('the proof of many workers', () => {
  test(`when ${RUNS} runs meet kills, frozen workers, crashes of the server, cut connections and wrong clocks, then each is right, and nothing is done twice`, async () => {
    const { url, schema } = await newStoreUrl();
    const model = await startModelServer(reply);
    onTestFinished(() => model.close());
    const proxy = await startCuttingProxy(new URL(url), { delayMs: 20, cutEvery: 300 });
    proxy.url.searchParams.set('lease', `${LEASE_S}s`);
    const direct = new URL(url);
    direct.searchParams.set('lease', `${LEASE_S}s`);
    const settings = { tools: { modules: ['./tools/*.mjs'], settings: { send_tool: { timeout_ms: CALL_MS } } } };
    const place = await queueRuns(PLAN, {
      runs: RUNS,
      schema,
      env: { ...model.environment, PORTIA_MODEL: 'm', PORTIA_STORE: direct.href },
      files: { 'early.cjs': EARLY, 'portia.json': settings },
    });

    const crew = new Crew(place, ['--jobs', String(JOBS), '--approve', '*']);
    onTestFinished(() => crew.end());
    for (let index = 0; index < PROCESSES; index += 1) {
      const isOff = index % 2 === 1;
      crew.start({
        PORTIA_STORE: isOff ? proxy.url.href : direct.href,
        ...(index === 0 && { NODE_OPTIONS: `--require=${join(place.cwd, 'early.cjs')}` }),
      });
    }
    const person = new Person(place, (question) =>
      question.category === 'User Verification' ? 'verify=yes' : 'may=go',
    );
    const trouble = makeTrouble(crew, schema);
    for (const n of numbersTo(RUNS)) {
      // Early for most runs, whose step has not been reached.
      // A server that is just starting again takes none: whoever sends it is told.
      while ((await portiaHere(['signal', 'paid', '--key', String(n), '--data', '{"by":"Ann"}'], place)).code !== 0) {
        await sleep(500);
      }
    }
    const deadline = Date.now() + 20 * 60_000;
    while ((await countOpenRuns(schema)) > 0) {
      await person.answerAll();
      await sleep(500);
      if (Date.now() > deadline) throw new Error(`${await countOpenRuns(schema)} runs are not complete`);
    }
    trouble.end();
    await trouble.done;

    console.info({ runs: RUNS, kills: crew.kills, cuts: proxy.cuts(), unknownAsked: person.unknownAsked });
    await expectAllDone(place, RUNS, (n) => `go ${n * 21 + 2} Ann`);
    expect(model.unexpected).toEqual([]);
  });
});

/** Kills a worker each second, freezes some, crashes the server now and then, and changes the tables in the middle. */
function makeTrouble(crew: Crew, schema: string): { done: Promise<void>; end: () => void } {
  let isOver = false;
  async function make(): Promise<void> {
    for (let second = 1; !isOver; second += 1) {
      await sleep(1_000);
      crew.killOne();
      if (second % 7 === 0) await crew.freezeOne(FROZEN_MS);
      if (second % 9 === 0 && second / 9 <= CRASHES) await crashServer();
      if (second === 20) await changeTables(schema);
    }
  }
  return { done: make(), end: () => (isOver = true) };
}

/** As a newer release would, with which this one can work. */
async function changeTables(schema: string): Promise<void> {
  await rowsOf(`alter table ${schema}.runs add column colour text`);
  await rowsOf(`insert into ${schema}.migrations (number, works_from) values (99, ${TABLES_VERSION})`);
}
