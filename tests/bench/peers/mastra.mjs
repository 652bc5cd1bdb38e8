// The jobs with the workflows of Mastra; it keeps them in SQLite (libSQL).
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { Mastra } from '@mastra/core';
import { createStep, createWorkflow } from '@mastra/core/workflows';
import { LibSQLStore } from '@mastra/libsql';
import * as z from 'zod';

import { crashOnce, expect, folder, fourAtATime, job, LARGE, largeText } from './job.mjs';

const url = `file:${join(folder, 'mastra.db')}`;
const N = z.object({ n: z.number() });
const step = (id, execute, more) => createStep({ id, inputSchema: N, outputSchema: N, execute, ...more });
const add = (id) =>
  step(id, async ({ inputData: { n } }) => {
    if (job === 'killed' && n === 100) crashOnce();
    return { n: n + 1 };
  });
const ask = step(
  'ask',
  ({ inputData, resumeData, suspend }) => (resumeData?.ok === true ? inputData : suspend({ why: 'May I?' })),
  { resumeSchema: z.object({ ok: z.boolean() }), suspendSchema: z.object({ why: z.string() }) },
);
const workflow = (id = 'main') => createWorkflow({ id, inputSchema: N, outputSchema: N });
const steps = (each) => each.reduce((flow, one) => flow.then(one), workflow());
const chain = (count) => steps(Array.from({ length: count }, (_, index) => add(`step${index}`)));
const loop = (count) => workflow().dountil(add('add'), async ({ inputData: { n } }) => n >= count);

const made = ({ flow, agents = {}, storage = new LibSQLStore({ id: 'bench', url }) }) =>
  new Mastra({ storage, agents, workflows: { main: flow.commit() }, logger: false }).getWorkflow('main');
function result({ status, result: value, error }) {
  if (status !== 'success') throw new Error(error?.message ?? status);
  return value;
}
async function start(main, inputData = { n: 0 }, runId = 'one') {
  const run = await main.createRun({ runId });
  return run.start({ inputData });
}
const run = async (flow, inputData) => result(await start(made({ flow }), inputData));
async function answer(flow, wanted) {
  const paused = await made({ flow }).createRun({ runId: 'one' });
  expect(result(await paused.resume({ step: 'ask', resumeData: { ok: true } })).n, wanted);
}
async function many(main = made({ flow: chain(1) })) {
  for (let count = 0; count < 1_000; count += 1) expect(result(await start(main, { n: 0 }, `run${count}`)).n, 1);
}

/** The number that `read` makes of what an agent says; only this loads what is needed for a model. */
async function asked(tools, read) {
  const { Agent } = await import('@mastra/core/agent');
  const model = { id: 'openai/gpt-4o', url: process.env.OPENAI_BASE_URL, apiKey: process.env.OPENAI_API_KEY };
  const agent = new Agent({ id: 'agent', name: 'agent', instructions: 'Do it.', model, tools });
  const flow = workflow().then(step('agent', async ({ mastra }) => ({ n: await read(mastra.getAgent('agent')) })));
  return result(await start(made({ flow, agents: { agent } }))).n;
}

const jobs = {
  one: async () => expect((await run(chain(1))).n, 1),
  steps: async () => expect((await run(chain(200))).n, 200),
  calls: async () => expect((await run(loop(1_000))).n, 1_000),
  loop: async () => expect((await run(loop(10_000))).n, 10_000),
  reads: async () => {
    const all = createWorkflow({ id: 'main', inputSchema: z.array(N), outputSchema: z.array(N) });
    const read = step('read', ({ inputData }) => sleep(10, inputData));
    const numbers = Array.from({ length: 100 }, (_, n) => ({ n }));
    expect((await run(all.foreach(read, { concurrency: 100 }), numbers)).length, 100);
  },
  ask: () => start(made({ flow: chain(1).then(ask) })),
  answer: () => answer(chain(1).then(ask), 1),
  askAfterSteps: () => start(made({ flow: chain(200).then(ask) })),
  answerAfterSteps: () => answer(chain(200).then(ask), 200),
  askAfterLoop: () => start(made({ flow: loop(10_000).then(ask) })),
  answerAfterLoop: () => answer(loop(10_000).then(ask), 10_000),
  killed: () => run(chain(200)),
  afterKill: async () => {
    const killed = await made({ flow: chain(200) }).createRun({ runId: 'one' });
    expect(result(await killed.restart()).n, 200);
  },
  batch: async () => {
    const main = made({ flow: chain(3) });
    await fourAtATime(100, async (index) => expect(result(await start(main, { n: 0 }, `run${index}`)).n, 3));
  },
  inner: async () => {
    const inner = (_, index) => workflow(`inner${index}`).then(add('add')).commit();
    expect((await run(steps(Array.from({ length: 100 }, inner)))).n, 100);
  },
  many: () => many(),
  manySynced: async () => {
    const { createClient } = await import('@libsql/client');
    const client = createClient({ url });
    const storage = new LibSQLStore({ id: 'bench', client });
    await storage.init();
    await client.execute('PRAGMA synchronous = FULL');
    await many(made({ flow: chain(1), storage }));
  },
  list: async () => {
    const { runs } = await made({ flow: chain(3) }).listWorkflowRuns({ perPage: 20, page: 0 });
    expect(runs.length, 20);
  },
  result: async () => expect((await made({ flow: chain(200) }).getWorkflowRunById('one')).result.n, 200),
  large: async () => {
    const Text = z.object({ text: z.string() });
    const make = step('make', async () => ({ text: largeText() }), { outputSchema: Text });
    const measure = step('measure', async ({ inputData: { text } }) => ({ n: text.length }), { inputSchema: Text });
    expect((await run(steps([make, measure]))).n, LARGE);
  },
  agent: async () => {
    const { createTool } = await import('@mastra/core/tools');
    const inputSchema = z.object({ a: z.number(), b: z.number() });
    const execute = async ({ a, b }) => ({ sum: a + b });
    const sum = createTool({ id: 'add', description: 'Adds.', inputSchema, execute });
    const said = async (agent) => (await agent.generate('Add ten times.', { maxSteps: 20 })).text;
    expect(await asked({ add: sum }, async (agent) => (await said(agent)).length), 'The sum is 10.'.length);
  },
  form: async () => {
    const schema = z.object({ city: z.string(), people: z.number() });
    const said = async (agent) => (await agent.generate('Which city?', { structuredOutput: { schema } })).object;
    expect(await asked({}, async (agent) => (await said(agent)).people), 700_000);
  },
};
await jobs[job]();
// oxlint-disable-next-line unicorn/no-process-exit -- Its timers would keep the process.
process.exit();
