import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Writable } from 'node:stream';

import { beforeAll, describe, expect, test } from 'vitest';

import { shellQuote } from '../../src/domain/values/shell-quote.js';
import { canPrompt } from '../../src/ui/streams.js';
import { buildProgram, type Program } from '../support/build-program.js';
import { memoryStreams } from '../support/memory-streams.js';

let program: Program;
beforeAll(() => {
  program = buildProgram('tests/support/write-in-process.ts');
  return () => program.remove();
});

/** Runs the program in bash; PIPESTATUS tells its own exit code, not that of the reader. */
function run(args: string, redirect: string) {
  const command = [process.execPath, program.path].map(shellQuote).join(' ');
  const script = `${command} ${args} ${redirect}; exit \${PIPESTATUS[0]}`;
  return spawnSync('/bin/bash', ['-c', script], { encoding: 'utf8', maxBuffer: 1e9 });
}

describe('writing in a real process', () => {
  test('when 100 MB go into a slow pipe then every byte arrives', () => {
    const { stdout, stderr, status } = run('write 100000000', '| (sleep 0.3; wc -c)');
    expect({ stdout: stdout.trim(), stderr, status }).toEqual({ stdout: '100000000', stderr: '', status: 0 });
  });

  test('when the reader goes away then writing ends quietly', () => {
    expect(run('lines 100000', '| head -1')).toMatchObject({ stdout: '0\n', stderr: '', status: 0 });
  });

  test('when the disk is full then the failure is reported', () => {
    const { stderr, status } = run('write 1000', '> /dev/full');
    expect({ stderr, status }).toEqual({ stderr: expect.stringContaining('stdout: ENOSPC'), status: 10 });
  });

  test('when standard error is full, too, then nothing crashes', () => {
    expect(run('write 1000', '> /dev/full 2> /dev/full')).toMatchObject({ status: 10 });
  });
});

describe('reading standard input in a real process', () => {
  const file = (content: string | Uint8Array) => {
    const name = path.join(mkdtempSync(path.join(tmpdir(), 'portia-ui-')), 'stdin');
    writeFileSync(name, content);
    return shellQuote(name);
  };
  test.each([
    ['text', '"Zürich\\n"', file('Zürich\n')],
    ['a byte order mark', '"text"', file('\ufefftext')],
    ['nothing', '""', '/dev/null'],
    // Node gives a directory on standard input as an empty stream.
    ['a directory', '""', '.'],
  ])('when it holds %s then that is the text', (_case, expected, name) => {
    expect(JSON.stringify(run('read 1000', `< ${name}`).stdout)).toBe(expected);
  });

  test.each([
    ['more than the limit', 'It has more than 1,000 bytes.', file('x'.repeat(1001))],
    ['UTF-16 text', 'It is UTF-16 text', file(new Uint8Array([0xff, 0xfe, 0x00]))],
    ['a binary file', 'not text but a binary file', file(new Uint8Array([0xff, 0x00, 0xff]))],
  ])('when it is %s then it is unreadable and says why', (_case, why, name) => {
    const { stdout } = run('read 1000', `< ${name}`);
    expect(stdout).toContain('"code":"unreadable"');
    expect(stdout).toContain(why);
  });
});

describe('canPrompt', () => {
  const all = ['stdin', 'stderr'] as ('stdin' | 'stderr')[];
  test.each([
    ['both are terminals', all, {}, {}, { yes: true }],
    ['CI is false', all, { CI: 'false' }, {}, { yes: true }],
    ['--no-prompt is first', [], { CI: '1', PORTIA_NO_PROMPT: '1' }, { noPrompt: true }, '--no-prompt was given'],
    ['PORTIA_NO_PROMPT is next', [], { CI: '1', PORTIA_NO_PROMPT: '1' }, {}, 'PORTIA_NO_PROMPT is set'],
    ['CI is next', [], { CI: 'true' }, {}, 'CI is set'],
    ['standard input is next', [], {}, {}, 'standard input is not a terminal'],
    ['standard error is last', ['stdin' as const], {}, {}, 'standard error is not a terminal'],
  ])('when %s then the answer is the first reason', (_case, terminals, environment, flags, expected) => {
    const { streams } = memoryStreams({ terminals: [...terminals] });
    const answer = canPrompt({ streams, environment, ...flags });
    expect(answer).toEqual(typeof expected === 'string' ? { yes: false, because: expected } : expected);
  });
});

describe('createStreams', () => {
  test('when a stream says nothing of its width then it is 80', () => {
    expect(memoryStreams({ columns: 0 }).streams.out.columns).toBe(80);
  });

  test('when a terminal loses its width then what draws on it is never told 0', () => {
    const { streams } = memoryStreams({ terminals: ['stderr'], columns: 60 });
    const output: Writable & { columns?: number } = streams.terminal().output;
    expect(output.columns).toBe(60);
    Object.assign(output, { columns: 0 }).emit('resize');
    expect(output.columns).toBeUndefined();
    expect(streams.err.columns).toBe(80);
    Object.assign(output, { columns: 70 }).emit('resize');
    expect(streams.err.columns).toBe(70);
  });

  test('when --no-color is given then no stream has colour', () => {
    const { streams } = memoryStreams({ terminals: ['stdout', 'stderr'], noColour: true });
    expect([streams.out.colour, streams.err.colour]).toEqual([false, false]);
  });

  test('when only standard error is a terminal then only it has colour', () => {
    const { streams } = memoryStreams({ terminals: ['stderr'] });
    expect([streams.out.colour, streams.err.colour]).toEqual([false, true]);
  });
});
