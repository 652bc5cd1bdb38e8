import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { ADD_PLAN_ID, addPlan, makeExampleProject } from '../support/example-project.js';
import { portiaHere } from '../support/portia-here.js';
import { portia } from '../support/portia.js';
import { expectError } from '../support/printed-error.js';

const ids = async (cwd: string, env: Record<string, string> = {}) => {
  const { stdout } = await portiaHere(['list', 'plans'], { cwd, env });
  const plans = JSON.parse(stdout) as { id: string; liked: boolean }[];
  return plans.filter(({ liked }) => liked).map(({ id }) => id);
};

test('when a plan is liked then the list of plans shows it, until it is liked no more', async () => {
  const cwd = makeExampleProject();
  const liked = await portia(['like', 'plan.json'], { cwd });
  expect(JSON.parse(liked.stdout)).toEqual({ plan_id: ADD_PLAN_ID, liked: true, changed: true });
  expect(liked.stderr).toContain('--examples liked');
  expect(await ids(cwd)).toEqual([ADD_PLAN_ID]);
  const picture = await portiaHere(['list', 'plans', '--format', 'human'], { cwd });
  expect(picture.stdout).toMatch(/hand +\(liked\) add 1 \+ 2/);
  const unliked = await portia(['unlike', 'last'], { cwd });
  expect(JSON.parse(unliked.stdout)).toEqual({ plan_id: ADD_PLAN_ID, liked: false, changed: true });
  expect(await ids(cwd)).toEqual([]);
});

test('when it is liked or unliked twice then the second time changes nothing', async () => {
  const cwd = makeExampleProject();
  const calls = ['like', 'like', 'unlike', 'unlike'];
  const changed: unknown[] = [];
  for (const call of calls) {
    const { code, stdout } = await portiaHere([call, 'plan.json'], { cwd });
    changed.push([code, (JSON.parse(stdout) as { changed: boolean }).changed]);
  }
  expect(changed).toEqual([
    [0, true],
    [0, false],
    [0, true],
    [0, false],
  ]);
});

test('when no plan has the id then both say so', async () => {
  const cwd = makeExampleProject();
  for (const command of ['like', 'unlike']) {
    const { fix } = expectError(await portiaHere([command, 'plan-019a'], { cwd }), { code: 'not-found', exit: 2 });
    expect(fix).toBeTruthy();
  }
});

test('when a liked plan was deleted then it can be unliked', async () => {
  const cwd = makeExampleProject();
  await portiaHere(['like', 'plan.json'], { cwd });
  rmSync(join(cwd, `plans/${ADD_PLAN_ID}.json`));
  const { code, stdout } = await portiaHere(['unlike', ADD_PLAN_ID.slice(-4)], { cwd });
  expect({ code, ...(JSON.parse(stdout) as object) }).toMatchObject({ code: 0, plan_id: ADD_PLAN_ID, changed: true });
});

test('when another user or another project has the plan then it is not liked there', async () => {
  const cwd = makeExampleProject({ [`plans/${ADD_PLAN_ID}.json`]: addPlan() });
  const other = makeExampleProject({ [`plans/${ADD_PLAN_ID}.json`]: addPlan() });
  const env = { PORTIA_CONFIG_DIR: join(cwd, '.mine') };
  await portiaHere(['like', 'plan.json'], { cwd, env });
  expect(await ids(cwd, env)).toEqual([ADD_PLAN_ID]);
  expect(await ids(other, env)).toEqual([]);
  expect(await ids(cwd, { PORTIA_CONFIG_DIR: join(cwd, '.other') })).toEqual([]);
});

test('when the list of liked plans is damaged then plans are listed all the same, and nothing is lost', async () => {
  const cwd = makeExampleProject();
  await portiaHere(['like', 'plan.json'], { cwd });
  const folder = join(cwd, '.home/.config/portia/liked');
  const [name = ''] = readdirSync(folder);
  writeFileSync(join(folder, name), '{"plans": [');
  const listed = await portiaHere(['list', 'plans'], { cwd });
  expect(JSON.parse(listed.stdout)).toMatchObject([{ id: ADD_PLAN_ID, liked: false }]);
  expect(listed.stderr).toContain('Nothing shows which plans you liked.');
  expectError(await portiaHere(['like', 'last'], { cwd }), { code: 'invalid-settings', exit: 2 });
  expectError(await portiaHere(['unlike', 'last'], { cwd }), { code: 'invalid-settings', exit: 2 });
});
