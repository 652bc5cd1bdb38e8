import { spawn } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { runInNewContext } from 'node:vm';

import { expect, test } from 'vitest';
import { parse } from 'yaml';

import { BOT, commentEvent, pullEvent, REPOSITORY, TOKEN } from '../support/github-server.js';
import { codeBlocks } from '../support/page-examples.js';
import { cleanEnvironment, ended, makeProject } from '../support/portia.js';
import { KEY, outputsIn, Runner } from './ci-runner.js';

interface Step {
  id?: string;
  if?: string;
  shell?: string;
  run?: string;
  uses?: string;
  env?: Record<string, string>;
  with?: Record<string, string | boolean>;
  'working-directory'?: string;
}

interface Action {
  inputs: Record<string, { default: string }>;
  outputs: Record<string, { value: string }>;
  runs: { using: string; steps: Step[] };
}

const action = parse(readFileSync('action/action.yml', 'utf8')) as Action;

test('when the action has shell steps then no text of others is in their code', () => {
  const { steps, using } = action.runs;
  expect(using).toBe('composite');
  for (const { run = '', shell } of steps.filter((step) => step.run !== undefined)) {
    expect(run).not.toContain('${{');
    expect(shell).toBe('bash');
  }
  expect(steps.flatMap(({ uses = [] }) => uses)).toEqual([
    'actions/checkout@v4',
    'actions/download-artifact@v4',
    'actions/upload-artifact@v4',
  ]);
});

test('when the workflow of the page is read then it gives the action what it takes, and no more rights than needed', () => {
  const shown = codeBlocks('docs/ci.md').find(({ file }) => file === '.github/workflows/portia.yml');
  const workflow = parse(shown?.text ?? '') as {
    on: object;
    permissions: object;
    concurrency: { group: string };
    jobs: { portia: { if: string; steps: { uses: string; with: object }[] } };
  };
  expect(Object.keys(workflow.on)).toEqual(['pull_request', 'issue_comment', 'workflow_dispatch']);
  expect(workflow.permissions).toEqual({
    contents: 'read',
    issues: 'write',
    'pull-requests': 'write',
    actions: 'read',
  });
  const [step] = workflow.jobs.portia.steps;
  expect(step?.uses).toMatch(/\/action@/);
  expect(Object.keys(step?.with ?? {}).filter((name) => !(name in action.inputs))).toEqual([]);
});

/** What an expression of a workflow gives, whose parts may all be missing. */
function valueOf(expression: string, github: object): unknown {
  const code = expression.replace(/^portia-\$\{\{(.*)\}\}$/s, '$1').replaceAll(/(?<=\w)\.(?=\w)/g, '?.');
  const startsWith = (text: string | undefined, start: string) => text?.startsWith(start) === true;
  return runInNewContext(code, { github, startsWith });
}

test('when something happens below a pull request then only what works on its run waits in its group', async () => {
  const github = await Runner.start({}).then((runner) => runner.github);
  const shown = codeBlocks('docs/ci.md').find(({ file }) => file === '.github/workflows/portia.yml');
  const { concurrency, jobs } = parse(shown?.text ?? '') as {
    concurrency: { group: string };
    jobs: { portia: { if: string } };
  };
  const at = (name: string, event: object, actor = 'ada') => {
    const context = { event_name: name, event, repository: REPOSITORY, run_id: 'alone', actor };
    return [valueOf(concurrency.group, context), Boolean(valueOf(jobs.portia.if, context))];
  };
  const said = (login: string, body: string) => at('issue_comment', commentEvent(github, { login, body }));
  expect(said('ada', '/portia approve')).toEqual([7, true]);
  expect(said('mallory', '/portia')).toEqual([7, true]);
  expect(said('ada', 'Thank you')).toEqual(['alone', false]);
  expect(said('helper[bot]', '/portia approve')).toEqual(['alone', false]);
  expect(at('pull_request', pullEvent(github))).toEqual([7, true]);
  // It gets no key, so it could do nothing of what waits.
  expect(at('pull_request', pullEvent(github), 'dependabot[bot]')).toEqual(['alone', true]);
  github.headRepository = 'mallory/plans';
  expect(at('pull_request', pullEvent(github))).toEqual(['alone', true]);
  github.headRepository = null;
  expect(at('pull_request', pullEvent(github))).toEqual(['alone', true]);
  expect(at('workflow_dispatch', {})).toEqual(['alone', true]);
});

test('when the steps of the action are done on a machine each then a comment brings the plan to its end', async () => {
  const plan = 'plan_context: {query: Ask}\nsteps:\n- {kind: user_input, message: Whom?, output: $name}\n';
  const runner = await Runner.start({ 'plan.yaml': plan });
  const { github } = runner;
  const artifacts = new Map<string, string>();
  const start = async (id: string, name: string, event: object) => doAction({ runner, artifacts, id, name, event });
  expect(await start('1', 'pull_request', pullEvent(github))).toMatchObject({ code: 0, outputs: { state: 'PLANNED' } });
  const approved = await start('2', 'issue_comment', commentEvent(github, { login: 'ada', body: '/portia approve' }));
  expect(approved).toMatchObject({ code: 0, outputs: { state: 'NEED_CLARIFICATION', 'exit-code': '8' } });
  const body = `/portia answer name=$(touch owned) "; ' && \${{ secrets.X }}\n::add-mask::x`;
  const answered = await start('3', 'issue_comment', commentEvent(github, { login: 'ada', body }));
  expect(answered).toMatchObject({ code: 0, outputs: { state: 'COMPLETE', questions: '0' } });
  expect(github.comments.filter(({ login }) => login === BOT)).toMatchObject([
    { body: expect.stringContaining('$(touch owned) "; \' &amp;&amp; ${{ secrets.X }}'.replaceAll('&amp;', '&#38;')) },
  ]);
  expect(github.unexpected).toEqual([]);
});

interface Start {
  runner: Runner;
  /** Files that jobs uploaded, by the id of the run of the workflow. */
  artifacts: Map<string, string>;
  id: string;
  name: string;
  event: object;
}

/** Does the steps as a runner does: shells in processes, and what the actions of GitHub would do. */
async function doAction(start: Start): Promise<{ code: number | null; outputs: Record<string, string> }> {
  const { runner, artifacts, id } = start;
  const machine = makeProject();
  const [temp, workspace] = [join(machine, 'temp'), join(machine, 'workspace')];
  for (const folder of [temp, workspace, join(machine, 'bin')]) mkdirSync(folder);
  addNpm(machine, OTHER_PACKAGES[id] ?? join(temp, 'portia-0.1.0.tgz'));
  const given: Record<string, string> = { plan: 'plan.yaml', package: OTHER_PACKAGES[id] ?? '', 'signing-key': KEY };
  const values: Record<string, string> = { 'runner.temp': temp };
  for (const [name, { default: standard }] of Object.entries(action.inputs)) {
    values[`inputs.${name}`] = given[name] ?? standard.replace('${{ github.token }}', TOKEN);
  }
  const read = (text: string) => text.replaceAll(/\$\{\{ ([\w.-]+) \}\}/g, (_all, name: string) => values[name] ?? '');
  let code: number | null = 0;
  for (const step of action.runs.steps) {
    if (!isDone(step.if, values, code)) continue;
    if (step.run === undefined) {
      const params = Object.fromEntries(
        Object.entries(step.with ?? {}).map(([name, text]) => [name, read(String(text))]),
      );
      useAction(step.uses ?? '', params, { runner, artifacts, id, workspace });
      continue;
    }
    const output = join(temp, `output-${step.id}`);
    const env = Object.fromEntries(Object.entries(step.env ?? {}).map(([name, text]) => [name, read(text)]));
    const cwd = read(step['working-directory'] ?? workspace);
    const shell = spawn('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', step.run], {
      cwd,
      env: { ...environmentOf(start, { machine, temp, workspace, output }), ...env },
    });
    const done = await ended(shell, '');
    code = done.code;
    const outputs = outputsIn(existsSync(output) ? readFileSync(output, 'utf8') : '');
    for (const [name, value] of Object.entries(outputs)) values[`steps.${step.id}.outputs.${name}`] = value;
    expect(done.stdout + done.stderr).not.toMatch(/^\s*::add-mask/m);
  }
  expect(existsSync(join(workspace, 'owned'))).toBe(false);
  const outputs = Object.entries(action.outputs).map(([name, { value }]) => [name, read(value)]);
  return { code, outputs: Object.fromEntries(outputs) as Record<string, string> };
}

/** The conditions that the action has. */
function isDone(condition: string | undefined, values: Record<string, string>, code: number | null): boolean {
  const isAlways = condition?.startsWith('always() && ') === true;
  if (code !== 0 && !isAlways) return false;
  const [, name = '', sign, wanted] = /^(?:always\(\) && )?([\w.-]+) ([!=]=) '(.*)'$/.exec(condition ?? '') ?? [];
  if (condition === undefined) return true;
  expect(name).not.toBe('');
  return ((values[name] ?? '') === wanted) === (sign === '==');
}

function useAction(
  uses: string,
  params: Record<string, string>,
  {
    runner,
    artifacts,
    id,
    workspace,
  }: { runner: Runner; artifacts: Map<string, string>; id: string; workspace: string },
): void {
  const file = join(params['path'] ?? '', 'state.ndjson');
  switch (uses) {
    case 'actions/checkout@v4':
      runner.checkOut(params['ref'] ?? '', workspace);
      break;
    case 'actions/download-artifact@v4':
      mkdirSync(params['path'] ?? '');
      copyFileSync(artifacts.get(params['run-id'] ?? '') ?? '', file);
      break;
    default:
      artifacts.set(id, params['path'] ?? '');
  }
}

/** What a run of the workflow installs in place of the portia of the action's own commit. */
const OTHER_PACKAGES: Record<string, string> = { '2': './portia.tgz' };

/** An npm that installs what was built here. */
function addNpm(machine: string, wanted: string): void {
  const script = `#!/bin/sh
case "$1 $2 $4 $5 $6 $7 $8 $9" in
  "ci --ignore-scripts --no-fund     ") [ "$PWD" = "${resolve('.')}" ] ;;
  "pack --silent $RUNNER_TEMP     ") echo portia-0.1.0.tgz ;;
  "install --prefix --ignore-scripts --no-audit --no-fund --no-update-notifier -- ${wanted}")
    mkdir -p "$3/node_modules" && ln -s "${resolve('.')}" "$3/node_modules/portia" ;;
  *) exit 1 ;;
esac
`;
  writeFileSync(join(machine, 'bin/npm'), script);
  chmodSync(join(machine, 'bin/npm'), 0o755);
}

function environmentOf(
  { runner: { github }, id, name, event }: Start,
  { machine, temp, workspace, output }: { machine: string; temp: string; workspace: string; output: string },
): Record<string, string> {
  const path = join(machine, 'event.json');
  writeFileSync(path, JSON.stringify(event));
  const clean = cleanEnvironment(machine);
  return {
    ...clean,
    PATH: `${join(machine, 'bin')}:${clean['PATH']}`,
    CI: 'true',
    GITHUB_EVENT_NAME: name,
    GITHUB_EVENT_PATH: path,
    GITHUB_REPOSITORY: REPOSITORY,
    GITHUB_RUN_ID: id,
    GITHUB_SHA: github.commit,
    GITHUB_API_URL: github.url,
    GITHUB_SERVER_URL: 'https://github.com',
    GITHUB_OUTPUT: output,
    GITHUB_STEP_SUMMARY: join(temp, 'summary.md'),
    GITHUB_ACTION_PATH: resolve('action'),
    GITHUB_WORKSPACE: workspace,
    RUNNER_TEMP: temp,
  };
}
