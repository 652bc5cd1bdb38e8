import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

import type { EventBody } from '../../src/domain/run/events.js';
import type { Json } from '../../src/domain/values/json.js';
import { createPostgresStore } from '../../src/storage/postgres/postgres-store.js';
import { cleanEnvironment, PORTIA } from '../support/portia.js';
import { HAS_POSTGRES, newStoreUrl } from '../support/postgres.js';
import { makeToolProject } from '../support/tool-project.js';
import { CREATED, newFolder, RUN_ID, storeIn } from '../storage/examples.js';

const MB = 1024 * 1024;

/** The peak of memory goes to the file "peak", in MB. */
const PEAK = `
const { writeFileSync } = require('node:fs');
process.on('exit', () => writeFileSync('peak', String(process.resourceUsage().maxRSS / 1024)));
`;

const TOOLS = `
import { defineTool } from 'portia';
import * as z from 'zod';

const text = (mb) => 'abcdefghij'.repeat((mb * ${MB}) / 10 - 10);
const GIVES = {
  text,
  list: (mb) => Array.from({ length: mb }, (_, index) => text(1) + index),
  wide: (mb) => '中文字'.repeat((mb * ${MB}) / 9 - 10),
};

export const tools = [
  defineTool({
    id: 'big_tool', name: 'Big', description: 'Gives much.', effect: 'read',
    args: z.object({ mb: z.number(), kind: z.string() }), output: z.any(),
    run: (_context, { mb, kind }) => GIVES[kind](mb),
  }),
  defineTool({
    id: 'length_tool', name: 'Length', description: 'Measures.', effect: 'read',
    args: z.object({ value: z.any() }), output: z.number(),
    run: (_context, { value }) => value.length,
  }),
];
`;

const plan = {
  plan_context: { query: 'much', tool_ids: [] },
  plan_inputs: [{ name: '$mb' }, { name: '$kind' }],
  steps: [
    { kind: 'tool', tool_id: 'big_tool', args: { mb: '{{ $mb }}', kind: '{{ $kind }}' }, output: '$big' },
    { kind: 'tool', tool_id: 'length_tool', args: { value: '{{ $big }}' }, output: '$length' },
  ],
};

/** The peak of memory of a run that passes on a value, in MB. */
function peakOf(kind: string, mb: number): number {
  const cwd = makeToolProject(TOOLS, { 'plan.json': plan, 'peak.cjs': PEAK });
  const call = ['--require', './peak.cjs', PORTIA, 'run-plan', 'plan.json', '-i', `mb:=${mb}`, '-i', `kind=${kind}`];
  const ended = spawnSync(process.execPath, [...call, '--json'], { cwd, env: cleanEnvironment(cwd), encoding: 'utf8' });
  expect(JSON.parse(ended.stdout)).toMatchObject({ state: 'COMPLETE' });
  return Number(readFileSync(join(cwd, 'peak'), 'utf8'));
}

test.each(['text', 'list', 'wide'])(
  'when a %s of 255 MB passes from one step to the next then it takes less than three times its size of memory',
  (kind) => {
    expect(peakOf(kind, 255) - peakOf(kind, 1)).toBeLessThan(3 * 254);
  },
);

test('when the file of a run would be longer than any text, being indented, then it is short all the same', async () => {
  const root = newFolder();
  let deep: Json = 7;
  for (let depth = 0; depth < 200; depth += 1) deep = [deep];
  const value: Json = Array.from({ length: 15_000 }, () => deep);
  const events: EventBody[] = [CREATED, { type: 'run.completed', final_output: { value, summary: null } }];
  const log = await storeIn(root).createRun(RUN_ID);
  for (const event of events) log.append(event);
  await log.close();
  const written: unknown = JSON.parse(readFileSync(join(root, 'runs', `${RUN_ID}.json`), 'utf8'));
  expect(written).toMatchObject({ state: 'COMPLETE', metadata: { shortened: true } });
  expect((await storeIn(root).readRun(RUN_ID))?.run.outputs.final_output).toEqual({ value, summary: null });
});

test.runIf(HAS_POSTGRES)('when a value of 100 MB is kept in a database then it is read as it was', async () => {
  const { url } = await newStoreUrl();
  const store = createPostgresStore({ url, now: () => new Date(), pid: process.pid });
  onTestFinished(() => store.close());
  const log = await store.createRun(RUN_ID);
  log.append(CREATED);
  const value: Json = Array.from({ length: 100 }, (_, index) => 'abcdefghij'.repeat(MB / 10) + index);
  const { digest, bytes } = await log.storeMemory(value);
  expect(bytes).toBeGreaterThan(100 * MB - 1_000);
  await log.close();
  expect(await store.readMemory(RUN_ID, digest)).toEqual(value);
});
