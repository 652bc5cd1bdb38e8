import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { completeRun, makeExampleProject } from '../support/example-project.js';
import { listFolder } from '../support/folder-listing.js';
import { portiaForEveryUser } from '../support/package-copy.js';
import { portiaHere } from '../support/portia-here.js';
import { cleanEnvironment, ended, TESTED_NODE } from '../support/portia.js';
import { expectError } from '../support/printed-error.js';
import { onlyRun } from '../support/scenario.js';

describe('a folder that cannot be written', () => {
  /** As a user who may only read; the machine's own user may write everywhere. */
  function asNobody(cwd: string, args: string[], home = cwd) {
    const env = { ...cleanEnvironment(cwd), HOME: home };
    const nobody = { uid: 65_534, gid: 65_534 };
    return ended(spawn(TESTED_NODE, [portiaForEveryUser(), ...args], { cwd, env, ...nobody }), '');
  }

  test('when a plan is to be run then it says so with exit 10, and nothing is called', async () => {
    const cwd = makeExampleProject();
    for (const name of ['.', 'plan.json', 'notes.md']) chmodSync(join(cwd, name), name === '.' ? 0o555 : 0o444);
    const before = listFolder(cwd);
    const { why, fix } = expectError(await asNobody(cwd, ['run-plan', 'plan.json']), {
      code: 'storage-failed',
      exit: 10,
    });
    expect(why).toContain('permission');
    expect(fix).not.toBeNull();
    expectError(await asNobody(cwd, ['run', 'add 1 + 2', '--yes']), { code: 'storage-failed', exit: 10 });
    expectError(await asNobody(cwd, ['check', 'plan.json', '-o', 'out.json']), { code: 'storage-failed', exit: 10 });
    expect(listFolder(cwd)).toEqual(before);
  });

  test('when it is only looked at then it works', async () => {
    const cwd = makeExampleProject();
    const id = await completeRun(cwd);
    const files = readdirSync(cwd, { recursive: true, encoding: 'utf8' }).map((name) => join(cwd, name));
    for (const path of [cwd, ...files]) chownSync(path, 65_534, 65_534);
    execFileSync('chmod', ['-R', 'a-w', cwd]);
    for (const args of [
      ['show', id],
      ['list'],
      ['list', 'plans'],
      ['check', 'plan.json'],
      ['plan', '--help'],
      ['tools', 'list'],
    ])
      expect(await asNobody(cwd, args)).toMatchObject({ code: 0 });
    expect(await asNobody(cwd, ['doctor'])).toMatchObject({ code: 1 });
    execFileSync('chmod', ['-R', 'u+w', cwd]);
  });

  test('when a link or a file stands where plans or runs belong then nothing is written through it', async () => {
    const cwd = makeExampleProject({ 'elsewhere/keep': '' });
    symlinkSync('elsewhere', join(cwd, 'plans'));
    const before = listFolder(cwd);
    expectError(await portiaHere(['plan', 'add 1 + 2'], { cwd }), { code: 'storage-failed', exit: 10 });
    expect(listFolder(cwd)).toEqual(before);
  });

  test.each([['./folder'], ['no/such/folder/out.json'], ['link.json'], ['/dev/full']])(
    'when the answer is to go to %s then it says so with exit 10',
    async (target) => {
      const cwd = makeExampleProject({ 'folder/x': '' });
      symlinkSync('notes.md', join(cwd, 'link.json'));
      const before = listFolder(cwd);
      expectError(await portiaHere(['check', 'plan.json', '-o', target], { cwd }), {
        code: 'storage-failed',
        exit: 10,
      });
      expect(listFolder(cwd)).toEqual(before);
    },
  );

  test('when the events are to go to a full disk then the run ends and the command exits 10', async () => {
    const cwd = makeExampleProject();
    expectError(await portiaHere(['run-plan', 'plan.json', '--events', '/dev/full'], { cwd }), {
      code: 'storage-failed',
      exit: 10,
    });
    expect(onlyRun(cwd).state).toBe('COMPLETE');
  });

  test.each([['.'], ['no/such/file']])('when the events are to go to %s then nothing is run', async (target) => {
    const cwd = makeExampleProject();
    expectError(await portiaHere(['run-plan', 'plan.json', '--events', target], { cwd }), {
      code: 'storage-failed',
      exit: 10,
    });
    expect(readdirSync(cwd)).not.toContain('runs');
  });

  test('when the events are to go to a pipe that nobody reads then it is refused instead of waited for', async () => {
    const cwd = makeExampleProject();
    execFileSync('mkfifo', [join(cwd, 'pipe')]);
    expectError(await portiaHere(['run-plan', 'plan.json', '--events', 'pipe'], { cwd }), {
      code: 'storage-failed',
      exit: 10,
    });
  });
});
