import { chmodSync, chownSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { portiaForEveryUser } from '../../support/package-copy.js';
import { cleanEnvironment, ended, makeProject, UNTRUSTED, TESTED_NODE } from '../../support/portia.js';
import { plan, tool } from '../../e2e/trust-project.js';

const ME = 2_001;
const OTHER = 2_002;

const COMMANDS: string[][] = [
  ['tools', 'list'],
  ['doctor'],
  ['check', 'add.json'],
  ['run-plan', 'add.json'],
  ['run', 'add 1 + 2', '--yes'],
  ['run', 'say hello', '--yes'],
  ['run', 'say hello', '--yes', '--trust-project'],
  ['trust', '--folder', '--yes'],
];

interface Shared {
  folder: string;
  /** The folder of one user in it. */
  mine: string;
  hasRun: () => boolean;
}

/** A folder where everybody may write, as /tmp is, with a project of another user. */
function makeShared(owner: number, files: Record<string, string>): Shared {
  const folder = makeProject({ 'mine/add.json': plan(tool('calculator_tool', { math_question: '1 + 1' })) });
  chmodSync(folder, 0o1777);
  const ran = join(folder, 'room');
  mkdirSync(ran);
  chmodSync(ran, 0o777);
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(folder, name), text.replaceAll('RAN', join(ran, 'RAN')));
    chownSync(join(folder, name), OTHER, OTHER);
  }
  const mine = join(folder, 'mine');
  for (const path of [mine, join(folder, '.home')]) chownSync(path, owner, owner);
  return { folder, mine, hasRun: () => existsSync(join(ran, 'RAN')) };
}

/** Every command, in turn, by this user. Nothing is trusted but what the user says. */
async function typeAll({ folder }: Shared, { uid, cwd }: { uid: number; cwd: string }): Promise<void> {
  for (const args of COMMANDS) {
    const env = cleanEnvironment(folder, UNTRUSTED);
    const user = { uid, gid: uid };
    await ended(spawn(TESTED_NODE, [portiaForEveryUser(), ...args], { cwd, env, stdio: 'pipe', ...user }), '');
  }
}

const MODULE = {
  'portia.json': JSON.stringify({ tools: { modules: ['./t.mjs'] } }),
  't.mjs': "import { writeFileSync } from 'node:fs'; writeFileSync('RAN', '');",
};
const PROGRAM = { 'portia.json': '{}', '.env': 'PORTIA_MODEL="exec:touch RAN"\n' };
const PROGRAM_OF_SETTINGS = { 'portia.json': JSON.stringify({ model: 'exec:touch RAN' }) };

// Only root can be several users.
describe.runIf(process.geteuid?.() === 0)('a project of another user', () => {
  test.each([
    ['module', MODULE],
    ['program of .env', PROGRAM],
    ['program of portia.json', PROGRAM_OF_SETTINGS],
  ])('when root is below it or in it then its %s is not run by any command', async (_what, files) => {
    const shared = makeShared(0, files);
    for (const cwd of [shared.mine, shared.folder]) await typeAll(shared, { uid: 0, cwd });
    expect(shared.hasRun()).toBe(false);
  });

  test.each([
    ['module', MODULE],
    ['program of .env', PROGRAM],
  ])('when a user is below it or in it then its %s is not run by any command', async (_what, files) => {
    const shared = makeShared(ME, files);
    for (const cwd of [shared.mine, shared.folder]) await typeAll(shared, { uid: ME, cwd });
    expect(shared.hasRun()).toBe(false);
  });

  test('when only the module is of another user then it is not run', async () => {
    const shared = makeShared(ME, MODULE);
    chownSync(join(shared.folder, 'portia.json'), 0, 0);
    await typeAll(shared, { uid: ME, cwd: shared.mine });
    expect(shared.hasRun()).toBe(false);
  });

  test('when only .env beside my own settings is of another user then its program is not run', async () => {
    const shared = makeShared(ME, PROGRAM);
    chownSync(join(shared.folder, 'portia.json'), ME, ME);
    await typeAll(shared, { uid: ME, cwd: shared.mine });
    expect(shared.hasRun()).toBe(false);
  });

  test('when all of it is mine and I trust it then the attack works: it is the owner that counts', async () => {
    const shared = makeShared(ME, PROGRAM_OF_SETTINGS);
    for (const path of ['portia.json', '.']) chownSync(join(shared.folder, path), ME, ME);
    await typeAll(shared, { uid: ME, cwd: shared.mine });
    expect(shared.hasRun()).toBe(true);
  });
});
