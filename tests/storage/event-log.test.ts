import { appendFileSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

import type { RunEvent } from '../../src/domain/run/events.js';
import { createLog, openLog, readLastSeq } from '../../src/storage/event-log.js';
import { readLines, type LogSize } from '../../src/storage/log-lines.js';
import { realFileSystem as fs } from '../../src/storage/file-system.js';
import { CREATED, errorOf, newFolder, outcomeOf, RUN_ID } from './examples.js';
import { faultyFileSystem } from './faulty-file-system.js';

const line = (seq: number, body: object = seq === 1 ? CREATED : { type: 'run.started' }): string =>
  `${JSON.stringify({ v: 1, seq, ts: '2024-01-01T00:00:00.000Z', run_id: RUN_ID, ...body })}\n`;

function logWith(text: string | Uint8Array): string {
  const path = join(newFolder(), 'events.ndjson');
  writeFileSync(path, text);
  return path;
}

function read(path: string): (LogSize & { events: RunEvent[] }) | undefined {
  const events: RunEvent[] = [];
  const size = readLines(path, { runId: RUN_ID, fs }, (event) => events.push(event));
  return size && { ...size, events };
}

describe('readLines', () => {
  test('when there is no log then undefined', () => {
    expect(read(join(newFolder(), 'events.ndjson'))).toBeUndefined();
  });

  test('when the last line is cut at any byte then only whole lines count', () => {
    const whole = line(1) + line(2);
    const last = Buffer.from(line(3, { type: 'warning', message: 'ü' }));
    for (let kept = 0; kept < last.length; kept += 1) {
      const content = read(logWith(Buffer.concat([Buffer.from(whole), last.subarray(0, kept)])));
      expect(content).toMatchObject({ wholeBytes: Buffer.byteLength(whole), tornBytes: kept });
      expect(content?.events.map((event) => event.seq)).toEqual([1, 2]);
    }
  });

  const ZEROS = '\0'.repeat(5_000);
  test.each([
    ['only zeros', ZEROS],
    ['zeros with line ends', `${ZEROS}\n${ZEROS}\n`],
    ['a half line, then zeros', line(3).slice(0, 20) + ZEROS],
    ['zeros, then the end of a line', `${line(3).slice(0, 20)}${ZEROS}${line(3).slice(20)}`],
    ['zeros, then a torn line', `${ZEROS}"}\n${line(4).slice(0, 20)}`],
  ])('when a power loss left %s after the last flushed event then they are torn', (_name, tail) => {
    const whole = line(1) + line(2);
    const content = read(logWith(whole + tail));
    expect(content).toMatchObject({ wholeBytes: whole.length, tornBytes: tail.length });
    expect(content?.events.map(({ seq }) => seq)).toEqual([1, 2]);
  });

  test('when it has a byte-order mark, CRLF, unknown types and fields then it is read', () => {
    const text = `\uFEFF${line(1)}${line(2, { type: 'moon.risen', more: [1] })}`.replaceAll('\n', '\r\n');
    expect(read(logWith(text))?.events.map((event) => event.type)).toEqual(['run.created', 'moon.risen']);
  });

  test.each([
    ['garbage', 'garbage\n'],
    ['zeros', '\0\0\0\n'],
    ['an empty line', '\n'],
    ['a list', '[]\n'],
    ['a gap', line(3)],
    ['a repeated number', line(1, { type: 'run.started' })],
    ['a second beginning', line(2, CREATED)],
    ['another run', line(2).replace(RUN_ID, 'prun-other')],
    ['version 0', line(2, { v: 0, type: 'run.started' })],
    ['no type', line(2, { type: 7 })],
    ['a missing field', line(2, { type: 'step.failed', path: '0', attempt: 1 })],
    ['bytes that are not UTF-8', Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xff]), Buffer.from('"}\n')])],
    ['more levels than 80', `${'['.repeat(100)}${']'.repeat(100)}\n`],
  ])('when the middle holds %s then file and line are named', async (_name, middle) => {
    const path = logWith(Buffer.concat([Buffer.from(line(1)), Buffer.from(middle), Buffer.from(line(3))]));
    const error = await errorOf(() => read(path));
    expect(error).toMatchObject({ code: 'unreadable', details: { why: expect.any(String), fix: expect.any(String) } });
    expect(error.message).toContain(`${path}:2`);
  });

  test('when the log does not begin with a beginning then it is refused', async () => {
    expect((await errorOf(() => read(logWith(line(1, { type: 'run.started' }))))).code).toBe('unreadable');
  });

  test('when a newer portia wrote it then that is said', async () => {
    const error = await errorOf(() => read(logWith(line(1) + line(2, { v: 2, type: 'run.started' }))));
    expect(error.code).toBe('newer-version');
  });

  test('when it is a folder then it is refused', async () => {
    expect((await errorOf(() => read(newFolder()))).message).toContain('is a folder');
  });
});

describe('readLastSeq', () => {
  test.each([
    ['one line', line(1), 1],
    ['several lines', line(1) + line(2), 2],
    ['a torn tail', `${line(1)}${line(2)}{"v":1,"seq":3`, 2],
    ['nothing', '', undefined],
    ['only a torn line', '{"v":1', undefined],
    ['garbage', 'garbage\n', undefined],
    ['a long last line', line(1) + line(2, { type: 'warning', message: 'x'.repeat(70_000) }), undefined],
    ['long lines before a short one', line(1) + line(2, { type: 'warning', message: 'x'.repeat(70_000) }) + line(3), 3],
  ])('when the log holds %s then it says the last whole event, if it can', (_name, text, seq) => {
    expect(readLastSeq(logWith(text), fs)).toBe(seq);
  });
});

describe('a log writer', () => {
  test('when a log is made then it is private, and there can be only one', async () => {
    const path = join(newFolder(), 'events.ndjson');
    createLog(path, fs).close();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect((await errorOf(() => createLog(path, fs))).code).toBe('storage-failed');
  });

  test('when the tail is torn at any byte then it is cut off before the next event', () => {
    const last = line(2);
    for (let kept = 1; kept < last.length; kept += 1) {
      const path = logWith(line(1) + last.slice(0, kept));
      const content = read(path);
      if (content === undefined) throw new Error('no log');
      const writer = openLog(path, content, fs);
      writer.append([line(2)]);
      writer.flush();
      writer.close();
      expect(readFileSync(path, 'utf8')).toBe(line(1) + line(2));
    }
  });

  test.each([
    ['appended to', (path: string) => appendFileSync(path, line(2))],
    ['shortened', (path: string) => truncateSync(path, 3)],
  ])('when another process has %s the log then the next event is refused', async (_name, change) => {
    const path = join(newFolder(), 'events.ndjson');
    const writer = createLog(path, fs);
    writer.append([line(1)]);
    change(path);
    const before = readFileSync(path, 'utf8');
    expect((await errorOf(() => writer.append([line(2)]))).code).toBe('run-locked');
    expect(readFileSync(path, 'utf8')).toBe(before);
    writer.close();
  });

  test('when two writers have the same log then the second to write is refused', async () => {
    const path = logWith(line(1));
    const content = read(path);
    if (content === undefined) throw new Error('no log');
    const [first, second] = [openLog(path, content, fs), openLog(path, content, fs)];
    first.append([line(2)]);
    expect((await errorOf(() => second.append([line(2)]))).code).toBe('run-locked');
    expect(read(path)?.events).toHaveLength(2);
    first.close();
    second.close();
  });

  test('when an append has failed then every later append and flush is refused', async () => {
    for (const torn of [0, 5]) {
      const path = join(newFolder(), 'events.ndjson');
      let broken = false;
      const write = (file: number, bytes: Uint8Array): number => {
        if (!broken) return fs.write(file, bytes);
        if (torn > 0) fs.write(file, bytes.subarray(0, torn));
        throw Object.assign(new Error('EIO'), { code: 'EIO' });
      };
      const writer = createLog(path, { ...fs, write });
      writer.append([line(1)]);
      broken = true;
      expect((await errorOf(() => writer.append([line(2)]))).code).toBe('storage-failed');
      broken = false;
      expect((await errorOf(() => writer.append([line(2)]))).message).toContain('takes no more events');
      expect((await errorOf(() => writer.flush())).code).toBe('storage-failed');
      writer.close();
      expect(read(path)).toMatchObject({ events: [{ seq: 1 }], tornBytes: torn });
    }
  });

  test('when nothing is unflushed then a flush touches nothing', () => {
    const path = join(newFolder(), 'events.ndjson');
    let flushes = 0;
    const counting = { ...fs, dataSync: () => void (flushes += 1) };
    const writer = createLog(path, counting);
    writer.flush();
    writer.append([line(1)]);
    writer.flush();
    writer.flush();
    expect(flushes).toBe(1);
    writer.close();
  });

  test('when any operation of making a log fails then it is said', async () => {
    for (let at = 1; ; at += 1) {
      const { fs: faulty, failed } = faultyFileSystem(at, 'EIO', false);
      const error = await outcomeOf(() => createLog(join(newFolder(), 'events.ndjson'), faulty));
      if (!failed()) break;
      expect(error?.code).toBe('storage-failed');
    }
  });
});
