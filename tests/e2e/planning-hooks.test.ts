import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import type { Plan } from '../../src/domain/plan/plan.js';
import { defined, NAMING } from '../support/defined-hooks.js';
import { portiaHere } from '../support/portia-here.js';
import { makeProject } from '../support/portia.js';
import { planIds, playModel, printedError, readPlan } from '../support/scenario.js';

const QUERY = 'how many are there';
const SUM = { kind: 'compute', expression: '1 + 2', output: '$found' };
const PLANNED = { reply: { json: { steps: [SUM], error: null } } };

const project = (hooks: string) => makeProject({ 'portia.json': { hooks: './hooks.ts' }, 'hooks.ts': hooks });

describe('hooks of planning', () => {
  const plan = ['plan', 'add 1 + 2', '--format', 'json'];

  test('when afterPlan changes the plan then that plan is kept', async () => {
    const cwd = project(defined(NAMING));
    const { code, stdout } = await portiaHere(plan, { cwd });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ steps: [{ name: 'sum' }] });
  });

  test.each<[string, string, number, RegExp]>([
    [
      'afterPlan refuses it',
      "afterPlan: () => ({ refuse: 'too dear' })",
      5,
      /^The hook afterPlan refused the plan: too dear$/,
    ],
    [
      'beforePlan throws',
      "beforePlan: ({ request }) => { throw new Error('not ' + request); }",
      1,
      /^The hook beforePlan threw: not add 1 \+ 2\.$/,
    ],
    [
      'afterPlan gives no plan',
      'afterPlan: () => ({ plan: {} })',
      1,
      /^The hook afterPlan gave something that is not a plan/,
    ],
    [
      'afterPlan gives a plan that cannot be run',
      "afterPlan: ({ plan }) => ({ plan: { ...plan, steps: [{ kind: 'compute', expression: '$b', output: '$a' }] } })",
      1,
      /gave a plan that cannot be run/,
    ],
  ])('when %s then nothing is kept', async (_what, body, exit, message) => {
    const cwd = project(defined(body));
    const { code, stderr } = await portiaHere(plan, { cwd });
    expect(code).toBe(exit);
    expect(String(printedError(stderr)['message'])).toMatch(message);
    expect(existsSync(join(cwd, 'plans'))).toBe(false);
  });
});

describe('hooks of a plan that is taken again', () => {
  /** The hooks come after the plan was made, and the model is asked for no other. */
  async function planned(hooks: string, settings: object = {}) {
    const cwd = project(defined('beforeStep() { return undefined; }'));
    const model = await playModel([PLANNED]);
    const command = async (...args: string[]) => portiaHere(args, { cwd, env: model.environment });
    const first = await command('plan', QUERY);
    expect(first.code).toBe(0);
    writeFileSync(join(cwd, 'hooks.ts'), hooks);
    writeFileSync(join(cwd, 'portia.json'), JSON.stringify({ hooks: './hooks.ts', ...settings }));
    return { cwd, command, id: (JSON.parse(first.stdout) as { id: string }).id };
  }

  test('when afterPlan refuses it then it is neither given nor run', async () => {
    const { cwd, command } = await planned(defined("afterPlan: () => ({ refuse: 'too dear' })"));
    for (const args of [
      ['plan', QUERY, '--cached'],
      ['run', QUERY, '--cached', '--yes'],
    ]) {
      const { code, stdout, stderr } = await command(...args);
      expect({ code, stdout, ...printedError(stderr) }).toMatchObject({
        code: 'no-plan',
        stdout: '',
        message: 'The hook afterPlan refused the plan: too dear',
      });
      expect(code).toBe(5);
    }
    expect(existsSync(join(cwd, 'runs'))).toBe(false);
  });

  test('when the setting takes it and beforePlan throws then it is not given', async () => {
    const { command } = await planned(defined("beforePlan: () => { throw new Error('closed'); }"), {
      reuse_plans: true,
    });
    const { code, stderr } = await command('plan', QUERY);
    expect(code).toBe(1);
    expect(printedError(stderr)).toMatchObject({ code: 'hook-failed', message: 'The hook beforePlan threw: closed.' });
  });

  test('when afterPlan changes it then that is another plan, which is taken from then on', async () => {
    const { cwd, command, id } = await planned(defined(NAMING));
    const changed = await command('plan', QUERY, '--cached');
    expect(changed.stderr).toContain('The hook afterPlan changed the plan.');
    const plan = JSON.parse(changed.stdout) as { id: string };
    expect(plan).toMatchObject({ derived_from: id, steps: [{ name: 'sum' }] });
    expect(plan).not.toHaveProperty('metadata.cached');
    expect(readPlan(cwd, id).steps[0]).not.toHaveProperty('name');
    const again = await command('plan', QUERY, '--cached');
    expect(JSON.parse(again.stdout)).toMatchObject({ id: plan.id, metadata: { cached: true } });
    expect(again.stderr).not.toContain('changed the plan');
    expect(planIds(cwd)).toHaveLength(2);
  });

  test('when afterPlan returns it as it is then it is the same plan', async () => {
    const { cwd, command, id } = await planned(defined('afterPlan: ({ plan }) => ({ plan })'));
    const { stdout, stderr } = await command('plan', QUERY, '--cached');
    expect(JSON.parse(stdout)).toMatchObject({ id, metadata: { cached: true } });
    expect(stderr).not.toContain('changed the plan');
    expect(planIds(cwd)).toEqual([id]);
  });
});

describe('hooks of a plan of a model', () => {
  const MORE = { kind: 'compute', expression: '$found * 2', output: '$more' };

  /** What comes of `refine`, and the id of the plan before it. */
  async function refined(cwd: string) {
    const model = await playModel([PLANNED, { reply: { json: { steps: [{ keep: 0 }, MORE], error: null } } }]);
    const command = async (...args: string[]) => portiaHere(args, { cwd, env: model.environment });
    const { id } = JSON.parse((await command('plan', QUERY)).stdout) as Plan;
    return { id, ...(await command('refine', id, 'double it')) };
  }

  test('when there are both then beforePlan is told before a model is asked, and what afterPlan returns is kept', async () => {
    const telling = "beforePlan: (about) => writeFileSync('told.json', JSON.stringify(about))";
    const cwd = project(`import { writeFileSync } from 'node:fs';\n${defined(`${telling}, ${NAMING}`)}`);
    const told = join(cwd, 'told.json');
    const model = await playModel([{ ...PLANNED, match: () => existsSync(told) }]);
    const { code, stdout } = await portiaHere(['plan', QUERY, '--plan-input', 'city'], { cwd, env: model.environment });
    expect(code).toBe(0);
    expect(JSON.parse(readFileSync(told, 'utf8'))).toMatchObject({ request: QUERY, planInputs: [{ name: 'city' }] });
    const plan = JSON.parse(stdout) as Plan;
    expect(plan).toMatchObject({ steps: [{ ...SUM, name: 'sum' }], metadata: { planner: 'model' } });
    expect(readPlan(cwd, plan.id)).toEqual(plan);
  });

  test('when a plan is refined then they see the changed plan', async () => {
    const cwd = project(defined(NAMING));
    const { id, code, stdout } = await refined(cwd);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      derived_from: id,
      steps: [
        { ...SUM, name: 'sum' },
        { ...MORE, name: 'sum' },
      ],
    });
  });

  test('when afterPlan refuses the refined plan then only the first one is kept', async () => {
    const cwd = project(
      defined("afterPlan: ({ plan }) => (plan.steps.length > 1 ? { refuse: 'too long' } : undefined)"),
    );
    const { id, code, stderr } = await refined(cwd);
    expect(code).toBe(5);
    expect(printedError(stderr)).toMatchObject({ message: 'The hook afterPlan refused the plan: too long' });
    expect(planIds(cwd)).toEqual([id]);
  });
});
