import { spawn } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

import { startModelServer, type ScriptEntry } from '../support/model-server.js';
import { cleanEnvironment, makeProject, PORTIA, UNTRUSTED, TESTED_NODE } from '../support/portia.js';

const README = readFileSync('README.md', 'utf8');

/** A command line of the README, what it is said to end with, and the output shown below it. */
interface Example {
  line: string;
  exitCode: number;
  shown: string[];
}

const blocks = codeBlocks('console').map((text, index): [string, Example[]] => {
  const examples = readExamples(text);
  return [`${index + 1}: ${examples[0]?.line ?? ''}`, examples];
});

test('when the README is read, then it has examples to run', () => {
  expect(blocks.flatMap(([, examples]) => examples).length).toBeGreaterThan(30);
});

test.each(blocks)(
  'when the examples of block %s are typed, then they do what the README says',
  async (_name, examples) => {
    const project = makeReadmeProject(examples.some(({ line }) => line.includes('greet')));
    const needsModel = examples.some(({ line }) => line.startsWith('export OPENAI_API_KEY'));
    const refines = examples.some(({ line }) => line.startsWith('portia refine'));
    const server = await startModelServer(refines ? REFINING : needsModel ? SCRIPT : []);
    onTestFinished(() => server.close());
    for (const example of examples) {
      if (example.line.startsWith('export ')) continue;
      const output = await type(
        project,
        example,
        needsModel ? { ...server.environment, TAVILY_API_KEY: 'tvly-test' } : {},
      );
      const lines = output.split('\n').map(normalise);
      for (const shown of example.shown.map(normalise)) expect(lines).toContain(shown);
    }
    expect(server.unexpected).toEqual([]);
    expect(server.remaining).toEqual([]);
  },
);

/** What the model says to the example that refines a plan. */
const REFINING: ScriptEntry[] = [
  {
    match: /## Change\nsay it in words/,
    reply: { json: { steps: [{ keep: 0 }, { task: 'Say it.', inputs: ['$result'], output: '$words' }], error: null } },
  },
];

/** What the model says to the examples of planning with one. */
const SCRIPT: ScriptEntry[] = [
  { reply: { json: { steps: seedSteps(), error: null } } },
  { reply: { toolCalls: [{ name: 'search_tool', arguments: { search_query: 'Amazon stock 2024' } }] } },
  { reply: { toolCalls: [{ name: 'search_tool', arguments: { search_query: 'Google stock 2024' } }] } },
  { reply: { text: 'Amazon grew faster.' } },
];

function seedSteps(): unknown {
  const plan = readFileSync('plans/plan-1dcd74a4-0af5-490a-a7d0-0df4fd983977.json', 'utf8');
  return (JSON.parse(plan) as { steps: unknown }).steps;
}

/** Everything that the examples name, some of it taken from the README itself. */
function makeReadmeProject(hasOwnTool: boolean): string {
  const tool = (tool_id: string, args: object, output: string) => ({ kind: 'tool', tool_id, args, output });
  const plan = (query: string, steps: object[], rest: object = {}) => ({
    plan_context: { query, tool_ids: [] },
    steps,
    ...rest,
  });
  const project = makeProject({
    'demo_runs/weather.txt': 'Sunny, 21 degrees\n',
    'old/weather.txt': 'Rain\n',
    'orders.csv': 'state,amount\nopen,10\npaid,5\nopen,2.5\n',
    'orders.json': codeBlock('json', 'Total of the open orders'),
    'order.json': codeBlock('json', 'Order what is missing'),
    'process.yaml': codeBlock('yaml', 'plan_context'),
    ...(hasOwnTool && {
      'portia.json': codeBlock('json', '"modules"'),
      'tools/greet.ts': codeBlock('ts', 'defineTool('),
    }),
    'plan.json': plan('Add', [tool('calculator_tool', { math_question: '1 + 2' }, '$result')]),
    'city.json': plan('Weather', [tool('weather_tool', { city: '{{ $city }}' }, '$weather')], {
      plan_inputs: [{ name: '$city' }],
    }),
    'broken.json': plan('Broken', [tool('no_such_tool', { x: '{{ $nothing }}' }, '$out')]),
  });
  for (const folder of ['plans', 'runs']) cpSync(folder, join(project, folder), { recursive: true });
  mkdirSync(join(project, '.bin'));
  writeFileSync(join(project, '.bin/portia'), `#!/bin/sh\nexec "${TESTED_NODE}" "${PORTIA}" "$@"\n`);
  chmodSync(join(project, '.bin/portia'), 0o755);
  return project;
}

/** Runs one line in a shell. A lone command shows what a terminal would. */
async function type(project: string, { line, exitCode }: Example, env: Record<string, string>): Promise<string> {
  const environment = cleanEnvironment(project, { ...env, ...UNTRUSTED });
  const isAlone = !/[|>]/.test(line.replaceAll(/'[^']*'|"[^"]*"/g, ''));
  const { promise, resolve } = withResolver<{ code: number | null; output: string }>();
  const shell = spawn('bash', ['-o', 'pipefail', '-c', line], {
    cwd: project,
    env: {
      ...environment,
      PATH: `${join(project, '.bin')}:${environment['PATH']}`,
      ...(isAlone && { PORTIA_FORMAT: 'human' }),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  shell.stdout.on('data', (data) => (output += data));
  shell.stderr.on('data', (data) => (output += data));
  shell.on('close', (code) => resolve({ code, output }));
  const ended = await promise;
  expect(ended.code, `${line}\n${ended.output}`).toBe(exitCode);
  return ended.output;
}

function withResolver<Value>() {
  let resolve!: (value: Value) => void;
  const promise = new Promise<Value>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

function codeBlocks(language: string): string[] {
  return [...README.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(
    (match) => match[1] ?? '',
  );
}

function codeBlock(language: string, mark: string): string {
  const block = codeBlocks(language).find((text) => text.includes(mark));
  if (block === undefined) throw new Error(`The README has no ${language} block with ${mark}.`);
  return block;
}

function readExamples(text: string): Example[] {
  const examples: Example[] = [];
  for (const line of text.split('\n')) {
    if (line.startsWith('$ ')) {
      const [, command = '', code] = /^\$ (.*?)(?:\s+# exit (\d+))?$/.exec(line) ?? [];
      examples.push({ line: command, exitCode: Number(code ?? 0), shown: [] });
    } else if (line.trim() !== '') examples.at(-1)?.shown.push(line);
  }
  return examples;
}

/** Ids and times differ from run to run. */
function normalise(line: string): string {
  return (
    line
      .replaceAll(/(plan|prun)-[0-9a-f-]{36}/g, '$1-ID')
      .replaceAll(/\d+ ms|\d+(\.\d+)? s/g, 'TIME')
      // Columns are as wide as the times in them.
      .replaceAll(/ {2,}/g, '  ')
      .trimEnd()
  );
}
