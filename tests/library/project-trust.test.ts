import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { makeToolProject } from '../support/tool-project.js';
import { call, doublingTool, planOf, portiaIn } from './library-doubles.js';

const GREET = `import { writeFileSync } from 'node:fs';
import { defineTool } from 'portia';
import * as z from 'zod';
writeFileSync(new URL('../LOADED', import.meta.url), '');
export const greet = defineTool({ id: 'greet', name: 'Greeter', description: 'Greets.', effect: 'read',
  args: z.object({ name: z.string() }), run: async (_context, { name }) => 'Hello, ' + name + '!' });
`;

const makeVisit = () => makeToolProject(GREET, {});
const isLoaded = (dir: string) => existsSync(join(dir, 'LOADED'));

const GREETING = planOf([call('greet', { name: 'Ada' })]);
const REFUSED = {
  code: 'project-untrusted',
  fix: expect.stringContaining('new Portia({ trustProject: true })'),
};

describe('a program in a project that is not trusted', () => {
  test('when a plan needs a tool module then it is rejected, and with trustProject it runs', async () => {
    const { portia, dir } = portiaIn({ dir: makeVisit() });
    await expect(portia.runPlan(GREETING)).rejects.toMatchObject(REFUSED);
    expect(isLoaded(dir)).toBe(false);
    const trusting = portiaIn({ dir, trustProject: true }).portia;
    expect(await trusting.runPlan(GREETING)).toMatchObject({ outputs: { final_output: { value: 'Hello, Ada!' } } });
  });

  test('when a plan needs nothing of it then it runs, also with tools that the program brings', async () => {
    const { tool } = doublingTool();
    const { portia, dir } = portiaIn({ dir: makeVisit(), tools: [tool] });
    const run = await portia.runPlan(planOf([call('double_tool', { value: 4 })]));
    expect(run.outputs.final_output).toMatchObject({ value: 8 });
    expect(await portia.run('add 1 + 2')).toMatchObject({ state: 'COMPLETE' });
    expect(isLoaded(dir)).toBe(false);
  });

  test('when a model would plan without its tools then it is rejected before the model is asked', async () => {
    let asked = 0;
    const model = { id: 'own/model', complete: async () => Promise.reject(new Error(`asked ${(asked += 1)} times`)) };
    const { portia } = portiaIn({ dir: makeVisit(), model });
    await expect(portia.plan('greet Ada')).rejects.toMatchObject(REFUSED);
    expect(asked).toBe(0);
  });

  test('when a run that needs a module is resumed then it is rejected, and continues where it is trusted', async () => {
    const dir = makeVisit();
    const trusting = portiaIn({ dir, trustProject: true }).portia;
    const ask = { kind: 'user_input', message: 'Who?', output: '$who' };
    const run = await trusting.runPlan(planOf([ask, call('greet', { name: '{{ $who }}' })]));
    const [question] = run.outputs.clarifications;
    if (question === undefined) throw new Error('nothing was asked');
    const { portia } = portiaIn({ dir });
    // An answer acts on nothing.
    await portia.resolveClarification(run, question.id, 'Ada');
    await expect(portia.resume(run)).rejects.toMatchObject(REFUSED);
    expect(await trusting.resume(run)).toMatchObject({ outputs: { final_output: { value: 'Hello, Ada!' } } });
  });

  test('when the environment that the program gives trusts the project then it counts', async () => {
    const dir = makeVisit();
    const { portia } = portiaIn({ dir, environment: { HOME: join(dir, '.home'), PORTIA_TRUST_PROJECT: dir } });
    expect(await portia.runPlan(GREETING)).toMatchObject({ state: 'COMPLETE' });
    writeFileSync(join(dir, '.env'), `PORTIA_TRUST_PROJECT=${dir}\n`);
    const { portia: other } = portiaIn({ dir });
    await expect(other.runPlan(GREETING)).rejects.toMatchObject(REFUSED);
  });
});
