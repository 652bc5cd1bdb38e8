// How often a model is asked in each mode, counted by a scripted one, beside what the Python SDK 0.9.0 asks for the same.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { bench, folder, isWanted, node, portia } from './measure.js';
import { runPlan } from './projects.js';

const TOOL = 'calculator_tool';
const agent = { task: 'Add 1 and 2', tool_id: TOOL, output: '$sum' };

/** The calls of the Python SDK: of the step itself, and one for the summary that ends each of its plain runs. */
const MODES = [
  ['plan', 'a plan', 1, plan],
  [
    'tool',
    'a tool whose arguments are known',
    0,
    of({ kind: 'tool', tool_id: TOOL, args: { math_question: '1 + 2' }, output: '$sum' }),
  ],
  ['agent', 'an agent with one tool', 2, of(agent)],
  ['condition', 'the same under a condition in words', 3, of({ ...agent, condition: 'if it is needed' })],
  ['llm', 'one answer of a model', 3, of({ kind: 'llm', task: 'Say hello', output: '$said' })],
  [
    'react',
    'an agent that decides itself, with one call',
    3,
    of({ kind: 'react', task: 'Add', tools: [TOOL], output: '$sum' }),
  ],
  ['estimate', 'what two steps would cost', 2, estimate],
];

export function measureModelCalls() {
  if (!MODES.some(([, name]) => isWanted('model-calls', lineOf(name)))) return;
  console.log('Model calls here, and at most as many as the Python SDK makes:');
  for (const [, name, theirs, count] of MODES) bench('model-calls', lineOf(name), theirs, () => counted(count));
}

const lineOf = (name) => `model calls: ${name}`;

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
else if (system.includes('judge')) console.log(JSON.stringify({ outcome: 'continue', reason: 'It is.' }));
else console.log('Hello.');
`;
}
