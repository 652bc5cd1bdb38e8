import { spawn } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

import { MODEL_SETTINGS } from '../../src/config/model-settings-schema.js';
import { checkProjectSettings, checkUserSettings, projectSettingsSchema } from '../../src/config/settings-schema.js';
import { startModelServer, type ScriptEntry } from '../support/model-server.js';
import { codeBlocks, examplesOf, filesOf, type Example } from '../support/page-examples.js';
import { portiaHere } from '../support/portia-here.js';
import {
  cleanEnvironment,
  ended,
  makeProject,
  PORTIA,
  TESTED_NODE,
  UNTRUSTED,
  type Call,
  type Ended,
} from '../support/portia.js';
import { expectKnownCommand } from '../support/printed-error.js';

/** The pages whose examples are typed here. Those of trust.md and library.md are run by tests of their own. */
const PAGES = [
  'README.md',
  'docs/commands.md',
  'docs/plan-language.md',
  'docs/tools.md',
  'docs/models.md',
  'docs/scripts-and-ci.md',
  'docs/ci.md',
  'docs/settings.md',
  'docs/hooks.md',
  'docs/mcp.md',
  'docs/files.md',
  'docs/from-python.md',
  'docs/scale.md',
  'docs/serve.md',
  'docs/notices.md',
  'docs/testing.md',
  'docs/traces.md',
  'skills/portia/SKILL.md',
];
const TRIED_ELSEWHERE = ['docs/trust.md', 'docs/library.md'];

test('when a page is for users then its commands are typed by a test', () => {
  const pages = ['README.md', ...readdirSync('docs').map((name) => `docs/${name}`)].filter((page) =>
    page.endsWith('.md'),
  );
  const withExamples = pages.filter((page) => codeBlocks(page).some(({ language }) => language === 'console'));
  expect(withExamples.filter((page) => !PAGES.includes(page) && !TRIED_ELSEWHERE.includes(page))).toEqual([]);
  expect(PAGES.flatMap((page) => examplesOf(page).flat()).length).toBeGreaterThan(60);
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
  const named = Object.keys(projectSettingsSchema.shape).filter((key) => key !== '$schema');
  const keys = [...named, ...MODEL_SETTINGS];
  expect(keys.filter((key) => !page.includes(`\`${key}\``))).toEqual([]);
});

test('when a page shows settings then they can be used', () => {
  const pages = readdirSync('docs').flatMap((name) => (name.endsWith('.md') ? [`docs/${name}`] : []));
  const blocks = pages.flatMap((page) => codeBlocks(page).map((block) => ({ page, ...block })));
  const shown = blocks.filter(({ language, file = '' }) => language === 'json' && ['', 'portia.json'].includes(file));
  expect(shown.length).toBeGreaterThan(5);
  for (const { page, text } of shown) {
    const value: unknown = JSON.parse(text);
    const checked = text.includes('"hooks"') ? checkProjectSettings(value) : checkUserSettings(value);
    expect({ page, text, ...checked }).toMatchObject({ page, ok: true });
  }
});

test.each(PAGES)('when the examples of %s are typed one after the other, then they do what it says', async (page) => {
  const project = makePageProject(page);
  const server = await startModelServer(SCRIPTS[page] ?? []);
  onTestFinished(() => server.close());
  const withModel = { ...server.environment, TAVILY_API_KEY: 'tvly-test' };
  for (const examples of examplesOf(page)) {
    // What a block exports holds to its end.
    const env = examples.some(({ line }) => line.startsWith('export OPENAI_API_KEY')) ? withModel : {};
    for (const example of examples.filter(({ line }) => !line.startsWith('export '))) {
      const lines = (await type(project, example, env)).split('\n').map(normalise);
      for (const shown of example.shown.map(normalise)) expect(lines, example.line).toContain(shown);
    }
  }
  expect(server.unexpected).toEqual([]);
  expect(server.remaining).toEqual([]);
});

/** What the model says to the examples that need one. */
const SCRIPTS: Record<string, ScriptEntry[]> = {
  'docs/commands.md': [
    {
      match: /## Request\nWrite a letter to Ada about \[7,9\], as \{"subject"/,
      reply: { json: { steps: [{ task: 'Write it.', inputs: ['$orders'], output: '$letter' }], error: null } },
    },
    {
      match: /## Request\nadd up the invoices/,
      reply: { json: { steps: [{ kind: 'compute', expression: '1 + 2', output: '$sum' }], error: null } },
    },
    {
      match: /## Change\nsay it in words/,
      reply: {
        json: { steps: [{ keep: 0 }, { task: 'Say it.', inputs: ['$result'], output: '$words' }], error: null },
      },
    },
  ],
  'docs/models.md': plannedAndRun(),
  'docs/from-python.md': [...plannedAndRun(), ...plannedAndRun()],
};

function plannedAndRun(): ScriptEntry[] {
  return [
    { reply: { json: { steps: seedSteps(), error: null } } },
    { reply: { toolCalls: [{ name: 'search_tool', arguments: { search_query: 'Amazon stock 2024' } }] } },
    { reply: { toolCalls: [{ name: 'search_tool', arguments: { search_query: 'Google stock 2024' } }] } },
    { reply: { text: 'Amazon grew faster.' } },
  ];
}

function seedSteps(): unknown {
  const plan = readFileSync('plans/plan-1dcd74a4-0af5-490a-a7d0-0df4fd983977.json', 'utf8');
  return (JSON.parse(plan) as { steps: unknown }).steps;
}

/** A folder with what the page itself shows, and the plans and runs of the checkout. */
function makePageProject(page: string): string {
  const project = makeProject(filesOf(page));
  for (const folder of ['plans', 'runs', 'examples']) cpSync(folder, join(project, folder), { recursive: true });
  // What the page has installed.
  symlinkSync(realpathSync('node_modules'), join(project, 'node_modules'));
  mkdirSync(join(project, '.bin'));
  writeFileSync(join(project, '.bin/portia'), `#!/bin/sh\nexec "${TESTED_NODE}" "${PORTIA}" "$@"\n`);
  chmodSync(join(project, '.bin/portia'), 0o755);
  return project;
}

/** Runs one line in a shell, but calls a lone command here. That shows what a terminal would. */
async function type(project: string, { line, exitCode }: Example, env: Record<string, string>): Promise<string> {
  const unquoted = line.replaceAll(/'[^']*'|"[^"]*"/g, '');
  const { PATH = '' } = cleanEnvironment(project);
  const isLone = !/[|>]/.test(unquoted);
  const call = {
    cwd: project,
    env: {
      ...env,
      ...UNTRUSTED,
      PATH: `${join(project, '.bin')}:${PATH}`,
      ...(isLone && { PORTIA_FORMAT: 'human' }),
    },
  };
  const isCommand = unquoted.startsWith('portia ') && !/[|<>&;`$(]/.test(unquoted);
  const { code, stdout, stderr } = isCommand
    ? await portiaHere(await wordsOf(line, call), call)
    : await inShell(line, call);
  expect(code, `${line}\n${stdout}${stderr}`).toBe(exitCode);
  return stdout + stderr;
}

/** What the shell makes of the words behind `portia`. It is asked only where it would do more than split them. */
async function wordsOf(line: string, call: Call): Promise<string[]> {
  if (/^[\w ./:=@,+-]+$/.test(line)) return line.split(' ').slice(1);
  const { stdout } = await inShell(`portia() { printf '%s\\0' "$@"; }; ${line}`, call);
  return stdout.split('\0').slice(0, -1);
}

function inShell(line: string, { cwd, env }: Call): Promise<Ended> {
  const environment = cleanEnvironment(cwd, env);
  return ended(spawn('bash', ['-o', 'pipefail', '-c', line], { cwd, env: environment }), '');
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
