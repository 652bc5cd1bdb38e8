import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

import { digestText } from '../../src/domain/values/digest.js';
import type { RunEvent } from '../../src/domain/run/events.js';
import { createMemoryStore } from '../../src/storage/memory-store.js';
import type { Store } from '../../src/storage/store.js';
import { errorOf, eventsOfRun, makeRun, newFolder, now, RUN_ID, storeIn } from './examples.js';

const logOf = (root: string): string => join(root, 'runs', RUN_ID, 'events.ndjson');
const linesOf = (root: string): string[] => readFileSync(logOf(root), 'utf8').split('\n').slice(0, -1);
const eventOf = (line: string): RunEvent => JSON.parse(line) as RunEvent;
const write = (root: string, lines: string[]): void =>
  writeFileSync(logOf(root), lines.map((line) => `${line}\n`).join(''));

/** A run of six events, the last ones by another process. */
async function madeRun(): Promise<string> {
  const root = newFolder();
  await makeRun(storeIn(root), { events: eventsOfRun(1) });
  await append(storeIn(root));
  return root;
}

async function append(store: Store): Promise<void> {
  const log = await store.openRun(RUN_ID);
  log.append({ type: 'run.resumed' });
  log.append({ type: 'warning', message: 'ünïcode \u2028 and \ud800' });
  await log.close();
}

/** As a version before the chain wrote it. */
const untied = (line: string): string => JSON.stringify({ ...eventOf(line), prev: undefined });

describe('the chain of a log', () => {
  test('when events are appended then each has the SHA-256 of the line before it, the first one none', async () => {
    const root = await madeRun();
    const lines = linesOf(root);
    expect(lines).toHaveLength(6);
    expect(lines.map((line) => eventOf(line).prev)).toEqual([undefined, ...lines.slice(0, -1).map(digestText)]);
  });

  test('when the store is in memory then it is the same', async () => {
    const store = createMemoryStore({ now });
    await makeRun(store);
    await append(store);
    const events = await store.readEvents(RUN_ID);
    const texts = events.map((event) => JSON.stringify(event));
    expect(events.map(({ prev }) => prev)).toEqual([undefined, ...texts.slice(0, -1).map(digestText)]);
  });

  test('when an older version wrote the log then it is read, and tied from its end on', async () => {
    const root = await madeRun();
    const old = linesOf(root).map(untied);
    write(root, old);
    await append(storeIn(root));
    const lines = linesOf(root);
    expect(lines.map((line) => eventOf(line).prev)).toEqual([
      ...old.map(() => undefined),
      digestText(lines[5] ?? ''),
      digestText(lines[6] ?? ''),
    ]);
    await append(storeIn(root));
  });

  test('when a torn end was cut off then the next event follows from the last whole line', async () => {
    const root = await madeRun();
    const lines = linesOf(root);
    writeFileSync(logOf(root), `${lines.join('\n')}\n{"v":1,"seq":7,`);
    await append(storeIn(root));
    expect(eventOf(linesOf(root)[6] ?? '').prev).toBe(digestText(lines[5] ?? ''));
    await append(storeIn(root));
  });

  const renumbered = (lines: string[]) =>
    lines.map((line, index) => JSON.stringify({ ...eventOf(line), seq: index + 1 }));
  const changed = (line = '', fields: object = {}) => JSON.stringify({ ...eventOf(line), ...fields });

  test.each<[string, number, (lines: string[]) => string[]]>([
    [
      'a value was changed',
      4,
      (lines) => lines.with(3, changed(lines[3], { output: { value: 'other', summary: null } })),
    ],
    ['only a space was put in', 3, (lines) => lines.with(2, (lines[2] ?? '').replace('{', '{ '))],
    ['the first event was changed', 1, (lines) => lines.with(0, changed(lines[0], { end_user_id: 'other' }))],
    ['an event was taken out', 2, (lines) => renumbered(lines.toSpliced(2, 1))],
    ['an event was put in', 2, (lines) => renumbered(lines.toSpliced(2, 0, lines[1] ?? ''))],
    [
      'two events changed places',
      3,
      (lines) => renumbered([...lines.slice(0, 3), lines[4] ?? '', lines[3] ?? '', lines[5] ?? '']),
    ],
    ['one event is not tied', 5, (lines) => lines.with(4, untied(lines[4] ?? ''))],
    ['none is tied behind an event', 4, (lines) => [...lines.slice(0, 3), ...lines.slice(3).map(untied)]],
  ])('when %s then what acts refuses the log and names event %i, and what shows does not', async (_what, seq, edit) => {
    const root = await madeRun();
    write(root, edit(linesOf(root)));
    rmSync(join(root, 'runs', `${RUN_ID}.json`));
    const before = readFileSync(logOf(root));
    const error = await errorOf(() => storeIn(root).openRun(RUN_ID));
    expect(error).toMatchObject({ code: 'log-edited', details: { runId: RUN_ID, why: expect.any(String) } });
    expect(error.message).toContain(`${logOf(root)}:${seq} `);
    expect(readFileSync(logOf(root))).toEqual(before);
    expect((await storeIn(root).readRun(RUN_ID))?.run.id).toBe(RUN_ID);
  });
});
