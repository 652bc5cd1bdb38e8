// The jobs with LangGraph.js; it keeps them in SQLite.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { Annotation, Command, END, entrypoint, interrupt, START, StateGraph, task } from '@langchain/langgraph';
import { SqliteSaver } from '@langchain/langgraph-checkpoint-sqlite';

import { crashOnce, expect, folder, job, LARGE, largeText } from './job.mjs';

const checkpointer = SqliteSaver.fromConnString(join(folder, 'langgraph.db'));
const at = (thread_id) => ({ configurable: { thread_id }, recursionLimit: 200_000 });
const State = Annotation.Root({ n: Annotation(), ok: Annotation() });
const ask = () => ({ ok: interrupt('May I?') });

function add({ n }) {
  if (job === 'killed' && n === 100) crashOnce();
  return { n: n + 1 };
}

function chain(count, { asks = false, node = add } = {}) {
  const graph = new StateGraph(State);
  for (let index = 0; index < count; index += 1) {
    graph.addNode(`step${index}`, node).addEdge(index === 0 ? START : `step${index - 1}`, `step${index}`);
  }
  if (asks)
    graph
      .addNode('ask', ask)
      .addEdge(`step${count - 1}`, 'ask')
      .addEdge('ask', END);
  else graph.addEdge(`step${count - 1}`, END);
  return graph.compile({ checkpointer });
}

function loop(count, { asks = false } = {}) {
  const graph = new StateGraph(State).addNode('add', add).addEdge(START, 'add');
  if (asks) graph.addNode('ask', ask).addEdge('ask', END);
  const end = asks ? 'ask' : END;
  return graph.addConditionalEdges('add', ({ n }) => (n < count ? 'add' : end)).compile({ checkpointer });
}

const run = async (graph) => (await graph.invoke({ n: 0 }, at('one'))).n;
const answer = async (graph) => expect((await graph.invoke(new Command({ resume: 'yes' }), at('one'))).ok, 'yes');
async function many() {
  const graph = chain(1);
  for (let count = 0; count < 1_000; count += 1) expect((await graph.invoke({ n: 0 }, at(`run${count}`))).n, 1);
}

const jobs = {
  one: async () => expect(await run(chain(1)), 1),
  steps: async () => expect(await run(chain(200)), 200),
  calls: async () => expect(await run(loop(1_000)), 1_000),
  loop: async () => expect(await run(loop(10_000)), 10_000),
  reads: async () => {
    const read = task('read', (index) => sleep(10, index));
    const reads = entrypoint({ checkpointer, name: 'reads' }, () =>
      Promise.all(Array.from({ length: 100 }, (_, index) => read(index))),
    );
    expect((await reads.invoke(0, at('one'))).length, 100);
  },
  ask: () => run(chain(1, { asks: true })),
  answer: () => answer(chain(1, { asks: true })),
  askAfterSteps: () => run(chain(200, { asks: true })),
  answerAfterSteps: () => answer(chain(200, { asks: true })),
  askAfterLoop: () => run(loop(10_000, { asks: true })),
  answerAfterLoop: () => answer(loop(10_000, { asks: true })),
  killed: () => run(chain(200)),
  afterKill: async () => expect((await chain(200).invoke(null, at('one'))).n, 200),
  batch: async () => {
    const count = { length: 100 };
    const threads = Array.from(count, (_, index) => at(`run${index}`));
    const ends = await chain(3).batch(
      Array.from(count, () => ({ n: 0 })),
      threads,
      { maxConcurrency: 4 },
    );
    expect(ends.at(-1).n, 3);
  },
  inner: async () => {
    const inner = new StateGraph(State).addNode('add', add).addEdge(START, 'add').addEdge('add', END).compile();
    expect(await run(chain(100, { node: inner })), 100);
  },
  many,
  manySynced: async () => {
    checkpointer.setup();
    checkpointer.db.pragma('synchronous = FULL');
    await many();
  },
  list: async () => {
    const seen = new Set();
    for await (const { config } of checkpointer.list({}, {})) {
      seen.add(config.configurable.thread_id);
      if (seen.size === 20) break;
    }
    expect(seen.size, 20);
  },
  result: async () => expect((await chain(200).getState(at('one'))).values.n, 200),
  large: async () => {
    const graph = new StateGraph(Annotation.Root({ text: Annotation(), n: Annotation() }))
      .addNode('make', () => ({ text: largeText() }))
      .addNode('measure', ({ text }) => ({ n: text.length }));
    graph.addEdge(START, 'make').addEdge('make', 'measure').addEdge('measure', END);
    expect(await run(graph.compile({ checkpointer })), LARGE);
  },
  // Only these two load what they need for a model.
  agent: async () => {
    const { tool } = await import('@langchain/core/tools');
    const { createReactAgent } = await import('@langchain/langgraph/prebuilt');
    const { ChatOpenAI } = await import('@langchain/openai');
    const z = await import('zod');
    const schema = z.object({ a: z.number(), b: z.number() });
    const sum = tool(async ({ a, b }) => a + b, { name: 'add', description: 'Adds.', schema });
    const llm = new ChatOpenAI({ model: 'gpt-4o' });
    const agent = createReactAgent({ llm, tools: [sum], checkpointer });
    const { messages } = await agent.invoke({ messages: [{ role: 'user', content: 'Add ten times.' }] }, at('one'));
    expect(messages.at(-1).content, 'The sum is 10.');
  },
  form: async () => {
    const { ChatOpenAI } = await import('@langchain/openai');
    const z = await import('zod');
    const city = new ChatOpenAI({ model: 'gpt-4o' }).withStructuredOutput(
      z.object({ city: z.string(), people: z.number() }),
    );
    const node = async () => ({ n: (await city.invoke('Which city?')).city });
    expect(await run(chain(1, { node })), 'Oslo');
  },
};
await jobs[job]();
