import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test, vi } from 'vitest';

import { eventsOfRun, newFolder, RUN_ID, storeIn } from './examples.js';
import { watchedFileSystem } from './faulty-file-system.js';

test('when a run begins then its file is there, and when a read was recorded it is flushed within 200 ms and the file follows', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'] });
  try {
    const done: string[] = [];
    const root = newFolder();
    const store = storeIn(root, { fs: watchedFileSystem((operation) => void done.push(operation)) });
    const log = await store.createRun(RUN_ID);
    const [created, ...others] = eventsOfRun(2);
    if (created === undefined) throw new Error('no events');
    log.append(created);
    expect(existsSync(join(root, 'runs', `${RUN_ID}.json`))).toBe(true);
    expect(done).not.toContain('dataSync');
    vi.advanceTimersByTime(60);
    expect((await storeIn(root).readRun(RUN_ID))?.isBehind).toBe(false);
    for (const event of others) log.append(event);
    done.length = 0;
    log.append({
      type: 'tool.finished',
      key: '1/1/1',
      path: '1',
      tool_id: 'x',
      effect: 'read',
      idempotency_key: 'k',
      outcome: { kind: 'output', output: { value: 1 } },
      ms: 1,
    } as Parameters<typeof log.append>[0]);
    expect(done).not.toContain('dataSync');
    vi.advanceTimersByTime(200);
    expect(done).toContain('dataSync');
    expect((await storeIn(root).readRun(RUN_ID))?.isBehind).toBe(true);
    vi.advanceTimersByTime(800);
    expect((await storeIn(root).readRun(RUN_ID))?.isBehind).toBe(false);
    await log.close();
  } finally {
    vi.useRealTimers();
  }
});
