// How often a model is asked in each mode, counted by a scripted one, beside what the Python SDK 0.9.0 asks for the same.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { benchTable, folder, node, portia } from './measure.js';
import { runPlan } from './projects.js';

const TOOL = 'calculator_tool';
const agent = { task: 'Add 1 and 2', tool_id: TOOL, output: '$sum' };

/** The calls of the Python SDK: of the step itself, and one for the summary that ends each of its plain runs. */
const MODES = [
  ['a plan', 1, plan],
  [
    'a tool whose arguments are known',
    0,
    of({ kind: 'tool', tool_id: TOOL, args: { math_question: '1 + 2' }, output: '$sum' }),
  ],
  ['an agent with one tool', 2, of(agent)],
  ['an agent whose arguments are verified', 4, of({ ...agent, agent: 'verified' })],
  ['an agent under a condition in words', 3, of({ ...agent, condition: 'if it is needed' })],
  ['one answer of a model', 3, of({ kind: 'llm', task: 'Say hello', output: '$said' })],
  ['an agent that decides itself, with one call', 3, of({ kind: 'react', task: 'Add', tools: [TOOL], output: '$sum' })],
  ['what two steps would cost', 2, estimate],
];

export function measureModelCalls() {
  const titles = { here: 'portia', there: 'Python SDK', what: 'model calls of' };
  benchTable(
    'model-calls',
    titles,
    MODES.map(([name, theirs, count]) => [name, theirs, () => counted(count)]),
  );
}

function of(step) {
  return (model) => runPlan([step], '-m', model);
}

function plan(model) {
  node(portia('plan', 'add one and two', '-m', model));
}

function estimate(model) {
  writeFileSync(
    join(folder, 'two.json'),
    JSON.stringify({ plan_context: { query: 'two' }, steps: [agent, { ...agent, output: '$more' }] }),
  );
  node(portia('estimate', 'two.json', '-m', model));
}

/** How often the scripted model was asked in the work. */
function counted(work) {
  const calls = join(folder, 'calls.txt');
  const program = join(folder, 'model.cjs');
  writeFileSync(program, scriptedModel(calls));
  writeFileSync(calls, '');
  work(`exec:${process.execPath} ${program}`);
  const count = readFileSync(calls, 'utf8').length;
  rmSync(calls);
  return count;
}

/** A program that writes a letter for each request, and does what it is asked. */
function scriptedModel(calls) {
  return `
const { appendFileSync, readFileSync } = require('node:fs');
appendFileSync(${JSON.stringify(calls)}, '.');
const { messages, tools = [] } = JSON.parse(readFileSync(0, 'utf8'));
const system = messages[0].content;
const isDone = messages.some(({ role }) => role === 'tool');
const names = tools.map((tool) => tool.function.name);
const called = isDone ? names.find((name) => name.includes('final')) : names[0];
const args = isDone ? { result: '3', answer: '3' } : { math_question: '1 + 2' };
const step = { kind: 'compute', expression: '1 + 2', output: '$sum' };
if (called !== undefined) {
  const call = { id: 'call-1', type: 'function', function: { name: called, arguments: JSON.stringify(args) } };
  console.log(JSON.stringify({ role: 'assistant', content: null, tool_calls: [call] }));
} else if (system.includes('planner')) console.log(JSON.stringify({ steps: [step], error: null }));
else if (system.includes('Trace each')) console.log(JSON.stringify({ math_question: { reason: 'It is.', made_up: false } }));
else if (system.includes('judge')) console.log(JSON.stringify({ outcome: 'continue', reason: 'It is.' }));
else console.log('Hello.');
`;
}
