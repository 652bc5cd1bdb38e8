import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import type { Portia } from '../../src/index.js';
import { compute, planOf, portiaIn } from './library-doubles.js';

test('when a run is exported by one program and imported by another then that one continues it', async () => {
  const { portia } = portiaIn({ store: 'memory:' });
  const asking = planOf([
    { kind: 'user_input', message: 'Which?', output: '$answer' },
    compute('$answer & "!"', '$said'),
  ]);
  const paused = await portia.runPlan(asking);
  const { portia: other } = portiaIn({ store: 'memory:' });
  const run = await other.importRun(portia.exportRun(paused));
  expect(run).toEqual(paused);
  const [question] = run.outputs.clarifications;
  await other.resolveClarification(run, question?.id ?? 'clar-', 'tea');
  expect((await other.resume(run)).outputs.final_output).toMatchObject({ value: 'tea!' });
  await expect(other.importRun(cutOff(portia, paused.id))).rejects.toMatchObject({ code: 'unreadable' });
});

async function* cutOff(portia: Portia, id: Parameters<Portia['exportRun']>[0]): AsyncGenerator<string> {
  let before = '';
  for await (const line of portia.exportRun(id)) {
    yield before;
    before = line;
  }
}

test('when a person did a step by hand then a program says so, and it is recorded with its name', async () => {
  const { portia } = portiaIn({ store: 'memory:', by: 'Ada' });
  const plan = planOf([
    compute("$number('five')", '$number_of_tries'),
    compute("$number('six')", '$other'),
    compute('$number_of_tries + 1', '$next'),
  ]);
  const failed = await portia.runPlan(plan);
  expect(failed.state).toBe('FAILED');
  const again = await portia.resume(failed, { done: { $number_of_tries: 5 } });
  expect(again).toMatchObject({ state: 'FAILED', error: { step: '1' } });
  const run = await portia.resume(again, { skip: ['1'] });
  expect(run).toMatchObject({ state: 'COMPLETE', outputs: { final_output: { value: 6 } } });
});

test('when a step is settled that has not failed, or by what is not JSON, then that is refused', async () => {
  const { portia } = portiaIn({ store: 'memory:' });
  const failed = await portia.runPlan(planOf([compute('1', '$one'), compute("$number('six')", '$other')]));
  await expect(portia.resume(failed, { done: { $one: 2 } })).rejects.toMatchObject({ code: 'usage' });
  await expect(portia.resume(failed, { done: { $other: 1n as never } })).rejects.toMatchObject({
    code: 'invalid-input',
  });
});

test('when a part of a run is lost then its export is refused, and takes what is there when that is asked for', async () => {
  const { portia, dir } = portiaIn();
  const done = await portia.runPlan(planOf([compute('1 + 1', '$two')]));
  const prompts = join(dir, 'plans', 'prompts');
  mkdirSync(prompts, { recursive: true });
  writeFileSync(join(prompts, `${done.plan_id}.json`), '[{"attempt":"one"}]');
  const { portia: other } = portiaIn();
  await expect(other.importRun(portia.exportRun(done))).rejects.toMatchObject({
    code: 'unreadable',
    details: { why: `What a model was sent and said for ${done.plan_id} is damaged, so it is not in the file.` },
  });
  await expect(other.getRun(done.id)).rejects.toMatchObject({ code: 'not-found' });
  expect(await other.importRun(portia.exportRun(done, { partial: true }))).toEqual(done);

  rmSync(join(dir, 'plans', `${done.plan_id}.json`));
  const lines = portia.exportRun(done);
  const refused = expect(lines.next()).rejects;
  await refused.toMatchObject({
    details: { why: `The plan ${done.plan_id} is not here: without it the run can only be shown.` },
  });
});
