import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';

import { Guests, type GuestOptions } from '../../src/processes/guests.js';
import { buildProgram, type Program } from '../support/build-program.js';
import { numberIn, processesOfGroup, untilGroupIsGone } from '../support/process-groups.js';

const directory = mkdtempSync(join(tmpdir(), 'portia-guests-'));
const environment = { PATH: process.env['PATH'] };
const guests = new Guests(process.kill.bind(process));
/** Whether the processes that a program starts can be told from others. */
const hasMarks = existsSync('/proc/self/environ');
let owner: Program;

beforeAll(() => {
  owner = buildProgram('tests/processes/owner-program.ts');
});
afterAll(() => {
  owner.remove();
  rmSync(directory, { recursive: true });
});

function start(command: string, options: Partial<GuestOptions> = {}) {
  return guests.start({ command, shell: true, environment, directory, stdio: 'pipe', ...options });
}

/** The children of this process that are a shell. */
function shellsHere(): string[] {
  const lines = execFileSync('ps', ['-A', '-o', 'ppid=,pid=,comm='], { encoding: 'utf8' }).split('\n');
  return lines.filter((line) => line.trim().startsWith(`${process.pid} `) && /\bsh$/.test(line));
}

const groupOf = (guest: { child: { pid?: number | undefined } }) => guest.child.pid ?? 0;

test('when a program ends then what it started in the background ends, too', async () => {
  const guest = start('sleep 60 & exit 3');
  await expect(guest.ended).resolves.toMatchObject({ code: 3, signal: null });
  await untilGroupIsGone(groupOf(guest));
});

test('when a program listens to the request to end then it can say its last words', async () => {
  const guest = start(`trap 'echo bye; exit 0' TERM; echo ready; while :; do sleep 0.1; done`);
  let said = '';
  guest.child.stdout?.on('data', (bytes: Buffer) => (said += bytes.toString()));
  await once(guest.child.stdout ?? guest.child, 'data');
  await expect(guest.end(60_000)).resolves.toMatchObject({ code: 0 });
  expect(said).toBe('ready\nbye\n');
  expect(processesOfGroup(groupOf(guest))).toEqual([]);
});

test('when a program and what it started resist then they are ended all the same', async () => {
  const guest = start(`trap '' TERM; (trap '' TERM; sleep 60) & echo ready; sleep 60; sleep 60`);
  await once(guest.child.stdout ?? guest.child, 'data');
  await expect(guest.end(50)).resolves.toMatchObject({ signal: 'SIGKILL' });
  await untilGroupIsGone(groupOf(guest));
});

test('when a program had a folder of its own then that is removed with it', async () => {
  const folder = mkdtempSync(join(directory, 'with  spaces '));
  const guest = start('echo x > left; mkdir more; echo y > more/left; sleep 60', { directory: folder, folder });
  await guest.end(50);
  expect(existsSync(folder)).toBe(false);
  expect(existsSync(directory)).toBe(true);
});

test('when its owner is killed then the folder of a program is removed, too', async () => {
  const folder = mkdtempSync(join(directory, 'with  spaces '));
  const file = join(directory, 'folder-group');
  const script = `echo x > '${folder}/left'; echo $$ > ${file}; while :; do sleep 0.1; done`;
  const process = spawn('node', [owner.path, script, folder], { stdio: ['ignore', 'pipe', 'ignore'] });
  const [group] = await Promise.all([numberIn(file), once(process.stdout, 'data')]);
  process.kill('SIGKILL');
  await untilGroupIsGone(group);
  while (existsSync(folder)) await wait(10);
  expect(existsSync(directory)).toBe(true);
});

test('when a program cannot be started then that is its end', async () => {
  const guest = start('no-such-program', { shell: false });
  const { error } = await guest.ended;
  expect(error?.message).toContain('ENOENT');
});

test('when all are ended then none is left', async () => {
  const groups = [start('sleep 60'), start('sleep 60')].map(groupOf);
  await guests.endAll();
  await Promise.all(groups.map(untilGroupIsGone));
});

test.each(['SIGKILL', 'SIGTERM', 'SIGHUP'] as const)(
  'when the owner of a program is ended by %s then the program ends with all that it started',
  async (signal) => {
    const file = join(directory, signal);
    const resist = signal === 'SIGKILL' ? `trap '' TERM HUP INT;` : '';
    const script = `${resist} (sleep 60) & echo $$ > ${file}; while :; do sleep 0.1; done`;
    const process = spawn('node', [owner.path, script], { stdio: ['ignore', 'pipe', 'ignore'] });
    const [group] = await Promise.all([numberIn(file), once(process.stdout, 'data')]);
    process.kill(signal);
    await untilGroupIsGone(group);
  },
);

/** Writes the group of a process that has left that of its program, and whose parent has ended. */
const daemonInto = (file: string) => `(setsid sh -c 'echo $$ > ${file}; sleep 60; sleep 60' &)`;

describe('a program that starts a daemon', () => {
  test('when it ends by itself then the daemon stays', async () => {
    const file = join(directory, 'daemon-stays');
    const guest = start(`${daemonInto(file)}; until [ -s ${file} ]; do sleep 0.05; done`, { stdio: 'ignore' });
    await guest.ended;
    const daemon = await numberIn(file);
    expect(processesOfGroup(daemon)).not.toEqual([]);
    process.kill(-daemon, 'SIGKILL');
    await untilGroupIsGone(daemon);
  });

  // Elsewhere nothing tells whose daemon it is.
  test.runIf(hasMarks)('when it is ended then the daemon ends, too', async () => {
    const file = join(directory, 'daemon-ends');
    const guest = start(`${daemonInto(file)}; sleep 60`);
    const daemon = await numberIn(file);
    await guest.end();
    await untilGroupIsGone(daemon);
  });

  test.runIf(hasMarks)('when the owner of the program is killed then the daemon ends, too', async () => {
    const [file, ready] = [join(directory, 'orphan'), join(directory, 'ready')];
    const script = `${daemonInto(file)}; echo $$ > ${ready}; sleep 60`;
    const process = spawn('node', [owner.path, script], { stdio: ['ignore', 'pipe', 'ignore'] });
    const [daemon, group] = await Promise.all([numberIn(file), numberIn(ready), once(process.stdout, 'data')]);
    process.kill('SIGKILL');
    await Promise.all([daemon, group].map(untilGroupIsGone));
  });
});

// Elsewhere nothing tells which programs have begun.
test.runIf(hasMarks)(
  'when the owner is killed while a program begins then the program ends with all that it started',
  async () => {
    const starter = buildProgram('tests/processes/starter-program.ts');
    onTestFinished(() => starter.remove());
    const file = join(directory, 'begun');
    spawn('node', [starter.path, `trap '' TERM; sleep 60 & echo $$ > ${file}; wait; sleep 60`], { stdio: 'ignore' });
    await untilGroupIsGone(await numberIn(file));
  },
);

test('when a process has several Guests then one guard watches all of their programs', async () => {
  const sleeping = () => {
    const own = new Guests(process.kill.bind(process));
    return own.start({ command: 'sleep', args: ['60'], environment, directory, stdio: 'ignore' });
  };
  const first = sleeping();
  const shells = shellsHere();
  const others = [sleeping(), sleeping()];
  expect(shellsHere()).toEqual(shells);
  await Promise.all([first, ...others].map((guest) => guest.end()));
});

test('when the guard itself was ended then another one takes its place', async () => {
  const file = join(directory, 'guarded');
  const process = spawn('node', [owner.path, `sleep 60 & echo $$ > ${file}; wait`, 'end the guard'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let said = '';
  process.stdout.on('data', (bytes: Buffer) => (said += bytes.toString()));
  const group = await numberIn(file);
  while (!said.includes('another guard')) await once(process.stdout, 'data');
  process.kill('SIGKILL');
  await untilGroupIsGone(group);
});

test('when nothing but a program keeps its owner alive then the owner can end, and the program ends with it', async () => {
  const file = join(directory, 'let-end');
  const process = spawn('node', [owner.path, `echo $$ > ${file}; echo ready; sleep 60`, 'let it end'], {
    stdio: 'ignore',
  });
  const [[code], group] = await Promise.all([once(process, 'exit'), numberIn(file)]);
  expect(code).toBe(0);
  await untilGroupIsGone(group);
});
