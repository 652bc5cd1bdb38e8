import { spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  lchownSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

import { describe, expect, inject, test } from 'vitest';

import { portiaForEveryUser } from '../support/package-copy.js';
import { portiaHere } from '../support/portia-here.js';
import { cleanEnvironment, ended, makeProject, type Ended, TESTED_NODE } from '../support/portia.js';
import { expectError } from '../support/printed-error.js';

const ME = 2_001;
const OTHER = 2_002;
const THIRD = 2_003;

/** A module that shows that it was loaded. */
const module = (folder: string) => `
import { writeFileSync } from 'node:fs';
import { defineTool } from 'portia';
import * as z from 'zod';
writeFileSync(${JSON.stringify(join(folder, 'room', 'RAN'))}, '');
export const loud = defineTool({
  id: 'loud', name: 'Loud', description: 'Says it.', effect: 'read', args: z.object({}), run: () => 'LOUD',
});
`;

const USES_MODULE = JSON.stringify({ tools: { modules: ['./loud.mjs'] } });

/** A project in a folder where everybody may write, as /tmp is, with a folder of mine in it. All of it is mine. */
function makeShared(files: Record<string, string> = { 'portia.json': USES_MODULE, 'loud.mjs': '' }) {
  const folder = makeProject({});
  chmodSync(folder, 0o1777);
  const room = join(folder, 'room');
  for (const path of [room, join(folder, 'mine')]) mkdirSync(path);
  chmodSync(room, 0o777);
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(folder, name), name === 'loud.mjs' ? module(folder) : text);
  }
  for (const name of ['mine', '.home', ...Object.keys(files)]) chownSync(join(folder, name), ME, ME);
  return {
    folder,
    mine: join(folder, 'mine'),
    give: (name: string) => lchownSync(join(folder, name), OTHER, OTHER),
    hasRun: () => existsSync(join(room, 'RAN')),
  };
}

type Shared = ReturnType<typeof makeShared>;

interface User {
  uid?: number;
  cwd?: string;
  env?: Record<string, string>;
}

/** Calls portia for a user, who may do what root may; the slow tests call it as that user. */
async function as(shared: Shared, args: string[], user: User = {}): Promise<Ended> {
  if (inject('onlyBinary')) return reallyAs(shared, args, user);
  const { uid = ME, cwd = shared.folder, env = {} } = user;
  const environment = cleanEnvironment(shared.folder, { CI: '1', ...env });
  return portiaHere(args, { cwd, env: environment, userId: uid });
}

async function reallyAs(
  { folder }: Shared,
  args: string[],
  { uid = ME, cwd = folder, env = {} }: User = {},
): Promise<Ended> {
  const environment = { ...cleanEnvironment(folder, env), CI: '1' };
  const user = { uid, gid: uid };
  const child = spawn(TESTED_NODE, [portiaForEveryUser(), ...args], { cwd, env: environment, stdio: 'pipe', ...user });
  return ended(child, '');
}

const LIST = ['tools', 'list', '--json'];

// Only root can be several users.
describe.runIf(process.geteuid?.() === 0)('a project of several users', () => {
  test('when all of it is mine or of root then its module is loaded', async () => {
    const shared = makeShared();
    chownSync(join(shared.folder, 'loud.mjs'), 0, 0);
    expect(await reallyAs(shared, LIST)).toMatchObject({ code: 0, stdout: expect.stringContaining('"loud"') });
    expect(shared.hasRun()).toBe(true);
  });

  test.each(['.', 'portia.json', '.env', 'loud.mjs'])(
    'when %s is of another user then nothing is loaded',
    async (name) => {
      const shared = makeShared({
        'portia.json': USES_MODULE,
        'loud.mjs': '',
        '.env': 'OPENAI_API_KEY=sk-of-somebody',
      });
      shared.give(name);
      const { message, why } = expectError(await reallyAs(shared, LIST), { code: 'project-untrusted', exit: 6 });
      expect(message).toBe(`${join(shared.folder, name)} belongs to another user (${OTHER}).`);
      expect(why).toContain('with your rights');
      expect(shared.hasRun()).toBe(false);
    },
  );

  test('when the current folder is of another user then a project above it is refused', async () => {
    const shared = makeShared();
    shared.give('mine');
    const { message } = expectError(await as(shared, LIST, { cwd: shared.mine }), {
      code: 'project-untrusted',
      exit: 6,
    });
    expect(message).toContain(shared.mine);
  });

  test('when root stands below a portia.json of another user then it is refused', async () => {
    const shared = makeShared();
    shared.give('portia.json');
    expectError(await as(shared, LIST, { uid: 0, cwd: shared.mine }), { code: 'project-untrusted', exit: 6 });
    expect(shared.hasRun()).toBe(false);
  });

  test('when there is only a .env, of another user, then its program is not started', async () => {
    const shared = makeShared({ '.env': '' });
    writeFileSync(join(shared.folder, '.env'), `PORTIA_MODEL="exec:touch ${join(shared.folder, 'room', 'RAN')}"`);
    shared.give('.env');
    expectError(await as(shared, ['run', 'say hello', '--yes']), { code: 'project-untrusted', exit: 6 });
    expect(shared.hasRun()).toBe(false);
  });

  test.each(['portia.json', 'loud.mjs'])(
    'when %s is a link of another user to a file of mine then it is refused',
    async (name) => {
      const shared = makeShared();
      renameSync(join(shared.folder, name), join(shared.mine, 'file.mjs'));
      symlinkSync('mine/file.mjs', join(shared.folder, name));
      shared.give(name);
      expectError(await as(shared, LIST), { code: 'project-untrusted', exit: 6 });
      expect(shared.hasRun()).toBe(false);
    },
  );

  test('when portia.json is my link to a file of another user then it is refused', async () => {
    const shared = makeShared();
    renameSync(join(shared.folder, 'portia.json'), join(shared.folder, 'theirs.json'));
    symlinkSync('theirs.json', join(shared.folder, 'portia.json'));
    shared.give('theirs.json');
    expectError(await as(shared, LIST), { code: 'project-untrusted', exit: 6 });
  });

  test('when portia.json of another user is broken then that it is of another user is said first', async () => {
    const shared = makeShared({ 'portia.json': '{ "model": sk-secret' });
    shared.give('portia.json');
    expectError(await as(shared, LIST), { code: 'project-untrusted', exit: 6 });
  });

  test('when root was called with sudo then files of the caller are used, and of nobody else', async () => {
    const shared = makeShared();
    const sudo = { uid: 0, env: { SUDO_UID: String(ME) } };
    expect(await reallyAs(shared, LIST, sudo)).toMatchObject({ code: 0 });
    shared.give('loud.mjs');
    expectError(await reallyAs(shared, LIST, sudo), { code: 'project-untrusted', exit: 6 });
  });

  test('when a user who is not root has SUDO_UID then it says nothing', async () => {
    const shared = makeShared();
    shared.give('loud.mjs');
    expectError(await reallyAs(shared, LIST, { env: { SUDO_UID: String(OTHER) } }), {
      code: 'project-untrusted',
      exit: 6,
    });
  });

  test('when a folder of another user has neither portia.json nor .env then it can be used', async () => {
    const shared = makeShared({});
    shared.give('.');
    expect(await as(shared, ['list', '--json'])).toMatchObject({ code: 0, stdout: '[]\n' });
  });

  test('when the shell names the root then whoever owns it is trusted', async () => {
    const shared = makeShared();
    shared.give('.');
    shared.give('portia.json');
    const env = { PORTIA_TRUST_PROJECT: shared.folder };
    expect(await as(shared, LIST, { env })).toMatchObject({ code: 0 });
    expect(await as(shared, LIST, { env, cwd: shared.mine })).toMatchObject({ code: 0 });
    for (const other of ['1', shared.mine]) {
      const refused = await as(shared, LIST, { env: { PORTIA_TRUST_PROJECT: other } });
      expectError(refused, { code: 'project-untrusted', exit: 6 });
    }
  });

  test('when only .env names the root then it is refused', async () => {
    const shared = makeShared();
    writeFileSync(join(shared.folder, '.env'), `PORTIA_TRUST_PROJECT=${shared.folder}\nSUDO_UID=${OTHER}`);
    shared.give('.env');
    expectError(await as(shared, LIST), { code: 'project-untrusted', exit: 6 });
  });

  test('when a file that a module imports is of another user then the module is not loaded', async () => {
    const shared = makeShared();
    const part = join(shared.folder, 'part.mjs');
    renameSync(join(shared.folder, 'loud.mjs'), part);
    writeFileSync(join(shared.folder, 'loud.mjs'), "export * from './part.mjs';");
    expect(await as(shared, LIST)).toMatchObject({ code: 0 });
    rmSync(join(shared.folder, 'room', 'RAN'));
    shared.give('part.mjs');
    const { message } = expectError(await as(shared, LIST), { code: 'project-untrusted', exit: 6 });
    expect(message).toContain(part);
    expect(shared.hasRun()).toBe(false);
  });

  test('when a program that is named as the model is of another user then it is not started', async () => {
    const shared = makeShared({ 'portia.json': JSON.stringify({ model: 'exec:sh ./model.sh' }), 'model.sh': '' });
    writeFileSync(join(shared.folder, 'model.sh'), `touch ${join(shared.folder, 'room', 'RAN')}`);
    await as(shared, ['run', 'say hello', '--yes']);
    expect(shared.hasRun()).toBe(true);
    rmSync(join(shared.folder, 'room', 'RAN'));
    shared.give('model.sh');
    expectError(await as(shared, ['run', 'say hello', '--yes']), { code: 'project-untrusted', exit: 6 });
    expect(shared.hasRun()).toBe(false);
  });

  test('when nothing of the project is used then its owner does not matter', async () => {
    const shared = makeShared();
    shared.give('portia.json');
    expect(await as(shared, [...LIST, '--no-project'])).toMatchObject({ code: 0 });
    expect(shared.hasRun()).toBe(false);
  });

  test('when its modules are of another user then it cannot be trusted before they are excepted', async () => {
    const shared = makeShared();
    shared.give('loud.mjs');
    const env = { PORTIA_TRUST_PROJECT: '' };
    const refused = await as(shared, ['trust', '--folder', '--yes'], { env });
    expectError(refused, { code: 'project-untrusted', exit: 6 });
    expect(await as(shared, ['trust', '--owner', String(OTHER)], { env })).toMatchObject({ code: 0 });
    expect((await as(shared, LIST, { env })).stdout).not.toContain('"loud"');
    expect(await as(shared, ['trust', '--folder', '--yes'], { env })).toMatchObject({ code: 0 });
    expect((await as(shared, LIST, { env })).stdout).toContain('"loud"');
  });

  test.each([
    ['a user', ME],
    ['root', 0],
  ])(
    'when %s excepts an owner then his files count in this project, those of others and elsewhere do not',
    async (_who, uid) => {
      const [shared, elsewhere] = [makeShared(), makeShared()];
      // Both with the same settings of the user.
      const home = join(shared.folder, 'settings');
      mkdirSync(home);
      chownSync(home, uid, uid);
      const user = { uid, env: { PORTIA_CONFIG_DIR: home } };
      for (const { folder } of [shared, elsewhere]) {
        for (const name of ['.', 'mine', 'portia.json', 'loud.mjs']) chownSync(join(folder, name), OTHER, OTHER);
      }
      const { fix } = expectError(await as(shared, LIST, user), { code: 'project-untrusted', exit: 6 });
      expect(fix).toContain(`portia trust --owner ${OTHER}`);

      const excepted = await as(shared, ['trust', '--owner', String(OTHER), '--json'], { ...user, cwd: shared.mine });
      expect(excepted).toMatchObject({ code: 0 });
      expect(JSON.parse(excepted.stdout)).toEqual({ root: shared.folder, owner: OTHER });
      expect(await as(shared, LIST, user)).toMatchObject({ code: 0, stdout: expect.stringContaining('"loud"') });
      expectError(await as(elsewhere, LIST, user), { code: 'project-untrusted', exit: 6 });

      chownSync(join(shared.folder, 'loud.mjs'), THIRD, THIRD);
      expectError(await as(shared, LIST, user), { code: 'project-untrusted', exit: 6 });
      chownSync(join(shared.folder, 'loud.mjs'), OTHER, OTHER);

      const listed = await as(elsewhere, ['trust', '--list', '--json'], user);
      expect(JSON.parse(listed.stdout)).toEqual([
        { root: shared.folder, mode: null, trusted_at: null, owners: [OTHER] },
      ]);
      expect(await as(shared, ['trust', '--revoke'], user)).toMatchObject({ code: 0 });
      expectError(await as(shared, LIST, user), { code: 'project-untrusted', exit: 6 });
    },
  );

  test('when parts belong to several users then each is named, with a way out for each', async () => {
    const shared = makeShared();
    shared.give('portia.json');
    chownSync(shared.mine, THIRD, THIRD);
    const refused = await as(shared, LIST, { cwd: shared.mine });
    const { message, why, fix } = expectError(refused, { code: 'project-untrusted', exit: 6 });
    expect(`${message} ${why}`).toContain(join(shared.folder, 'portia.json'));
    expect(`${message} ${why}`).toContain(shared.mine);
    for (const id of [OTHER, THIRD]) expect(fix).toContain(`portia trust --owner ${id} `);
    expect(fix).toContain(`PORTIA_TRUST_PROJECT=${shared.folder} `);
  });

  test('when an owner is given by name then the machine knows the number', async () => {
    const shared = makeShared();
    const { stdout } = await as(shared, ['trust', '--owner', 'root', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ owner: 0 });
    const refused = await as(shared, ['trust', '--owner', 'no-such-user', '--json']);
    expectError(refused, { code: 'usage', exit: 2 });
  });
});
