import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { ended, makeProject, portia, startPortia } from '../support/portia.js';
import { onlyRun } from '../support/scenario.js';

const plan = (steps: object[]) => ({ plan_context: { query: 'q', tool_ids: [] }, steps });

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('when %s comes while quick steps follow one another then it stops with %d', async (signal, code) => {
  const loop = { kind: 'while', when: 'true', steps: [{ kind: 'compute', expression: '1', output: '$one' }] };
  const cwd = makeProject({ 'endless.json': plan([loop]) });
  const child = startPortia(['run-plan', 'endless.json', '-q'], { cwd });
  const runs = join(cwd, 'runs');
  while (!existsSync(runs) || readdirSync(runs).length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  child.kill(signal);
  expect(await ended(child)).toMatchObject({ code });
  expect(onlyRun(cwd)).toMatchObject({ state: 'IN_PROGRESS', pause: { reason: 'signal' } });
});

test('when a tool prints then that does not mix with the answer', async () => {
  const tool = `import { defineTool } from 'portia';
    import * as z from 'zod';
    export default defineTool({ id: 'noisy', name: 'Noisy', description: 'Prints.', effect: 'read', args: z.object({}),
      run: async () => { console.log('debug line'); console.info('more'); return 'quiet'; } });`;
  const steps = [{ kind: 'tool', tool_id: 'noisy', args: {}, output: '$said' }];
  const cwd = makeProject({
    'portia.json': { tools: { modules: ['./noisy.mjs'] } },
    'noisy.mjs': tool,
    'plan.json': plan(steps),
  });
  const { code, stdout, stderr } = await portia(['run-plan', 'plan.json', '--format', 'value'], { cwd });
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'quiet\n' });
  expect(stderr).toContain('debug line');
});

test('when a loop sets no limit and its condition always holds then check says what to set', async () => {
  const loop = { kind: 'while', when: 'true', steps: [{ kind: 'exit', message: 'out' }] };
  const cwd = makeProject({ 'plan.json': plan([loop]) });
  const { stdout } = await portia(['check', 'plan.json', '--json'], { cwd });
  expect(stdout).toContain('max_iterations');
});
