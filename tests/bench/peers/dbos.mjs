// The jobs with DBOS; it keeps them in the PostgreSQL database that DATABASE names.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { DBOS } from '@dbos-inc/dbos-sdk';

import { crashOnce, expect, folder, fourAtATime, job, LARGE, largeText } from './job.mjs';

const systemDatabaseUrl = process.env.DATABASE;
DBOS.setConfig({ name: 'bench', systemDatabaseUrl, runAdminServer: false, logLevel: 'error', applicationVersion: '1' });

const step = (name, run) => DBOS.runStep(run, { name });
const add = (n) =>
  step('add', async () => {
    if (job === 'killed' && n === 100) crashOnce();
    return n + 1;
  });
const workflow = (name, run) => DBOS.registerWorkflow(run, { name });
const chain = workflow('chain', async (count, asks = false) => {
  let n = 0;
  for (let index = 0; index < count; index += 1) n = await add(n);
  if (asks) await DBOS.recv('answer', 100);
  return n;
});
const reads = workflow('reads', async () => {
  const read = (_, index) => step('read', () => sleep(10, index));
  return (await Promise.all(Array.from({ length: 100 }, read))).length;
});
const inner = workflow('inner', (n) => add(n));
const outer = workflow('outer', async () => {
  let n = 0;
  for (let index = 0; index < 100; index += 1) n = await (await DBOS.startWorkflow(inner)(n)).getResult();
  return n;
});
const large = workflow('large', async () => {
  const text = await step('make', async () => largeText());
  return step('measure', async () => text.length);
});

async function reply(body) {
  const headers = { 'content-type': 'application/json' };
  const sent = { method: 'POST', headers, body: JSON.stringify({ model: 'gpt-4o', ...body }) };
  const response = await fetch(`${process.env.OPENAI_BASE_URL}/chat/completions`, sent);
  return (await response.json()).choices[0].message;
}
const agent = workflow('agent', async () => {
  const tools = [{ type: 'function', function: { name: 'add', parameters: {} } }];
  const messages = [{ role: 'user', content: 'Add ten times.' }];
  for (;;) {
    const message = await step('model', () => reply({ messages, tools }));
    messages.push(message);
    if (message.tool_calls === undefined) return message.content;
    for (const { id, function: called } of message.tool_calls) {
      const { a, b } = JSON.parse(called.arguments);
      messages.push({ role: 'tool', tool_call_id: id, content: String(await step('add', async () => a + b)) });
    }
  }
});
const form = workflow('form', async () => {
  const messages = [{ role: 'user', content: 'Which city?' }];
  const message = await step('model', () => reply({ messages, response_format: { type: 'json_schema' } }));
  return JSON.parse(message.content).city;
});

const FILE = join(folder, 'id');
const newId = `${job}-${Date.now()}`;
const start = (run, ...given) => DBOS.startWorkflow(run, { workflowID: newId })(...given);
const result = async (run, ...given) => (await start(run, ...given)).getResult();
const kept = () => DBOS.retrieveWorkflow(readFileSync(FILE, 'utf8'));
const keep = () => writeFileSync(FILE, newId);
/** It waits in its process; ends when all steps are kept. */
async function pauses(count) {
  keep();
  await start(chain, count, true);
  const wait = Math.max(20, count / 10);
  while ((await DBOS.listWorkflowSteps(newId)).length < count) await sleep(wait);
}
async function answer(wanted) {
  const paused = kept();
  await DBOS.send(paused.workflowID, 'yes', 'answer');
  expect(await paused.getResult(), wanted);
}
async function many() {
  for (let count = 0; count < 1_000; count += 1) {
    const run = await DBOS.startWorkflow(chain, { workflowID: `${newId}-${count}` })(1);
    expect(await run.getResult(), 1);
  }
}

const jobs = {
  one: async () => expect(await result(chain, 1), 1),
  steps: async () => {
    keep();
    expect(await result(chain, 200), 200);
  },
  calls: async () => expect(await result(chain, 1_000), 1_000),
  loop: async () => expect(await result(chain, 10_000), 10_000),
  reads: async () => expect(await result(reads), 100),
  ask: () => pauses(1),
  answer: () => answer(1),
  askAfterSteps: () => pauses(200),
  answerAfterSteps: () => answer(200),
  askAfterLoop: () => pauses(10_000),
  answerAfterLoop: () => answer(10_000),
  killed: async () => {
    keep();
    await result(chain, 200);
  },
  afterKill: async () => expect(await kept().getResult(), 200),
  batch: () =>
    fourAtATime(100, async (index) => {
      const run = await DBOS.startWorkflow(chain, { workflowID: `${newId}-${index}` })(3);
      expect(await run.getResult(), 3);
    }),
  inner: async () => expect(await result(outer), 100),
  many,
  manySynced: many,
  list: async () => expect((await DBOS.listWorkflows({ limit: 20, sortDesc: true })).length, 20),
  result: async () => expect((await kept().getStatus()).output, 200),
  large: async () => expect(await result(large), LARGE),
  agent: async () => expect(await result(agent), 'The sum is 10.'),
  form: async () => expect(await result(form), 'Oslo'),
};
await DBOS.launch();
await jobs[job]();
await DBOS.shutdown();
// oxlint-disable-next-line unicorn/no-process-exit -- A workflow that waits for an answer would keep the process.
process.exit();
