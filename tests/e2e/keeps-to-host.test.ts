import { writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import type { RunId } from '../../src/domain/values/ids.js';
import { createPostgresStore } from '../../src/storage/postgres/postgres-store.js';
import { portiaHere } from '../support/portia-here.js';
import { makeProject } from '../support/portia.js';
import { HAS_POSTGRES, newStoreUrl } from '../support/postgres.js';
import { printedError } from '../support/scenario.js';

const WRITES = {
  plan_context: { query: 'write', tool_ids: ['file_writer_tool'] },
  steps: [
    { kind: 'tool', tool_id: 'file_writer_tool', args: { filename: 'note.txt', content: 'hi' }, output: '$note' },
    { kind: 'user_input', message: 'And now?', output: '$word' },
  ],
};

/** As if another machine had made the files of the run. */
async function moveTo(host: string, id: RunId, url: string): Promise<void> {
  const store = createPostgresStore({ url, now: () => new Date(), pid: process.pid });
  const log = await store.openRun(id);
  log.append({ type: 'run.placed', host, machine: 'another' });
  await log.close();
  await store.close();
}

describe.runIf(HAS_POSTGRES)('a run that made files', () => {
  test('when another machine has them then only its workers continue the run, unless all machines have the same files', async () => {
    const { url } = await newStoreUrl();
    const cwd = makeProject({ 'plan.json': WRITES });
    const call = (...args: string[]) => portiaHere(args, { cwd, env: { PORTIA_STORE: url } });
    const queued = await call('run-plan', 'plan.json', '--queue', '--format', 'value');
    const id = queued.stdout.trim() as RunId;
    await call('worker', '--until-idle', '--approve', 'file_writer_tool');
    expect(JSON.parse((await call('show', id)).stdout)).toMatchObject({ keeps_to: { host: hostname() } });

    await moveTo('web-2', id, url);
    expect((await call('answer', id, 'word=on')).code).toBe(0);
    expect((await call('worker', '--until-idle')).stdout).toBe('');
    expect(JSON.parse((await call('queue')).stdout)).toMatchObject([
      { id, keeps_to: 'web-2', why: 'for a worker on web-2, which has its files' },
    ]);
    const refused = await call('resume', id, '--json');
    expect([refused.code, printedError(refused.stderr)]).toMatchObject([
      2,
      { message: `${id} keeps to web-2, and this is ${hostname()}.`, fix: expect.stringContaining('--any-host') },
    ]);
    writeFileSync(join(cwd, 'portia.json'), JSON.stringify({ shared_files: true }));
    expect((await call('worker', '--until-idle')).stdout).toContain('"COMPLETE"');
  });

  test('when a plan inside another makes them then both runs keep to the machine, and --any-host moves them', async () => {
    const { url } = await newStoreUrl();
    const cwd = makeProject({
      'plan.json': {
        plan_context: { query: 'outer', tool_ids: ['file_writer_tool'] },
        steps: [{ kind: 'plan', plan: WRITES, output: '$all' }],
      },
    });
    const call = (...args: string[]) => portiaHere(args, { cwd, env: { PORTIA_STORE: url } });
    const asked = await call('run-plan', 'plan.json', '--approve', 'file_writer_tool');
    expect(asked.code).toBe(8);
    const { id, keeps_to: place } = JSON.parse(asked.stdout);
    expect(place).toMatchObject({ host: hostname(), machine: expect.not.stringContaining('-') });
    await moveTo('web-2', id, url);
    expect((await call('resume', id, '--answer', 'word=on')).code).toBe(2);
    const moved = await call('resume', id, '--any-host', '--answer', 'word=on');
    expect([moved.code, JSON.parse(moved.stdout)]).toMatchObject([0, { keeps_to: { host: hostname() } }]);
  });
});

test('when runs are files then nothing says where they are', async () => {
  const cwd = makeProject({ 'plan.json': WRITES });
  const asked = await portiaHere(['run-plan', 'plan.json', '--approve', 'file_writer_tool'], { cwd });
  expect(JSON.parse(asked.stdout)).not.toHaveProperty('keeps_to');
});
