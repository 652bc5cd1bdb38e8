import { spawn } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

import { projectSettingsSchema } from '../../src/config/settings-schema.js';
import { startModelServer, type ScriptEntry } from '../support/model-server.js';
import { codeBlocks, examplesOf, filesOf, type Example } from '../support/page-examples.js';
import { cleanEnvironment, makeProject, PORTIA, TESTED_NODE, UNTRUSTED } from '../support/portia.js';
import { expectKnownCommand } from '../support/printed-error.js';

/** The pages whose examples are typed here. Those of trust.md and library.md are run by tests of their own. */
const PAGES = [
  'README.md',
  'docs/commands.md',
  'docs/plan-language.md',
  'docs/tools.md',
  'docs/models.md',
  'docs/scripts-and-ci.md',
  'docs/settings.md',
  'docs/files.md',
];
const TRIED_ELSEWHERE = ['docs/trust.md', 'docs/library.md'];

const blocks = PAGES.flatMap((page) =>
  examplesOf(page).map((examples): [page: string, first: string, Example[]] => [
    page,
    examples[0]?.line ?? '',
    examples,
  ]),
);

test('when a page is for users then its commands are typed by a test', () => {
  const pages = ['README.md', ...readdirSync('docs').map((name) => `docs/${name}`)].filter((page) =>
    page.endsWith('.md'),
  );
  const withExamples = pages.filter((page) => codeBlocks(page).some(({ language }) => language === 'console'));
  expect(withExamples.filter((page) => !PAGES.includes(page) && !TRIED_ELSEWHERE.includes(page))).toEqual([]);
  expect(blocks.flatMap(([, , examples]) => examples).length).toBeGreaterThan(60);
});

test('when the README is read then it fits a few screens', () => {
  expect(readFileSync('README.md', 'utf8').split('\n').length).toBeLessThanOrEqual(151);
});

test('when a page names a command in its text then it exists', () => {
  for (const page of PAGES) {
    const named = readFileSync(page, 'utf8').matchAll(/`(portia [^`…]+)`/g);
    for (const [, command = ''] of named) expectKnownCommand(command.replace(/ (TOPIC|[\w|]+\|\w+)$/, ''));
  }
});

test('when settings are read from a file then the page about settings has every key', () => {
  const page = readFileSync('docs/settings.md', 'utf8');
  const keys = Object.keys(projectSettingsSchema.shape).filter((key) => key !== '$schema');
  expect(keys.filter((key) => !page.includes(`\`${key}\``))).toEqual([]);
});

test.each(blocks)(
  'when the examples of %s from "%s" on are typed, then they do what it says',
  async (page, _, examples) => {
    const project = makePageProject(page);
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

/** Everything that the examples name; the files that a page shows are as it shows them. */
function makePageProject(page: string): string {
  const tool = (tool_id: string, args: object, output: string) => ({ kind: 'tool', tool_id, args, output });
  const plan = (query: string, steps: object[], rest: object = {}) => ({
    plan_context: { query, tool_ids: [] },
    steps,
    ...rest,
  });
  const project = makeProject({
    'demo_runs/weather.txt': 'Sunny\n',
    'old/weather.txt': 'Rain\n',
    'orders.csv': 'state,amount\nopen,10\npaid,5\nopen,2.5\n',
    'july.csv': 'state,amount\nopen,9\n',
    'plan.json': plan('Add', [tool('calculator_tool', { math_question: '1 + 2' }, '$result')]),
    'city.json': plan('Weather', [tool('weather_tool', { city: '{{ $city }}' }, '$weather')], {
      plan_inputs: [{ name: '$city' }],
    }),
    'broken.json': plan('Broken', [tool('no_such_tool', { x: '{{ $nothing }}' }, '$out')]),
    ...filesOf(page),
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
