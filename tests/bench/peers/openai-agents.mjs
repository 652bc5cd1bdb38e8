// The jobs with OpenAI Agents JS. It has no storage: the state is written to a file once, where a run ends or pauses.
// What is not about a model runs with one in this process, which only calls the tool.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import {
  Agent,
  run,
  RunState,
  setDefaultOpenAIClient,
  setOpenAIAPI,
  setTracingDisabled,
  tool,
  Usage,
} from '@openai/agents';
import OpenAI from 'openai';
import * as z from 'zod';

import { expect, folder, job } from './job.mjs';

setTracingDisabled(true);
setOpenAIAPI('chat_completions');
setDefaultOpenAIClient(new OpenAI());

const FILE = join(folder, 'state.json');
const USAGE = { requests: 1, inputTokens: 1, outputTokens: 1, totalTokens: 2 };
const parameters = z.object({ a: z.number(), b: z.number() });
const sum = async ({ a, b }) => a + b;
const add = (execute = sum, more = {}) => tool({ name: 'add', description: 'Adds.', parameters, execute, ...more });
const asks = (needsApproval = true) => add(sum, { needsApproval });

/** So many turns, each with so many calls of the tool; then an answer. */
function calling(turns, { calls = 1 } = {}) {
  let turn = 0;
  const call = (index) => ({
    ...{ type: 'function_call', name: 'add', status: 'completed' },
    ...{ callId: `call_${turn}_${index}`, arguments: JSON.stringify({ a: turn, b: 1 }) },
  });
  const text = { type: 'output_text', text: 'Done.' };
  const end = [{ type: 'message', role: 'assistant', status: 'completed', content: [text] }];
  return {
    async getResponse() {
      turn += 1;
      const output = turn > turns ? end : Array.from({ length: calls }, (_, index) => call(index));
      return { usage: new Usage(USAGE), output };
    },
  };
}

const agent = (model, tools = [add()]) => new Agent({ name: 'agent', instructions: 'Do it.', model, tools });
async function go(one, input = 'Add.') {
  const ended = await run(one, input, { maxTurns: 100_000 });
  writeFileSync(FILE, ended.state.toString());
  return ended;
}
const ends = async (...given) => expect((await go(agent(...given))).finalOutput, 'Done.');
const pauses = async (...given) => expect((await go(agent(...given))).interruptions.length, 1);
async function answer() {
  const one = agent(calling(0), [asks()]);
  const state = await RunState.fromString(one, readFileSync(FILE, 'utf8'));
  state.approve(state.getInterruptions()[0]);
  expect((await go(one, state)).finalOutput, 'Done.');
}

const jobs = {
  one: () => ends(calling(1)),
  steps: () => ends(calling(200)),
  calls: () => ends(calling(1_000)),
  reads: () => ends(calling(1, { calls: 100 }), [add(({ a }) => sleep(10, a))]),
  ask: () => pauses(calling(1), [asks()]),
  answer,
  askAfterSteps: () => {
    let call = 0;
    const isLast = async () => (call += 1) > 200;
    return pauses(calling(201), [asks(isLast)]);
  },
  answerAfterSteps: answer,
  agent: async () => expect((await go(agent('gpt-4o'), 'Add ten times.')).finalOutput, 'The sum is 10.'),
  form: async () => {
    const outputType = z.object({ city: z.string(), people: z.number() });
    const one = new Agent({ name: 'agent', instructions: 'Say.', model: 'gpt-4o', outputType });
    expect((await go(one, 'Which city?')).finalOutput.city, 'Oslo');
  },
};
await jobs[job]();
