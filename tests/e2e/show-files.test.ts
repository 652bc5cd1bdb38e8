import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { completeRun, makeExampleProject, pausedRun } from '../support/example-project.js';
import { expectError } from '../support/printed-error.js';
import { portiaHere } from '../support/portia-here.js';
import { runPrinted } from '../support/scenario.js';
import { SDK_PAUSED, SDK_PLAN, sdkProject } from '../support/sdk-folder.js';

describe('a run that is shown by its file', () => {
  test('when its plan is stored then nothing is said to be missing, whichever copy it is', async () => {
    const cwd = makeExampleProject();
    const id = await completeRun(cwd);
    const own = join('runs', `${id}.json`);
    copyFileSync(join(cwd, own), join(cwd, 'copy.json'));
    const input = readFileSync(join(cwd, own), 'utf8');
    for (const shown of [
      await portiaHere(['show', own, '--fields', 'id'], { cwd }),
      await portiaHere(['show', 'copy.json', '--fields', 'id'], { cwd }),
      await portiaHere(['show', '-', '--fields', 'id'], { cwd, input }),
    ]) {
      expect(shown).toMatchObject({ code: 0, stderr: '' });
      expect(JSON.parse(shown.stdout)).toEqual({ id });
    }
  });

  test.each([
    ['a run of portia', '.json and the folder prun-'],
    ['a run of another tool', 'Put away/run.json into runs/ as prun-'],
  ])('when %s lies elsewhere then no command is printed that would not find it', async (whose, way) => {
    const cwd = makeExampleProject();
    const id = await pausedRun(cwd);
    const run = JSON.parse(readFileSync(join(cwd, 'runs', `${id}.json`), 'utf8')) as { metadata: object };
    mkdirSync(join(cwd, 'away'));
    rmSync(join(cwd, 'runs'), { recursive: true });
    const { metadata: _own, ...foreign } = run;
    writeFileSync(join(cwd, 'away/run.json'), JSON.stringify(whose === 'a run of portia' ? run : foreign));
    const { code, stdout } = await portiaHere(['show', 'away/run.json', '--as', 'tree'], { cwd });
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('1 open question') });
    expect(stdout).toContain(way);
    expect(stdout).not.toContain('portia resume');
    const refused = await portiaHere(['show', 'away/run.json', '--format', 'value'], { cwd });
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('into runs/') });
    if (whose === 'a run of portia') return;
    mkdirSync(join(cwd, 'runs'));
    copyFileSync(join(cwd, 'away/run.json'), join(cwd, 'runs', `${id}.json`));
    expect((await portiaHere(['resume', id, '--answer', 'filename=#1'], { cwd })).code).toBe(0);
  });

  test('when it lies in a folder of the Python SDK then the printed commands bring it here and continue it', async () => {
    const cwd = sdkProject();
    const { stdout } = await portiaHere(['show', `.portia/${SDK_PAUSED}.json`, '--as', 'tree'], { cwd });
    const commands = [...stdout.matchAll(/(?:^|\s)(portia .+)$/gm)].map(([, command]) => command);
    expect(commands).toEqual(['portia import .portia']);
    expect(await runPrinted(commands[0] ?? '', { cwd })).toMatchObject({ code: 0 });
    const after = await portiaHere(['show', SDK_PAUSED, '--as', 'tree'], { cwd });
    expect(after.stdout).toContain(`portia resume ${SDK_PAUSED} --answer filename=a/poem.txt`);
  });

  test('when its plan is nowhere then that is asked for, and no command is printed', async () => {
    const cwd = sdkProject({ [`${SDK_PLAN}.json`]: null });
    const { code, stdout } = await portiaHere(['show', `.portia/${SDK_PAUSED}.json`, '--as', 'tree'], { cwd });
    expect(code).toBe(0);
    expect(stdout).toContain(`Put its plan ${SDK_PLAN}.json beside it`);
    expect(stdout).not.toMatch(/portia (resume|import)/);
  });

  test('when it lies in runs/ and its plan is nowhere then no command is printed that could not continue it', async () => {
    const cwd = sdkProject();
    mkdirSync(join(cwd, 'runs'));
    copyFileSync(join(cwd, '.portia', `${SDK_PAUSED}.json`), join(cwd, 'runs', `${SDK_PAUSED}.json`));
    const { stdout } = await portiaHere(['show', SDK_PAUSED, '--as', 'tree'], { cwd });
    expect(stdout).toContain(`Put its plan ${SDK_PLAN}.json into plans/`);
    expect(stdout).not.toContain('portia resume');
    mkdirSync(join(cwd, 'plans'));
    copyFileSync(join(cwd, '.portia', `${SDK_PLAN}.json`), join(cwd, 'plans', `${SDK_PLAN}.json`));
    expect((await portiaHere(['show', SDK_PAUSED, '--as', 'tree'], { cwd })).stdout).toContain('portia resume');
  });

  test('when its file is behind its log then the log is shown, and when it was edited it is refused', async () => {
    const cwd = makeExampleProject();
    const id = await pausedRun(cwd);
    const own = join('runs', `${id}.json`);
    const before = readFileSync(join(cwd, own), 'utf8');
    await portiaHere(['resume', id, '--answer', 'filename=#1'], { cwd });
    writeFileSync(join(cwd, own), before);
    const shown = await portiaHere(['show', own, '--fields', 'state'], { cwd });
    expect(JSON.parse(shown.stdout)).toEqual({ state: 'COMPLETE' });

    writeFileSync(join(cwd, own), before.replace('NEED_CLARIFICATION', 'COMPLETE'));
    expectError(await portiaHere(['show', own], { cwd }), { code: 'snapshot-edited', exit: 2 });
  });
});

test('when people commented on a plan then its picture has what they said, whether it is shown by its file or its id', async () => {
  const cwd = makeExampleProject();
  const plan = {
    plan_context: { query: 'one', tool_ids: [] },
    steps: [{ kind: 'compute', expression: '1', output: '$one' }],
  };
  writeFileSync(join(cwd, 'one.json'), JSON.stringify(plan));
  await portiaHere(['comment', 'one.json', '1', 'Is it <right>?', '--by', 'Ada'], { cwd });
  for (const given of ['one.json', 'last']) {
    const { code, stdout } = await portiaHere(['show', given, '--as', 'tree'], { cwd });
    expect(code).toBe(0);
    expect(stdout).toMatch(/\n\nStep 1 {2}Ada, [^,\n]*\n {2}Is it <right>\?\n {2}[0-9a-f-]{36}\n$/);
    expect((await portiaHere(['show', given], { cwd })).stdout).not.toContain('right');
  }
  const [listed] = JSON.parse((await portiaHere(['list', 'plans'], { cwd })).stdout) as { id: string }[];
  const broken = [{ ...plan.steps[0], expression: '1 +' }];
  writeFileSync(join(cwd, 'one.json'), JSON.stringify({ ...plan, id: listed?.id, steps: broken }));
  const { stdout } = await portiaHere(['show', 'one.json', '--as', 'tree'], { cwd });
  expect(stdout).toContain('about an older version of the step');
});
