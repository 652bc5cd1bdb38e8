import { Readable } from 'node:stream';

import { describe, expect, test } from 'vitest';

import { readBatchLines, type BatchLine } from '../../../src/cli/batch/batch-lines.js';

const running = new AbortController().signal;

async function read(chunks: (string | Uint8Array)[], limit?: number): Promise<BatchLine[]> {
  const lines: BatchLine[] = [];
  const stream = Readable.from(chunks.map((chunk) => Buffer.from(chunk)));
  for await (const line of readBatchLines(stream, { signal: running, ...(limit !== undefined && { limit }) }))
    lines.push(line);
  return lines;
}

describe('readBatchLines', () => {
  test.each([
    ['with a newline at the end', ['one\ntwo\n']],
    ['without one', ['one\ntwo']],
    ['with Windows newlines', ['one\r\ntwo\r\n']],
    ['in pieces', ['o', 'ne', '\n', 't', 'wo']],
    ['with a byte order mark', ['\ufeffone\ntwo']],
  ])('when lines come %s then each has its text and number', async (_how, chunks) => {
    const lines = await read(chunks);
    expect(lines.map((line) => ('text' in line ? [line.number, line.text.trim()] : line))).toEqual([
      [1, 'one'],
      [2, 'two'],
    ]);
  });

  test('when lines are empty then they are left out, and counted', async () => {
    expect(await read(['\n  \none\n\n\ttwo'])).toEqual([
      { number: 3, text: 'one' },
      { number: 5, text: '\ttwo' },
    ]);
    expect(await read([])).toEqual([]);
  });

  test('when a letter is torn between two pieces then it is whole', async () => {
    const bytes = Buffer.from('Zürich\n');
    expect(await read([bytes.subarray(0, 2), bytes.subarray(2)])).toEqual([{ number: 1, text: 'Zürich' }]);
  });

  test('when a line is too long or not text then that is reported, and the others are there', async () => {
    expect(await read(['12345\n', '1234', '56\n', Uint8Array.from([0xff, 10]), 'x'], 5)).toEqual([
      { number: 1, text: '12345' },
      { number: 2, problem: 'has more than 5 bytes.' },
      { number: 3, problem: 'is not text in UTF-8.' },
      { number: 4, text: 'x' },
    ]);
  });

  test('when lines are not asked for then they are not read', async () => {
    let pulled = 0;
    function* chunks() {
      for (; pulled < 1_000; pulled += 1) yield Buffer.from('x\n');
    }
    const lines = readBatchLines(Readable.from(chunks(), { highWaterMark: 1 }), { signal: running });
    await lines.next();
    await new Promise((resolve) => setImmediate(resolve));
    expect(pulled).toBeLessThan(10);
    await lines.return(undefined);
  });

  test('when it is stopped while nothing comes then it ends', async () => {
    const controller = new AbortController();
    const stream = new Readable({ read: () => undefined });
    stream.push('one\n');
    const lines = readBatchLines(stream, { signal: controller.signal });
    expect((await lines.next()).value).toEqual({ number: 1, text: 'one' });
    const next = lines.next();
    controller.abort();
    expect(await next).toEqual({ value: undefined, done: true });
  });

  test('when it is stopped between two lines of one piece then the second is not given', async () => {
    const controller = new AbortController();
    const lines = readBatchLines(Readable.from([Buffer.from('one\ntwo\n')]), { signal: controller.signal });
    await lines.next();
    controller.abort();
    expect(await lines.next()).toEqual({ value: undefined, done: true });
  });

  test('when the stream breaks then it says how far it came', async () => {
    const stream = new Readable({ read: () => undefined });
    stream.push('one\n');
    const lines = readBatchLines(stream, { signal: running });
    await lines.next();
    stream.destroy(new Error('EIO: broken'));
    await expect(lines.next()).rejects.toMatchObject({
      code: 'unreadable',
      message: 'The batch cannot be read beyond line 2.',
    });
  });
});
