import { chmodSync, mkdirSync, mkdtempSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { inject } from 'vitest';

import { petShop } from './pet-shop.js';
import { portiaHere } from './portia-here.js';
import { makeProject, portia, PORTIA, writeFiles, TESTED_NODE } from './portia.js';
import { takeStored } from './tested-store.js';
import { onlyRun } from './scenario.js';

export const ADD_PLAN_ID = 'plan-019a0000-0000-7000-8000-0000000000a1';

const tool = (tool_id: string, args: object, output: string) => ({ kind: 'tool', tool_id, args, output });
const metadata = { schema_version: 1, created_at: '2026-11-23T10:00:00.000Z', planner: 'hand' };

/** A plan of one sum, with any of its keys replaced. */
export function addPlan(fields: object = {}): object {
  return {
    id: ADD_PLAN_ID,
    plan_context: { query: 'add 1 + 2', tool_ids: ['calculator_tool'] },
    steps: [tool('calculator_tool', { math_question: '1 + 2' }, '$result')],
    metadata,
    ...fields,
  };
}

/** Two files of one name, so that reading it asks. */
const WEATHER = { 'demo_runs/weather.txt': 'Sunny, 21 degrees\n', 'old/weather.txt': 'Rain\n' };

/** A folder with everything that help examples name; `.bin` holds `portia` for shells. */
export function makeExampleProject(files: Record<string, string | object> = {}): string {
  const project = makeProject({
    ...WEATHER,
    'notes.md': '# Notes\n',
    'pets.yaml': petShop('https://pets.example.com/v1'),
    'plan.json': addPlan(),
    'cities.ndjson': '{"city":"London"}\n{"city":"Oslo"}\n',
    'process.yaml':
      '# Twice.\nplan_context: {query: double, tool_ids: []}\nsteps:\n  - {kind: compute, expression: 2 * 3, output: $twice}\n',
    'city.json': addPlan({
      id: 'plan-019a0000-0000-7000-8000-0000000000a2',
      plan_context: { query: 'weather', tool_ids: ['weather_tool'] },
      steps: [tool('weather_tool', { city: '{{ $city }}' }, '$weather')],
      plan_inputs: [{ name: '$city' }],
    }),
    ...files,
  });
  mkdirSync(join(project, '.bin'));
  writeFileSync(join(project, '.bin/portia'), `#!/bin/sh\nexec "${TESTED_NODE}" "${PORTIA}" "$@"\n`);
  chmodSync(join(project, '.bin/portia'), 0o755);
  return project;
}

/** A file of tests of the plan of one sum, with two cases. */
export async function addTests(cwd: string): Promise<void> {
  const test = (name: string) => ({ name, expect: { outputs: { $result: 3 } } });
  mkdirSync(join(cwd, 'tests'));
  const file = { plan: '../plan.json', cases: [test('small sum'), test('sum again')] };
  writeFileSync(join(cwd, 'tests/orders.test.yaml'), JSON.stringify(file));
}

/** A project whose only run is complete. Gives its id. */
export async function completeRun(cwd: string): Promise<string> {
  return leaveRun('add 1 + 2', cwd);
}

/** A file run.ndjson of a complete run, which is not here itself. */
export async function exportedRun(cwd: string): Promise<void> {
  const id = await completeRun(cwd);
  await portiaHere(['export', 'last', '-o', 'run.ndjson'], { cwd });
  await portiaHere(['rm', id, '--yes'], { cwd });
}

/** A project whose only run waits for the name of a file. Gives its id. */
export async function pausedRun(cwd: string): Promise<string> {
  return leaveRun('read weather.txt', cwd);
}

/** A run that is left to a worker. */
export async function scheduledPlan(cwd: string): Promise<void> {
  await portiaHere(['run-plan', 'plan.json', '--every', '@daily', '--zone', 'UTC'], { cwd });
}

export async function queuedRun(cwd: string): Promise<void> {
  await portiaHere(['run-plan', 'plan.json', '--queue'], { cwd });
}

/** Folders in which the binary has answered a query, by that query. */
const answered = new Map<string, Promise<string>>();

/** Puts the plan and the run of a query in place. The binary makes them once; here they are copied. */
async function leaveRun(query: string, cwd: string): Promise<string> {
  const folder = answered.get(query) ?? answer(query);
  answered.set(query, folder);
  takeStored(await folder, cwd);
  return onlyRun(cwd).id;
}

async function answer(query: string): Promise<string> {
  const folder = realpathSync(mkdtempSync(join(inject('sharedFolder'), 'answered-')));
  writeFiles(folder, WEATHER);
  await portia(['run', query, '--yes'], { cwd: folder });
  return folder;
}

/** Makes a program the user's model: it keeps the first step of a plan that is refined, and adds another one. */
export function makeRefiner(cwd: string): void {
  const step = { task: 'Think.', inputs: [], tool_id: null, output: '$more', condition: null, when: null };
  useReply(cwd, { steps: [{ keep: 0 }, step], error: null });
}

/** Makes a program the model of the project: it gives this reply to everything. */
export function useReply(cwd: string, reply: object): void {
  writeFileSync(join(cwd, '.home/model.sh'), `cat > /dev/null\ncat <<'END'\n${JSON.stringify(reply)}\nEND\n`);
  mkdirSync(join(cwd, '.home/.config/portia'), { recursive: true });
  const settings = { model: `exec:/bin/sh ${join(cwd, '.home/model.sh')}` };
  writeFileSync(join(cwd, '.home/.config/portia/config.json'), JSON.stringify(settings));
}

/** A project whose only run failed at its first step. Gives its id. */
export async function failedRun(cwd: string): Promise<string> {
  const steps = [{ kind: 'compute', expression: "$number('five')", output: '$number_of_tries' }];
  writeFileSync(join(cwd, 'tries.json'), JSON.stringify({ plan_context: { query: 'Count the tries' }, steps }));
  await portia(['run-plan', 'tries.json'], { cwd });
  return onlyRun(cwd).id;
}

/** A run that asks, in a project that says under which address people reach it. */
export async function reachableRun(cwd: string): Promise<void> {
  await pausedRun(cwd);
  await portiaHere(['config', 'set', 'serve.public_url', 'https://portia.example'], { cwd });
}
