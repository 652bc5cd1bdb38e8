import { expect, test } from 'vitest';

import { callProgram, shell } from '../tools/programs/declared-program.js';

const GIGABYTE = 'yes "a line" | head -c 1000000000';

test.each([
  ['its output', '', { kind: 'failure' }],
  ['what it prints', '>&2; echo done', { kind: 'output', value: 'done' }],
  ['its reports', '>&3; echo done', { kind: 'output', value: 'done' }],
])(
  'when a program floods %s with a gigabyte then its call ends, and memory stays small',
  async (_what, rest, result) => {
    const before = process.memoryUsage().rss;
    const called = await callProgram(shell(`${GIGABYTE} ${rest}`, { effect: 'read' }));
    expect(called.result).toMatchObject(result);
    expect(process.memoryUsage().rss - before).toBeLessThan(300_000_000);
  },
);
