import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test, vi } from 'vitest';

import { realFileSystem, type FileSystem } from '../../src/storage/file-system.js';
import { keptMachineId } from '../../src/storage/machine-id.js';
import { identifyProcess, judgeLiveness, type ProcessIdentity } from '../../src/storage/process-identity.js';
import { acquireRunLock, readOwner } from '../../src/storage/run-lock.js';
import { buildProgram, type Program } from '../support/build-program.js';
import { firstLine, startProgram } from './child-program.js';
import { errorOf, newFolder, outcomeOf } from './examples.js';
import { faultyFileSystem, withoutLinks } from './faulty-file-system.js';
import { contend } from './lock-rounds.js';

const self = identifyProcess(process.pid);
const since = '2024-05-06T07:08:09.000Z';

function acquire(folder: string, options: { fs?: FileSystem; takeOver?: boolean; isNew?: boolean } = {}) {
  return acquireRunLock(folder, { fs: realFileSystem, self, since, runId: 'prun-x', ...options });
}

function folderLockedBy(identity: Partial<ProcessIdentity>): string {
  const folder = newFolder();
  writeFileSync(join(folder, 'lock.4'), JSON.stringify({ ...self, since, ...identity }));
  return folder;
}

const ownerOf = (folder: string) => readOwner(folder, { fs: realFileSystem, self });

describe('the lock of a run', () => {
  test('when it is free then it is taken, shown, and free again after the release', () => {
    const folder = newFolder();
    expect(ownerOf(folder)).toBeUndefined();
    const lock = acquire(folder);
    expect(lock).toMatchObject({ generation: 1, tookOver: false });
    expect(ownerOf(folder)).toEqual({ pid: process.pid, host: self.host, since });
    lock.assertOwner();
    lock.release();
    expect(ownerOf(folder)).toBeUndefined();
    expect(acquire(folder).generation).toBe(2);
    expect(readdirSync(folder)).toEqual(['lock.2']);
  });

  test('when this process has it already then it is refused, naming the owner and the way out', async () => {
    const folder = newFolder();
    acquire(folder);
    const error = await errorOf(() => acquire(folder));
    expect(error.code).toBe('run-locked');
    expect(error.message).toBe(`Process ${process.pid} on ${self.host} drives prun-x since ${since}.`);
    expect(error.fix).toContain('portia resume prun-x --take-over');
    expect(readdirSync(folder)).toEqual(['lock.1']);
  });

  test.each(['EPERM', 'EOPNOTSUPP', 'ENOSYS'])(
    'when the file system has no hard links (%s) then it has one owner all the same',
    async (code) => {
      const fs = withoutLinks(code);
      const folder = newFolder();
      const lock = acquire(folder, { fs });
      expect(ownerOf(folder)).toEqual({ pid: process.pid, host: self.host, since });
      expect((await errorOf(() => acquire(folder, { fs }))).code).toBe('run-locked');
      lock.release();
      expect(acquire(folder, { fs }).generation).toBe(2);
      expect(readdirSync(folder)).toEqual(['lock.2']);
    },
  );

  test('when such a lock is not yet written when another process reads it then one of the two owns the run', async () => {
    const folder = newFolder();
    let other: ReturnType<typeof acquire> | undefined;
    const fs = withoutLinks('EPERM', (name) => {
      // Between making the file of the lock and writing it.
      if (name === 'write' && readdirSync(folder).includes('lock.1')) other ??= acquire(folder);
    });
    expect((await errorOf(() => acquire(folder, { fs }))).code).toBe('run-locked');
    other?.assertOwner();
    expect(ownerOf(folder)).toBeDefined();
  });

  test('when the folder is new then the lock is made in one step, and whoever was faster keeps it', async () => {
    const folder = newFolder();
    const lock = acquire(folder, { fs: withoutLinks('EPERM'), isNew: true });
    expect(lock).toMatchObject({ generation: 1, tookOver: false });
    expect(readdirSync(folder)).toEqual(['lock.1']);
    expect(ownerOf(folder)).toEqual({ pid: process.pid, host: self.host, since });
    expect((await errorOf(() => acquire(folder, { isNew: true }))).code).toBe('run-locked');
    lock.assertOwner();
    lock.release();
    expect(ownerOf(folder)).toBeUndefined();
  });

  test('when a new folder is found before its lock is written then one of the two owns the run', async () => {
    const folder = newFolder();
    let other: ReturnType<typeof acquire> | undefined;
    const fs = withoutLinks('EPERM', (name) => {
      if (name === 'write') other ??= acquire(folder);
    });
    const lock = acquire(folder, { fs, isNew: true });
    expect((await errorOf(() => lock.assertOwner())).code).toBe('run-locked');
    other?.assertOwner();
    expect(ownerOf(folder)).toBeDefined();
  });

  test('when it is taken over then the former owner knows and changes nothing', async () => {
    const folder = newFolder();
    const former = acquire(folder);
    const lock = acquire(folder, { takeOver: true });
    expect(lock).toMatchObject({ generation: 2, tookOver: true });
    expect((await errorOf(() => former.assertOwner())).code).toBe('run-locked');
    former.release();
    lock.assertOwner();
    expect(readdirSync(folder)).toEqual(['lock.2']);
  });

  test.each<[string, Partial<ProcessIdentity>]>([
    ['is dead', { pid: 2 ** 30 }],
    ['has its number, but started at another time', { start: '1' }],
  ])('when the owner %s then the run is free', (_name, identity) => {
    const folder = folderLockedBy(identity);
    expect(ownerOf(folder)).toBeUndefined();
    expect(acquire(folder)).toMatchObject({ generation: 5, tookOver: false });
  });

  test.each<[string, Partial<ProcessIdentity>]>([
    ['lives', {}],
    ['is on another machine', { host: 'elsewhere', pid: 2 ** 30 }],
    ['is in another container', { namespace: 'pid:[1]', pid: 2 ** 30 }],
    ['is on a machine of the same name', { machine: 'another', boot: 'another', pid: 2 ** 30 }],
    ['is on a machine of the same name that has no id', { machine: '', boot: 'another', pid: 2 ** 30 }],
    ['does not say when it started', { start: '', pid: 2 ** 30 }],
  ])('when the owner %s then the run is locked until it is taken over', async (_name, identity) => {
    const folder = folderLockedBy(identity);
    expect(ownerOf(folder)).toMatchObject({ since });
    expect((await errorOf(() => acquire(folder))).code).toBe('run-locked');
    expect(readdirSync(folder)).toEqual(['lock.4']);
    expect(acquire(folder, { takeOver: true })).toMatchObject({ generation: 5, tookOver: true });
  });

  test.each<[string, Partial<ProcessIdentity>, string]>([
    ['on this machine, which was started again', {}, 'dead'],
    ['on a machine that shares only its name', { machine: 'f'.repeat(32) }, 'unknown'],
    ['in a container, whose machine id comes with its image', { namespace: 'pid:[4026532000]' }, 'unknown'],
    ['on a machine without an id', { machine: '' }, 'unknown'],
  ])('when the owner had another boot id %s then that is judged', (_name, identity, liveness) => {
    const here = { ...self, machine: 'a'.repeat(32), namespace: 'pid:[4026531836]' };
    expect(judgeLiveness({ ...here, boot: 'another', ...identity }, here)).toBe(liveness);
  });

  test('when machines share the folder of a user that keeps their id then another boot proves no restart', () => {
    const userFolder = join(newFolder(), 'new');
    const machine = keptMachineId(userFolder);
    expect(machine).toMatch(/^kept:[0-9a-f-]{36}$/);
    expect(keptMachineId(userFolder)).toBe(machine);
    const here = { ...self, machine, namespace: 'pid:[4026531836]' };
    expect(judgeLiveness({ ...here, boot: 'another' }, here)).toBe('unknown');
    expect(keptMachineId(join(userFolder, 'machine-id'))).toBe('');
  });

  test('when the owner cannot be judged then its last sign of life is reported, and when it is safe to take over', async () => {
    const folder = folderLockedBy({ namespace: 'pid:[1]', pid: 7 });
    utimesSync(join(folder, 'lock.4'), 1_700_000_000, 1_700_000_000);
    expect(ownerOf(folder)).toMatchObject({ pid: 7, last_sign: '2023-11-14T22:13:20.000Z' });
    const { details, fix } = await errorOf(() => acquire(folder));
    expect(details.why).toContain('last gave a sign of life at 2023-11-14T22:13:20.000Z');
    expect(fix).toMatch(/crashed container.*no sign for a minute.*safe.*portia resume prun-x --take-over/);
  });

  test('when a run is driven then its lock shows every few seconds that its owner lives, until it is given free', () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    try {
      const folder = newFolder();
      const lock = acquire(folder);
      const file = join(folder, 'lock.1');
      const ageAfterSign = (): number => {
        utimesSync(file, 1, 1);
        vi.advanceTimersByTime(5_000);
        return statSync(file).mtimeMs;
      };
      expect(ageAfterSign()).toBeGreaterThan(1_000);
      lock.release();
      expect(ageAfterSign()).toBe(1_000);
    } finally {
      vi.useRealTimers();
    }
  });

  test.each([
    ['nothing', '', true],
    ['zeros', '\0\0\0', true],
    ['half a record', '{"pid":1', true],
    ['a release', '{"released":true}', true],
    ['a record of another kind', '{"holder":"x"}', false],
    ['a number', '7', false],
  ])('when the lock holds %s then it is free only if nobody can own it', async (_name, text, free) => {
    const folder = newFolder();
    writeFileSync(join(folder, 'lock.9'), text);
    expect((await outcomeOf(() => acquire(folder)))?.code).toBe(free ? undefined : 'run-locked');
  });

  test.each([
    ['points nowhere', (folder: string) => symlinkSync('/nowhere', join(folder, 'lock.3'))],
    ['has the highest number', (folder: string) => writeFileSync(join(folder, `lock.${'9'.repeat(15)}`), '')],
  ])('when a lock file %s then that ends with an error', async (_name, make) => {
    const folder = newFolder();
    make(folder);
    expect((await errorOf(() => acquire(folder))).code).toBe('storage-failed');
  });

  test('when a contender was so slow that its number is used up then it gives way', async () => {
    const folder = folderLockedBy({ pid: 2 ** 30 });
    const link = (from: string, to: string): void => {
      // Others take the run, give it back, and a third one takes it, before this link.
      acquire(folder).release();
      acquire(folder);
      realFileSystem.link(from, to);
    };
    expect((await errorOf(() => acquire(folder, { fs: { ...realFileSystem, link } }))).code).toBe('run-locked');
    expect(readdirSync(folder)).toEqual(['lock.6']);
  });

  test.each(['ENOSPC', 'EIO', 'EROFS', 'EACCES', 'EMFILE'])(
    'when any operation fails with %s then the run is owned or an error says why',
    async (code) => {
      for (let at = 1; ; at += 1) {
        const folder = folderLockedBy({ pid: 2 ** 30 });
        const { fs, failed } = faultyFileSystem(at, code, false);
        const error = await outcomeOf(() => {
          const lock = acquire(folder, { fs });
          lock.assertOwner();
          lock.release();
        });
        if (!failed()) break;
        if (error !== undefined) expect(error.code).toBeOneOf(['storage-failed', 'unreadable', 'run-locked']);
        else expect(readFileSync(join(folder, 'lock.5'), 'utf8').trim()).toBe('{"released":true}');
      }
    },
  );
});

describe('liveness', () => {
  test('when a process ends then it is dead, also as a zombie', async () => {
    const child = spawn('sleep', ['100'], { stdio: 'ignore' });
    const identity = identifyProcess(child.pid ?? 0);
    expect(judgeLiveness(identity, self)).toBe('alive');
    const closed = once(child, 'close');
    child.kill('SIGKILL');
    // The kernel needs a moment, and this thread does not reap while it waits here.
    while (judgeLiveness(identity, self) === 'alive') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    expect(judgeLiveness(identity, self)).toBe('dead');
    await closed;
    expect(judgeLiveness(identity, self)).toBe('dead');
  });

  test('when a process is stopped then it still lives', async () => {
    const child = spawn('sleep', ['100'], { stdio: 'ignore' });
    const closed = once(child, 'close');
    child.kill('SIGSTOP');
    expect(judgeLiveness(identifyProcess(child.pid ?? 0), self)).toBe('alive');
    child.kill('SIGKILL');
    await closed;
  });
});

describe('several processes', () => {
  let program: Program;
  beforeAll(() => {
    program = buildProgram('tests/storage/lock-program.ts');
    return () => program.remove();
  });

  test('when 8 contend then no two are ever inside', async () => {
    await contend(program, { folder: newFolder(), contenders: 8, rounds: 5 });
  });

  test('when the owner is killed then the next one has the run at once', async () => {
    const folder = newFolder();
    const child = startProgram(program, ['hold', folder]);
    expect(await firstLine(child)).toBe('held');
    expect((await errorOf(() => acquire(folder))).message).toContain(`Process ${child.pid} `);
    const closed = once(child, 'close');
    child.kill('SIGKILL');
    await closed;
    expect(acquire(folder)).toMatchObject({ generation: 2, tookOver: false });
  });
});
