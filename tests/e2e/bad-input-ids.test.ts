import { describe, expect, test } from 'vitest';

import { addPlan, completeRun, makeExampleProject, pausedRun } from '../support/example-project.js';
import { listFolder } from '../support/folder-listing.js';
import { portiaHere } from '../support/portia-here.js';
import { expectError } from '../support/printed-error.js';
import { onlyRun, planIds } from '../support/scenario.js';

const ABSENT_RUN = 'prun-019a0000-0000-7000-8000-00000000dead';
const ABSENT_PLAN = 'plan-019a0000-0000-7000-8000-00000000dead';

const WITH_RUN: [name: string, rest: string[]][] = [
  ['resume', []],
  ['show', []],
  ['answer', ['filename=x']],
  ['cancel', ['--yes']],
  ['rm', ['--yes']],
];
const WITH_PLAN: [name: string, rest: string[]][] = [
  ['run-plan', []],
  ['check', []],
  ['show', []],
  ['rm', ['--yes']],
];

/** Names that mean no plan and no run, however they are read. */
const NOWHERE = [
  '../../etc/passwd',
  '/etc/shadow-of-nothing',
  '%2e%2e%2f%2e%2e%2fetc',
  '..',
  '.',
  'plan-../../x',
  'prun-',
  '\u0001',
  'x'.repeat(5000),
  '__proto__',
  'constructor',
  '-',
  '',
  ' ',
  '',
];

describe('an id that is not here', () => {
  test.each([
    ...WITH_RUN.map(([name, rest]) => [name, ABSENT_RUN, rest] as const),
    ...WITH_PLAN.map(([name, rest]) => [name, ABSENT_PLAN, rest] as const),
  ])('when portia %s is given %s then it is not found, and nothing is changed', async (name, id, rest) => {
    const cwd = makeExampleProject();
    await completeRun(cwd);
    const before = listFolder(cwd);
    const result = await portiaHere([name, id, ...rest], { cwd });
    expect(expectError(result, { code: 'not-found', exit: 2 }).message).toContain(id);
    expect(result.stdout).toBe('');
    expect(listFolder(cwd)).toEqual(before);
  });

  test.each([...new Map([...WITH_RUN, ...WITH_PLAN])])(
    'when portia %s is given what cannot be an id then it exits 2 and touches nothing',
    async (name, rest) => {
      const cwd = makeExampleProject();
      await completeRun(cwd);
      const before = listFolder(cwd);
      for (const text of NOWHERE) {
        const result = await portiaHere([name, '--json', ...rest, '--', text], { cwd });
        expect({ text, code: result.code, stdout: result.stdout }).toEqual({ text, code: 2, stdout: '' });
        expect(JSON.parse(result.stderr)).toMatchObject({ error: { exit_code: 2, fix: expect.any(String) } });
      }
      expect(listFolder(cwd)).toEqual(before);
    },
  );

  test('when an existing file outside is named then none of its content is shown', async () => {
    const cwd = makeExampleProject({ 'secret.txt': 'root:x:0:0 canary' });
    for (const name of ['show', 'check', 'run-plan', 'resume']) {
      const { code, stdout, stderr } = await portiaHere([name, './secret.txt'], { cwd });
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).not.toContain('canary');
      expect(stderr).not.toContain('root:');
    }
  });

  test('when only a wrong id of the other kind is given then it says which kind it is', async () => {
    const cwd = makeExampleProject();
    const id = await completeRun(cwd);
    const { why } = expectError(await portiaHere(['run-plan', id], { cwd }), { code: 'not-found', exit: 2 });
    expect(why).toContain('id of a run');
  });

  test('when there is nothing yet then last says how to begin', async () => {
    const cwd = makeExampleProject();
    for (const name of ['resume', 'show', 'run-plan', 'cancel', 'rm', 'check']) {
      const { fix } = expectError(await portiaHere([name, 'last'], { cwd }), { code: 'not-found', exit: 2 });
      expect(fix).toMatch(/portia (run|plan) "add 1 \+ 2"/);
    }
  });

  test('when a short id fits two then both are named, and nothing is chosen', async () => {
    const ids = ['plan-019a0000-0000-7000-8000-0000000cafe1', 'plan-019a0000-0000-7000-8000-0000000cafe2'];
    const files = Object.fromEntries(ids.map((id) => [`plans/${id}.json`, addPlan({ id })]));
    const cwd = makeExampleProject(files);
    const before = listFolder(cwd);
    for (const args of [
      ['show', '019a0000'],
      ['run-plan', '019a'],
      ['rm', '019a', '--yes'],
    ]) {
      const { why } = expectError(await portiaHere(args, { cwd }), { code: 'ambiguous', exit: 2 });
      for (const id of ids) expect(why).toContain(id);
    }
    expect(listFolder(cwd)).toEqual(before);
    expect(await portiaHere(['show', 'cafe2', '--fields', 'id'], { cwd })).toMatchObject({ code: 0 });
  });

  test('when the plan of a run that waits is deleted then that run is named', async () => {
    const cwd = makeExampleProject();
    const id = await pausedRun(cwd);
    const { code, stderr } = await portiaHere(['rm', onlyRun(cwd).plan_id, '--yes'], { cwd });
    expect(code).toBe(0);
    expect(stderr.replaceAll(/\s+/g, ' ')).toContain(`is the plan of ${id}, which cannot be resumed without it.`);
  });

  test('when one of several things to delete is unknown then none is deleted', async () => {
    const cwd = makeExampleProject();
    const id = await completeRun(cwd);
    const before = listFolder(cwd);
    expectError(await portiaHere(['rm', id, ABSENT_PLAN, '--yes'], { cwd }), { code: 'not-found', exit: 2 });
    expect(listFolder(cwd)).toEqual(before);
    const [plan = ''] = planIds(cwd);
    expect(await portiaHere(['rm', id, id, plan, id.slice(-8), '--yes'], { cwd })).toMatchObject({ code: 0 });
    expect(planIds(cwd)).toEqual([]);
  });

  test.each(['cancel', 'rm'])(
    'when nobody can be asked then %s changes nothing and prints the command that does',
    async (name) => {
      const cwd = makeExampleProject();
      const id = await pausedRun(cwd);
      const before = listFolder(cwd);
      const { fix } = expectError(await portiaHere([name, id], { cwd }), { code: 'approval-needed', exit: 8 });
      expect(fix).toBe(`portia ${name} ${id} --yes`);
      expect(listFolder(cwd)).toEqual(before);
    },
  );

  test('when a file has the name of an id or of last then the id is meant', async () => {
    const cwd = makeExampleProject({ last: 'not JSON' });
    const id = await completeRun(cwd);
    expect(await portiaHere(['show', 'last', '--fields', 'id'], { cwd })).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(id),
    });
    expectError(await portiaHere(['show', './last'], { cwd }), { code: 'unreadable', exit: 2 });
  });
});
