import { copyFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { describe, expect, test } from 'vitest';

import { makeProject } from '../support/portia.js';
import { portiaHere } from '../support/portia-here.js';

const GOLDEN = resolve('tests/golden');

/** What is given to a run to continue it, and how it ends. A run that has ended is given nothing. */
const CONTINUED: Record<string, { answers: string[][]; ends: object }> = {
  asks: { answers: [['--answer', 'amount=5']], ends: { state: 'COMPLETE', outputs: { final_output: { value: 8 } } } },
  approval: {
    answers: [['--approve', 'send']],
    ends: { state: 'COMPLETE', outputs: { final_output: { value: 'sent hello to ada' } } },
  },
  waits: {
    answers: [[]],
    ends: { state: 'COMPLETE', outputs: { final_output: { value: 43 } } },
  },
  fails: { answers: [[]], ends: { state: 'FAILED', error: { code: 'tool-failed' } } },
};

const recorded = readdirSync(GOLDEN)
  .filter((version) => /^\d/.test(version))
  .flatMap((version) => readdirSync(join(GOLDEN, version)).map((file) => [version, file] as const))
  .filter(([, file]) => file.endsWith('.ndjson'))
  .map(([version, file]) => [version, file.replace('.ndjson', '')] as const);

describe.each(recorded)('a run that portia %s recorded: %s', (version, name) => {
  const file = join(GOLDEN, version, `${name}.ndjson`);

  test('when it is played again then nothing differs', async () => {
    const result = await portiaHere(['replay', file], { cwd: makeProject() });
    expect(JSON.parse(result.stdout)).toMatchObject({ same: true, differences: [] });
    const cwd = makeProject();
    await portiaHere(['import', file], { cwd });
    await portiaHere(['export', 'last', '--as', 'recording', '-o', 'recording.ndjson'], { cwd });
    const again = await portiaHere(['replay', 'recording.ndjson'], { cwd });
    expect(JSON.parse(again.stdout)).toMatchObject({ same: true, differences: [] });
  });

  test('when it is imported then it is shown, and continues where it stopped', async () => {
    const cwd = makeProject({ 'portia.json': { tools: { modules: ['./send.mjs'] } } });
    copyFileSync(join(GOLDEN, version, 'send.mjs'), join(cwd, 'send.mjs'));
    expect(await portiaHere(['import', file], { cwd })).toMatchObject({ code: 0 });
    expect(await portiaHere(['show', 'last', '--format', 'human'], { cwd })).toMatchObject({ code: 0 });
    expect(await portiaHere(['verify', 'last'], { cwd })).toMatchObject({ code: 0 });
    const { answers, ends } = CONTINUED[name] ?? { answers: [], ends: { state: 'COMPLETE' } };
    await portiaHere(['signal', 'payment', '--data', '{"amount":42}'], { cwd });
    for (const given of answers) await portiaHere(['resume', 'last', '--no-prompt', ...given], { cwd });
    const shown = await portiaHere(['show', 'last', '--json'], { cwd });
    expect(JSON.parse(shown.stdout)).toMatchObject(ends);
  });
});
