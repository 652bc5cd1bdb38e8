import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { startModelServer } from '../support/model-server.js';
import { portiaHere } from '../support/portia-here.js';
import { makeToolProject } from '../support/tool-project.js';

const tool = (description: string) => `
import { defineTool } from 'portia';
import * as z from 'zod';
export const lookUp = defineTool({
  id: 'look_up', name: 'Look up', description: '${description}', effect: 'read', args: z.object({}), run: async () => 'found',
});`;
const REPLY = { json: { steps: [{ kind: 'compute', expression: '1 + 2', output: '$sum' }], error: null } };
const QUERY = 'how many are there';

/** A project in which a plan was made for the query, with what plans it again and says how often the model was asked. */
async function plannedProject(settings: object = {}) {
  const cwd = makeToolProject(tool('Looks up.'), { '.home/.config/portia/config.json': settings });
  const server = await startModelServer(() => REPLY);
  const command = async (args: string[], env: Record<string, string> = {}) =>
    portiaHere([...args, '--trust-project'], { cwd, env: { ...server.environment, ...env } });
  const first = await command(['plan', QUERY]);
  expect(first.code).toBe(0);
  const { id } = JSON.parse(first.stdout) as { id: string };
  return { cwd, id, command, server, asked: () => server.requests.length };
}

test('when the same is asked for with --cached then the plan is the same, no model is asked, and that is said', async () => {
  const { id, command, asked, server } = await plannedProject();
  const again = await command(['plan', QUERY, '--cached']);
  expect(JSON.parse(again.stdout)).toMatchObject({ id, metadata: { cached: true } });
  expect(again.stderr).toContain(`Using ${id}, which you made or approved`);
  const run = await command(['run', QUERY, '--cached', '--yes', '--format', 'value']);
  expect(run).toMatchObject({ code: 0, stdout: '3\n' });
  expect(asked()).toBe(1);
  await server.close();
});

test('when the printed plan is run from a file then it is the stored one', async () => {
  const { id, cwd, command, server } = await plannedProject();
  writeFileSync(join(cwd, 'again.json'), (await command(['plan', QUERY, '--cached'])).stdout);
  const run = await command(['run-plan', 'again.json']);
  expect(JSON.parse(run.stdout)).toMatchObject({ plan_id: id, state: 'COMPLETE' });
  await server.close();
});

test('when the setting says so then no flag is needed, and without both a plan is made anew', async () => {
  const { id, command, asked, server } = await plannedProject({ reuse_plans: true });
  expect(JSON.parse((await command(['plan', QUERY])).stdout)).toMatchObject({ id });
  expect(asked()).toBe(1);
  expect(JSON.parse((await command(['plan', QUERY, '--no-cached'])).stdout)).not.toMatchObject({ id });
  expect(asked()).toBe(2);
  const other = await plannedProject();
  expect(JSON.parse((await other.command(['plan', QUERY])).stdout)).not.toHaveProperty('metadata.cached');
  expect(other.asked()).toBe(2);
  await server.close();
  await other.server.close();
});

test('when anything is different that a plan is made from then it is made anew', async () => {
  const { cwd, command, asked, server } = await plannedProject();
  const changed: [string[], Record<string, string>?][] = [
    [['plan', 'how many were there']],
    [['plan', QUERY, '--plan-input', 'city']],
    [['plan', QUERY, '--exclude-tool', 'look_up']],
    [['plan', QUERY, '--schema', '{"type":"integer"}']],
    [['plan', QUERY, '--planning-model', 'openai/other']],
    // Another user.
    [['plan', QUERY], { PORTIA_CONFIG_DIR: join(cwd, '.other') }],
  ];
  for (const [index, [args, env]] of changed.entries()) {
    expect((await command([...args, '--cached'], env)).code).toBe(0);
    expect({ args, asked: asked() }).toEqual({ args, asked: index + 2 });
  }
  writeFileSync(join(cwd, 'tools/tools.mjs'), tool('Looks it up.'));
  await command(['plan', QUERY, '--cached']);
  expect(asked()).toBe(changed.length + 2);
  const settings = { model_settings: { 'openai/gpt-4.1-mini': { temperature: 0 } } };
  writeFileSync(join(cwd, '.home/.config/portia/config.json'), JSON.stringify(settings));
  await command(['plan', QUERY, '--cached']);
  expect(asked()).toBe(changed.length + 3);
  await server.close();
});

test('when the list of plans is damaged then a plan is made all the same, and the list is begun anew', async () => {
  const { cwd, command, asked, server } = await plannedProject();
  const folder = join(cwd, '.home/.config/portia/planned');
  const [name = ''] = readdirSync(folder);
  writeFileSync(join(folder, name), '{"plans": [');
  const again = await command(['plan', QUERY, '--cached']);
  expect(again.code).toBe(0);
  expect(again.stderr).toContain('was damaged and is begun anew');
  expect(asked()).toBe(2);
  const { id } = JSON.parse(again.stdout) as { id: string };
  expect(JSON.parse((await command(['plan', QUERY, '--cached'])).stdout)).toMatchObject({ id });
  expect(asked()).toBe(2);
  await server.close();
});

test('when the plan is gone, or another one has its id, then it is made anew', async () => {
  const { id, command, asked, server } = await plannedProject();
  expect((await command(['rm', id, '--yes'])).code).toBe(0);
  expect(JSON.parse((await command(['plan', QUERY, '--cached'])).stdout)).not.toMatchObject({ id });
  expect(asked()).toBe(2);
  await server.close();
});

test('when the plan itself was liked since then it is still the plan of the request', async () => {
  const { id, command, asked, server } = await plannedProject({ reuse_plans: true, examples: 'liked' });
  expect((await command(['like', id])).code).toBe(0);
  expect(JSON.parse((await command(['plan', QUERY])).stdout)).toMatchObject({ id });
  expect(asked()).toBe(1);
  await server.close();
});
