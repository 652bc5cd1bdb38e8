// The jobs with the library of portia; it keeps them in files.
import { setTimeout as sleep } from 'node:timers/promises';

import { defineTool, Portia } from 'portia';

import { crashOnce, expect, folder, fourAtATime, job, LARGE, largeText } from './job.mjs';

async function makeTools() {
  const z = await import('zod');
  const numbers = z.object({ a: z.number(), b: z.number() });
  const tool = (id, args, run) => defineTool({ id, name: id, description: `${id}.`, effect: 'read', args, run });
  const add = async (_context, { a, b }) => {
    if (job === 'killed' && a === 100) crashOnce();
    return a + b;
  };
  return [
    tool('add', numbers, add),
    tool('wait', numbers, async (_context, { a }) => sleep(10, a)),
    tool('large', z.object({}), async () => largeText()),
  ];
}

// What only reads runs needs none.
const tools = ['list', 'result'].includes(job) ? [] : await makeTools();
// What answers is there in the second process only.
const yes = { ask: async (questions) => questions.map(({ id }) => ({ id, response: true })) };
const clarificationHandler = job.startsWith('answer') ? yes : undefined;
const portia = new Portia({ dir: folder, tools, trustProject: true, clarificationHandler });

const plan = (steps) => ({ plan_context: { query: job, tool_ids: ['add', 'wait', 'large'] }, steps });
const call = (id, args, output) => ({ kind: 'tool', tool_id: id, args, output });
const compute = (expression, output) => ({ kind: 'compute', expression, output });
const ASK = { kind: 'user_verify', message: 'May I?', output: '$ok' };
const chain = (count) =>
  Array.from({ length: count }, (_, index) =>
    call('add', { a: index === 0 ? 0 : `{{ $n${index - 1} }}`, b: 1 }, `$n${index}`),
  );
const loop = (count, step, more) => ({
  ...{ kind: 'for_each', over: `[1..${count}]`, as: 'n', steps: [step], output: '$all' },
  ...more,
});
const sums = loop(10_000, compute('$n + 1', '$sum'));
const inner = (index) => ({
  ...{ kind: 'plan', inputs: {}, output: `$inner${index}` },
  plan: plan([call('add', { a: index, b: 1 }, '$sum')]),
});
const FORM = {
  ...{ type: 'object', required: ['city', 'people'], additionalProperties: false },
  properties: { city: { type: 'string' }, people: { type: 'number' } },
};

const run = (steps) => portia.runPlan(plan(steps));
async function result(running) {
  const { state, outputs, error } = await running;
  if (state !== 'COMPLETE') throw new Error(error?.message ?? state);
  return outputs.final_output.value;
}
async function newest() {
  const [{ id }] = await portia.listRuns({ limit: 1 });
  return id;
}
const resume = async () => portia.resume(await newest());
const answer = async () => expect((await resume()).state, 'COMPLETE');
async function many() {
  const steps = chain(1);
  for (let count = 0; count < 1_000; count += 1) expect(await result(run(steps)), 1);
}

const jobs = {
  one: async () => expect(await result(run(chain(1))), 1),
  steps: async () => expect(await result(run(chain(200))), 200),
  calls: async () =>
    expect((await result(run([loop(1_000, call('add', { a: '{{ $n }}', b: 1 }, '$sum'))]))).at(-1), 1_001),
  loop: async () => expect(await result(run([sums, compute('$all[-1]', '$last')])), 10_001),
  reads: async () => {
    const reads = loop(100, call('wait', { a: '{{ $n }}', b: 1 }, '$read'), { max_parallel: 100 });
    expect((await result(run([reads]))).length, 100);
  },
  ask: () => run([...chain(1), ASK]),
  answer,
  askAfterSteps: () => run([...chain(200), ASK]),
  answerAfterSteps: answer,
  askAfterLoop: () => run([sums, ASK]),
  answerAfterLoop: answer,
  killed: () => run(chain(200)),
  afterKill: async () => expect(await result(resume()), 200),
  batch: () => fourAtATime(100, async () => expect(await result(run(chain(3))), 3)),
  inner: async () => expect(await result(run(Array.from({ length: 100 }, (_, index) => inner(index)))), 100),
  many,
  manySynced: many,
  list: async () => expect((await portia.listRuns({ limit: 20 })).length, 20),
  result: async () => expect((await portia.getRun(await newest())).outputs.final_output.value, 200),
  large: async () => expect(await result(run([call('large', {}, '$text'), compute('$length($text)', '$size')])), LARGE),
  agent: async () => {
    const adds = { kind: 'react', task: 'Add ten times.', tools: ['add'], inputs: [], output: '$sum' };
    expect(await result(run([adds])), 'The sum is 10.');
  },
  form: async () => {
    const asks = { kind: 'llm', task: 'Which city?', inputs: [], output: '$city', output_schema: FORM };
    expect((await result(run([asks]))).city, 'Oslo');
  },
};
await jobs[job]();
await portia.close();
