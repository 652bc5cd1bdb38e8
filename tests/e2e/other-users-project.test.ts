import { spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  lchownSync,
  mkdirSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { cleanEnvironment, ended, makeProject, PORTIA, type Ended } from '../support/portia.js';
import { expectError } from '../support/printed-error.js';

const ME = 2_001;
const OTHER = 2_002;

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

async function as({ folder }: Shared, args: string[], { uid = ME, cwd = folder, env = {} }: User = {}): Promise<Ended> {
  const environment = { ...cleanEnvironment(folder, env), CI: '1' };
  const child = spawn(process.execPath, [PORTIA, ...args], { cwd, env: environment, stdio: 'pipe', uid, gid: uid });
  return ended(child, '');
}

const LIST = ['tools', 'list', '--json'];

// Only root can be several users.
describe.runIf(process.geteuid?.() === 0)('a project of several users', () => {
  test('when all of it is mine or of root then its module is loaded', async () => {
    const shared = makeShared();
    chownSync(join(shared.folder, 'loud.mjs'), 0, 0);
    expect(await as(shared, LIST)).toMatchObject({ code: 0, stdout: expect.stringContaining('"loud"') });
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
      const { message, why } = expectError(await as(shared, LIST), { code: 'project-untrusted', exit: 6 });
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
    expect(await as(shared, LIST, sudo)).toMatchObject({ code: 0 });
    shared.give('loud.mjs');
    expectError(await as(shared, LIST, sudo), { code: 'project-untrusted', exit: 6 });
  });

  test('when a user who is not root has SUDO_UID then it says nothing', async () => {
    const shared = makeShared();
    shared.give('loud.mjs');
    expectError(await as(shared, LIST, { env: { SUDO_UID: String(OTHER) } }), { code: 'project-untrusted', exit: 6 });
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
});
