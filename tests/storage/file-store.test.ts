import {
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';

import type { PlanId, RunId } from '../../src/domain/values/ids.js';
import { CREATED, errorOf, eventsOfRun, makeRun, newFolder, planWith, PLAN_ID, RUN_ID, storeIn } from './examples.js';
import { realFileSystem, type FileSystem } from '../../src/storage/file-system.js';
import { identifyProcess } from '../../src/storage/process-identity.js';
import { temporaryName } from '../../src/storage/temporary-files.js';
import { describeConformance } from './describe-conformance.js';

describeConformance('store in files', () => {
  const root = newFolder();
  return { store: storeIn(root), reopen: () => storeIn(root) };
});

const V4_RUN: RunId = 'prun-18d9aa91-0066-413f-af32-b979bce89821';
const modeOf = (path: string): number => statSync(path).mode & 0o777;

describe('the files', () => {
  test('when a run was made then its files are private and named as documented', async () => {
    const root = newFolder();
    const log = await storeIn(root).createRun(RUN_ID);
    log.append(CREATED);
    const { digest } = await log.storeMemory('large');
    await log.close();
    const folder = join(root, 'runs', RUN_ID);
    expect(readdirSync(join(root, 'runs')).sort()).toEqual(['.portia-changes', RUN_ID, `${RUN_ID}.json`]);
    expect(readdirSync(folder).sort()).toEqual(['events.ndjson', 'lock.1', 'memory']);
    expect(readdirSync(join(folder, 'memory'))).toEqual([`${digest}.json`]);
    expect([join(root, 'runs'), folder, join(folder, 'memory')].map(modeOf)).toEqual([0o700, 0o700, 0o700]);
    const files = [
      `${folder}.json`,
      join(folder, 'events.ndjson'),
      join(folder, 'memory', `${digest}.json`),
      join(folder, 'lock.1'),
    ];
    expect(files.map(modeOf)).toEqual([0o600, 0o600, 0o600, 0o600]);
  });

  test('when a snapshot is written then it begins with the keys of the Python SDK and ends with a newline', async () => {
    const root = newFolder();
    await makeRun(storeIn(root));
    const text = readFileSync(join(root, 'runs', `${RUN_ID}.json`), 'utf8');
    expect(text.endsWith('}\n')).toBe(true);
    expect(text).toContain('\n  "plan_id"');
    expect(Object.keys(JSON.parse(text)).slice(0, 5)).toEqual([
      'id',
      'plan_id',
      'current_step_index',
      'state',
      'outputs',
    ]);
    expect(JSON.parse(text).metadata).toMatchObject({ last_seq: 4, digest: expect.stringMatching(/^[0-9a-f]{64}$/) });
  });

  test('when folders are made then that is reported once each, and reading makes none', async () => {
    const root = newFolder();
    const created: string[] = [];
    const store = storeIn(root, { onCreated: (folders) => created.push(...folders) });
    await store.listRunIds();
    await store.listPlanIds();
    await store.readRun(RUN_ID);
    expect(readdirSync(root)).toEqual([]);
    await store.savePlan(planWith());
    await makeRun(store);
    await store.removePlan(PLAN_ID);
    await store.savePlan(planWith());
    expect(created).toEqual([join(root, 'plans'), join(root, 'runs')]);
  });

  test('when a log doubles then a flush writes a snapshot by itself', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    onTestFinished(() => void vi.useRealTimers());
    const root = newFolder();
    const log = await storeIn(root).createRun(RUN_ID);
    for (const event of eventsOfRun(511)) log.append(event);
    await log.flush();
    expect(JSON.parse(readFileSync(join(root, 'runs', `${RUN_ID}.json`), 'utf8')).metadata.last_seq).toBe(1024);
    for (const event of eventsOfRun(511).slice(1)) log.append(event);
    await log.flush();
    expect(JSON.parse(readFileSync(join(root, 'runs', `${RUN_ID}.json`), 'utf8')).metadata.last_seq).toBe(1024);
    log.append({ type: 'run.started' });
    await log.flush();
    expect(JSON.parse(readFileSync(join(root, 'runs', `${RUN_ID}.json`), 'utf8')).metadata.last_seq).toBe(2048);
    await log.close();
  });

  test('when the snapshot is behind its log then the log is read', async () => {
    const root = newFolder();
    const log = await storeIn(root).createRun(RUN_ID);
    for (const event of eventsOfRun(1)) log.append(event);
    await log.snapshot();
    log.append({ type: 'run.cancelled', reason: 'enough' });
    await log.flush();
    const store = storeIn(root);
    expect((await store.readRun(RUN_ID))?.run.state).toBe('FAILED');
    expect(await store.readRunBrief(RUN_ID)).toMatchObject({ state: 'FAILED', owner: { pid: process.pid } });
    await log.close();
  });
});

describe('durability', () => {
  test('when a plan was killed while it was written then the next one that is saved clears what was left', async () => {
    const root = newFolder();
    const plans = join(root, 'plans');
    await storeIn(root).savePlan(planWith());
    const dead = { ...identifyProcess(process.pid), pid: 2 ** 22 + 1, start: '1' };
    const others = { ...dead, host: 'elsewhere' };
    const alive = identifyProcess(process.pid);
    for (const writer of [dead, others, alive]) writeFileSync(join(plans, temporaryName(writer)), '{');
    await storeIn(root).savePlan(planWith('plan-01890000-0000-7000-8000-0000000000aa'));
    const left = readdirSync(plans).filter((name) => name.endsWith('.tmp'));
    expect(left).toHaveLength(2);
    expect(left.filter((name) => name.startsWith(`.portia-${dead.pid}-`))).toHaveLength(1);
  });

  test('when a run began and its first event was lost with the power then its id can start it again', async () => {
    const root = newFolder();
    const store = storeIn(root);
    const log = await store.createRun(RUN_ID);
    log.append(CREATED);
    await log.close();
    writeFileSync(join(root, 'runs', RUN_ID, 'events.ndjson'), '');
    expect((await errorOf(() => store.openRun(RUN_ID))).fix).toContain(`portia rm ${RUN_ID}`);
    expect(await makeRun(store)).toBe(RUN_ID);
    expect((await errorOf(() => store.createRun(RUN_ID))).message).toContain('exists already');
  });
});

describe('hostile names', () => {
  const names = [
    '../../etc/passwd',
    'prun-../../x',
    'prun-',
    'prun-%2e%2e',
    `${RUN_ID}\0`,
    `${RUN_ID}/../x`,
    RUN_ID.toUpperCase(),
    '__proto__',
  ];

  test.each(names)('when the id is %j then nothing is opened', async (name) => {
    const opened: string[] = [];
    const open = (path: string, flags: number, mode?: number): number => {
      opened.push(path);
      return realFileSystem.open(path, flags, mode);
    };
    const store = storeIn(newFolder(), { fs: { ...realFileSystem, open } });
    expect(await store.readRun(name as RunId)).toBeUndefined();
    expect(await store.readPlan(name as PlanId)).toBeUndefined();
    for (const action of [
      () => store.openRun(name as RunId),
      () => store.createRun(name as RunId),
      () => store.removeRun(name as RunId),
      () => store.readEvents(name as RunId),
      () => store.removePlan(name as PlanId),
      () => store.savePlan(planWith(name as PlanId)),
    ]) {
      expect((await errorOf(action)).code).toBe('not-found');
    }
    expect(opened).toEqual([]);
  });
});

test('when a run is removed while it is being opened then it is reported as one that is not there', async () => {
  const root = newFolder();
  await makeRun(storeIn(root));
  const fs: FileSystem = {
    ...realFileSystem,
    link(from, to) {
      rmSync(join(root, 'runs'), { recursive: true });
      realFileSystem.link(from, to);
    },
  };
  expect(await errorOf(() => storeIn(root, { fs }).openRun(RUN_ID))).toMatchObject({ code: 'not-found' });
});

describe('special files', () => {
  test('when plans/ or runs/ or an entry is a link then writing does not follow it', async () => {
    const root = newFolder();
    const elsewhere = newFolder();
    symlinkSync(elsewhere, join(root, 'plans'));
    expect((await errorOf(() => storeIn(root).savePlan(planWith()))).details.why).toContain('symbolic link');
    mkdirSync(join(root, 'runs'));
    symlinkSync(elsewhere, join(root, 'runs', RUN_ID));
    expect((await errorOf(() => storeIn(root).createRun(RUN_ID))).code).toBe('storage-failed');
    expect(readdirSync(elsewhere)).toEqual([]);
  });

  test('when the snapshot is a link then it is not followed when writing', async () => {
    const root = newFolder();
    const victim = join(newFolder(), 'victim');
    writeFileSync(victim, 'precious');
    const log = await storeIn(root).createRun(RUN_ID);
    log.append(CREATED);
    rmSync(join(root, 'runs', `${RUN_ID}.json`));
    symlinkSync(victim, join(root, 'runs', `${RUN_ID}.json`));
    expect((await errorOf(() => log.close())).code).toBe('storage-failed');
    expect(readFileSync(victim, 'utf8')).toBe('precious');
    expect((await errorOf(() => storeIn(root).openRun(RUN_ID))).code).toBe('storage-failed');
  });

  test('when a folder lies where a file is expected then that is said', async () => {
    const root = newFolder();
    mkdirSync(join(root, 'plans', `${PLAN_ID}.json`), { recursive: true });
    mkdirSync(join(root, 'runs', `${RUN_ID}.json`), { recursive: true });
    const store = storeIn(root);
    expect(await errorOf(() => store.readPlan(PLAN_ID))).toMatchObject({
      code: 'unreadable',
      details: { fix: expect.any(String) },
    });
    expect((await errorOf(() => store.readRun(RUN_ID))).message).toContain('is a folder');
    expect(await store.listPlanIds()).toEqual([PLAN_ID]);
    expect(await store.readRunBrief(RUN_ID)).toMatchObject({ unreadable: expect.stringContaining('is a folder') });
  });

  test('when runs is a file then reading and writing say so', async () => {
    const root = newFolder();
    writeFileSync(join(root, 'runs'), '');
    const store = storeIn(root);
    expect((await errorOf(() => store.listRunIds())).code).toBe('unreadable');
    expect((await errorOf(() => store.createRun(RUN_ID))).code).toBe('storage-failed');
  });
});

describe('lists', () => {
  test('when ids have no time then the file’s created_at decides, else when it was changed', async () => {
    const root = newFolder();
    mkdirSync(join(root, 'plans'));
    const plan = (digit: string): PlanId => `plan-1111111${digit}-0af5-490a-a7d0-0df4fd983977`;
    const write = (id: PlanId, value: unknown, day: number): void => {
      const path = join(root, 'plans', `${id}.json`);
      writeFileSync(path, typeof value === 'string' ? value : JSON.stringify(value));
      utimesSync(path, new Date(2020, 0, day), new Date(2020, 0, day));
    };
    write(plan('1'), { metadata: { created_at: '2019-01-01T00:00:00Z' } }, 9);
    write(plan('2'), {}, 2);
    write(plan('3'), 'garbage', 3);
    write(PLAN_ID, {}, 1);
    writeFileSync(join(root, 'plans', 'README.md'), '');
    expect(await storeIn(root).listPlanIds()).toEqual([PLAN_ID, plan('3'), plan('2'), plan('1')]);
  });

  test('when a folder has no log then it is not a run; when it has one then it is', async () => {
    const root = newFolder();
    const store = storeIn(root);
    mkdirSync(join(root, 'runs', V4_RUN), { recursive: true });
    await makeRun(store);
    rmSync(join(root, 'runs', `${RUN_ID}.json`));
    expect(await store.listRunIds()).toEqual([RUN_ID]);
    expect(await store.readRunBrief(RUN_ID)).toMatchObject({ state: 'IN_PROGRESS' });
    expect(await store.readRun(V4_RUN)).toBeUndefined();
  });

  test('when a run’s file is long then its two ends are enough, whatever stands between', async () => {
    const root = newFolder();
    const tricky = { value: `\n  "metadata": {"x": 1}\n,\n  "outputs": {${'ü'.repeat(50_000)}`, summary: null };
    const long = { type: 'run.completed' as const, final_output: tricky };
    await makeRun(storeIn(root), { events: [...eventsOfRun(2), long] });
    let bytes = 0;
    const fs: FileSystem = {
      ...realFileSystem,
      read(file, buffer, position) {
        const count = realFileSystem.read(file, buffer, position);
        bytes += count;
        return count;
      },
    };
    const { run } = (await storeIn(root).readRun(RUN_ID)) ?? {};
    expect(await storeIn(root, { fs }).readRunBrief(RUN_ID)).toEqual({
      id: RUN_ID,
      plan_id: PLAN_ID,
      state: 'COMPLETE',
      open_questions: 0,
      created_at: run?.metadata.created_at,
      updated_at: run?.metadata.updated_at,
      current_step_index: 1,
      step_count: 2,
      last_seq: run?.metadata.last_seq,
    });
    expect(bytes).toBeLessThan(10_000);
  });

  test.each([
    ['{"a": 1,\n "token": "canary" "b": 2}', 'It is not JSON. Line 2, column 20: expected a comma or }.'],
    ['{"token": "canary" nope', 'It is not JSON. Column 20: expected a comma or }.'],
  ])(
    'when a stored plan is %j then the place of the mistake is told, and nothing that stands there',
    async (text, why) => {
      const root = newFolder();
      mkdirSync(join(root, 'plans'));
      writeFileSync(join(root, 'plans', `${PLAN_ID}.json`), text);
      await expect(storeIn(root).readPlan(PLAN_ID)).rejects.toMatchObject({ code: 'unreadable', details: { why } });
    },
  );

  test('when some runs are bad then the others are listed', async () => {
    const root = newFolder();
    const store = storeIn(root);
    await makeRun(store);
    writeFileSync(join(root, 'runs', `${V4_RUN}.json`), '{"id":');
    const briefs = await Promise.all((await store.listRunIds()).map((id) => store.readRunBrief(id)));
    expect(briefs).toMatchObject([
      { id: V4_RUN, unreadable: expect.stringContaining('not JSON') },
      { state: 'IN_PROGRESS' },
    ]);
  });
});
