import { execFileSync } from 'node:child_process';
import { appendFileSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';

import { realFileSystem } from '../../src/storage/file-system.js';
import { buildProgram } from '../support/build-program.js';
import { errorOf, eventsOfRun, makeRun, newFolder, outcomeOf, RUN_ID, storeIn } from './examples.js';

interface Made {
  root: string;
  snapshot: string;
  log: string;
}

async function madeRun(steps = 1): Promise<Made> {
  const root = newFolder();
  await makeRun(storeIn(root), { events: eventsOfRun(steps) });
  return { root, snapshot: join(root, 'runs', `${RUN_ID}.json`), log: join(root, 'runs', RUN_ID, 'events.ndjson') };
}

const edit = (path: string, change: (text: string) => string): void =>
  writeFileSync(path, change(readFileSync(path, 'utf8')));

describe('a snapshot beside its log', () => {
  test('when any byte of it is changed then the run is the same or that is said, and opening is refused or repairs it', async () => {
    const { root, snapshot } = await madeRun();
    const store = storeIn(root);
    const original = readFileSync(snapshot);
    const expected = (await store.readRun(RUN_ID))?.run;
    for (let at = 0; at < original.length; at += 1) {
      const changed = Buffer.from(original);
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
      writeFileSync(snapshot, changed);
      const error = await outcomeOf(async () => expect((await store.readRun(RUN_ID))?.run).toEqual(expected));
      if (error !== undefined) expect(error.code).toBeOneOf(['snapshot-edited', 'newer-version']);
    }
  });

  test('when it is cut at any byte then the run is read from the log, with a warning', async () => {
    const { root, snapshot } = await madeRun();
    const store = storeIn(root);
    const original = readFileSync(snapshot);
    const expected = (await store.readRun(RUN_ID))?.run;
    for (let kept = 0; kept < original.length - 2; kept += 7) {
      writeFileSync(snapshot, original.subarray(0, kept));
      const stored = await store.readRun(RUN_ID);
      expect(stored?.run).toEqual(expected);
      expect(stored?.warnings).toEqual([expect.stringContaining(snapshot)]);
    }
  });

  test('when it was edited then reading and opening refuse, naming both files, and nothing changes', async () => {
    const { root, snapshot, log } = await madeRun();
    edit(snapshot, (text) => text.replace('IN_PROGRESS', 'COMPLETE'));
    const before = readFileSync(snapshot, 'utf8');
    for (const action of [() => storeIn(root).readRun(RUN_ID), () => storeIn(root).openRun(RUN_ID)]) {
      const error = await errorOf(action);
      expect(error.code).toBe('snapshot-edited');
      expect(`${error.message} ${error.details.why}`).toContain(snapshot);
      expect(error.details.why).toContain(log);
      expect(error.fix).toContain(`rm ${snapshot}`);
    }
    expect(readFileSync(snapshot, 'utf8')).toBe(before);
    rmSync(snapshot);
    expect((await storeIn(root).readRun(RUN_ID))?.run.state).toBe('IN_PROGRESS');
  });

  test('when it was only laid out anew, with a byte-order mark and CRLF, then it counts', async () => {
    const { root, snapshot } = await madeRun();
    edit(snapshot, (text) => `\uFEFF${JSON.stringify(JSON.parse(text), null, 7).replaceAll('\n', '\r\n')}`);
    expect(await storeIn(root).readRun(RUN_ID)).toMatchObject({ run: { state: 'IN_PROGRESS' }, warnings: [] });
  });

  test('when its digest is taken out then it is edited, whatever else it says', async () => {
    const { root, snapshot } = await madeRun();
    edit(snapshot, (text) => text.replace(/,\s*"digest": "[0-9a-f]+"/, ''));
    expect((await errorOf(() => storeIn(root).readRun(RUN_ID))).code).toBe('snapshot-edited');
  });

  test('when it is missing then opening writes it again', async () => {
    const { root, snapshot } = await madeRun();
    const before = readFileSync(snapshot, 'utf8');
    rmSync(snapshot);
    const log = await storeIn(root).openRun(RUN_ID);
    expect(readFileSync(snapshot, 'utf8')).toBe(before);
    await log.close();
  });

  test('when it comes from a newer portia then it is refused, untouched', async () => {
    const { root, snapshot } = await madeRun();
    edit(snapshot, (text) => text.replace('"schema_version": 1', '"schema_version": 2'));
    const before = readFileSync(snapshot, 'utf8');
    expect((await errorOf(() => storeIn(root).readRun(RUN_ID))).code).toBe('newer-version');
    expect((await errorOf(() => storeIn(root).openRun(RUN_ID))).code).toBe('newer-version');
    expect(readFileSync(snapshot, 'utf8')).toBe(before);
  });

  test.each([
    ['too deep', `{"id":${'['.repeat(5000)}${']'.repeat(5000)}}`],
    ['not an object', '[1]'],
    ['empty', ''],
  ])('when it is %s then the log is read or it is refused', async (_name, text) => {
    const { root, snapshot } = await madeRun();
    writeFileSync(snapshot, text);
    const error = await outcomeOf(async () => expect((await storeIn(root).readRun(RUN_ID))?.warnings).toHaveLength(1));
    if (error !== undefined) expect(error.code).toBe('snapshot-edited');
  });
});

describe('a log', () => {
  test('when its tail is torn at any byte then opening cuts it off and says so', async () => {
    const { root, log } = await madeRun(0);
    const original = readFileSync(log, 'utf8');
    const torn = '{"v":1,"seq":3,"ts":"2024","type":"run.star';
    for (let kept = 1; kept <= torn.length; kept += 6) {
      writeFileSync(log, original + torn.slice(0, kept));
      expect((await storeIn(root).readRun(RUN_ID))?.run.metadata.last_seq).toBe(2);
      const opened = await storeIn(root).openRun(RUN_ID);
      expect((await storeIn(root).readEvents(RUN_ID)).at(-1)).toMatchObject({
        seq: 3,
        type: 'warning',
        message: expect.stringContaining(`${kept} bytes`),
      });
      await opened.close();
      writeFileSync(log, original);
      rmSync(join(root, 'runs', `${RUN_ID}.json`));
    }
  });

  test('when it has lost events that the snapshot knows then resuming is refused', async () => {
    const { root, log } = await madeRun();
    truncateSync(log, readFileSync(log, 'utf8').indexOf('\n') + 1);
    expect(await errorOf(() => storeIn(root).readRun(RUN_ID))).toMatchObject({
      code: 'unreadable',
      message: expect.stringContaining('lost'),
    });
    expect((await errorOf(() => storeIn(root).openRun(RUN_ID))).code).toBe('unreadable');
  });

  test('when it is damaged in the middle then opening is refused, and nothing changes', async () => {
    const { root, log } = await madeRun();
    edit(log, (text) => text.replace('"type":"step.started"', '"type":"step.sta'));
    const before = readFileSync(log, 'utf8');
    expect((await errorOf(() => storeIn(root).openRun(RUN_ID))).message).toContain(`${log}:3`);
    expect((await errorOf(() => storeIn(root).readEvents(RUN_ID))).code).toBe('unreadable');
    expect(readFileSync(log, 'utf8')).toBe(before);
  });

  test('when it is empty then that is said, and it can be removed', async () => {
    const { root, log, snapshot } = await madeRun();
    rmSync(snapshot);
    writeFileSync(log, '');
    expect((await errorOf(() => storeIn(root).readRun(RUN_ID))).fix).toContain('portia rm');
    await storeIn(root).removeRun(RUN_ID);
    expect(await storeIn(root).listRunIds()).toEqual([]);
  });

  test('when its value in memory was changed then it is refused', async () => {
    const root = newFolder();
    const log = await storeIn(root).createRun(RUN_ID);
    for (const event of eventsOfRun(0)) log.append(event);
    const { digest } = await log.storeMemory(['a']);
    await log.close();
    const path = join(root, 'runs', RUN_ID, 'memory', `${digest}.json`);
    appendFileSync(path, ' ');
    expect((await errorOf(() => storeIn(root).readMemory(RUN_ID, digest))).details.why).toContain(
      'not what was stored',
    );
    rmSync(path);
    expect((await errorOf(() => storeIn(root).readMemory(RUN_ID, digest))).details.why).toContain('missing');
  });

  test.each<[string, (text: string) => string]>([
    ['as it was written', (text) => text],
    ['edited by hand', (text) => text.replace('IN_PROGRESS', 'FAILED')],
    ['without its digest', (text) => text.replace(/,\s*"digest": "[0-9a-f]+"/, '')],
  ])(
    'when it vanished beside a snapshot %s then the run is shown with a warning, and not opened',
    async (_name, change) => {
      const { root, log, snapshot } = await madeRun();
      edit(snapshot, change);
      rmSync(join(log, '..'), { recursive: true });
      const before = readFileSync(snapshot, 'utf8');
      expect(await storeIn(root).readRun(RUN_ID)).toMatchObject({
        hasLog: false,
        warnings: expect.arrayContaining([expect.stringContaining('missing')]) as string[],
      });
      expect(await errorOf(() => storeIn(root).openRun(RUN_ID))).toMatchObject({
        code: 'unreadable',
        details: { why: expect.stringContaining('Continuing could do finished steps again') as string },
      });
      expect(readFileSync(snapshot, 'utf8')).toBe(before);
      expect(readdirSync(join(root, 'runs'))).toEqual(['.portia-changes', `${RUN_ID}.json`]);
    },
  );
});

describe('files of somebody else', () => {
  test('when a file is too large then it is refused before it is read', async () => {
    const root = newFolder();
    await makeRun(storeIn(root));
    rmSync(join(root, 'runs', RUN_ID), { recursive: true });
    truncateSync(join(root, 'runs', `${RUN_ID}.json`), 64 * 1024 * 1024 + 1);
    expect((await errorOf(() => storeIn(root).readRun(RUN_ID))).message).toContain('too large');
  });

  test('when a file may not be read then that is said', async () => {
    const { root, log } = await madeRun();
    const open: typeof realFileSystem.open = (path, flags, mode) => {
      if (path === log) throw Object.assign(new Error('EACCES'), { code: 'EACCES' });
      return realFileSystem.open(path, flags, mode);
    };
    const error = await errorOf(() => storeIn(root, { fs: { ...realFileSystem, open } }).openRun(RUN_ID));
    expect(error).toMatchObject({ code: 'unreadable', fix: expect.stringContaining('chmod') });
  });
});

describe('two drivers', () => {
  test('when a run is taken over between a driver’s check and its write then the write does not arrive', async () => {
    const program = buildProgram('tests/storage/take-over-program.ts');
    onTestFinished(() => program.remove());
    const { root } = await madeRun();
    let between: (() => void) | undefined;
    const write = (file: number, bytes: Uint8Array): number => {
      between?.();
      return realFileSystem.write(file, bytes);
    };
    const former = await storeIn(root, { fs: { ...realFileSystem, write } }).openRun(RUN_ID);
    between = () => {
      between = undefined;
      execFileSync(process.execPath, [program.path, root]);
    };
    former.append({ type: 'warning', message: 'too late' });
    expect((await errorOf(() => former.flush())).code).toBe('run-locked');
    await errorOf(() => former.append({ type: 'run.started' }));
    await former.close();
    const types = (await storeIn(root).readEvents(RUN_ID)).map((event) => event.type);
    expect(types).toEqual([...eventsOfRun(1).map((event) => event.type), 'run.resumed']);
    expect((await storeIn(root).readRun(RUN_ID))?.run.metadata.last_seq).toBe(5);
  });

  test('when a run is taken over while its former driver writes its file then the file stays that of the new one', async () => {
    const program = buildProgram('tests/storage/take-over-program.ts');
    onTestFinished(() => program.remove());
    const { root } = await madeRun();
    let meanwhile: (() => void) | undefined;
    const write = (file: number, bytes: Uint8Array): number => {
      meanwhile?.();
      return realFileSystem.write(file, bytes);
    };
    const former = await storeIn(root, { fs: { ...realFileSystem, write } }).openRun(RUN_ID);
    meanwhile = () => {
      meanwhile = undefined;
      execFileSync(process.execPath, [program.path, root]);
    };
    expect((await errorOf(() => former.snapshot())).code).toBe('run-locked');
    await former.close();
    const file = readFileSync(join(root, 'runs', `${RUN_ID}.json`), 'utf8');
    expect(JSON.parse(file)).toMatchObject({ metadata: { last_seq: 5 } });
    expect(readdirSync(join(root, 'runs', RUN_ID)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });
});
