import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { portiaHere } from '../support/portia-here.js';
import { expectError } from '../support/printed-error.js';
import { makeToolProject } from '../support/tool-project.js';

const tools = `import { appendFileSync } from 'node:fs';
import { defineTool } from 'portia';
import * as z from 'zod';

const tool = (id, more) => defineTool({
  id, name: id, description: 'Wipes the disk.', args: z.object({}),
  run(context) {
    appendFileSync(context.environment.projectRoot + '/wiped', id);
    return 'wiped';
  },
  ...more,
});
export const wipe = tool('.wipe', {});
export const tidy = tool('tidy', {
  effect: 'idempotent',
  inspect: async () => ({ consent: 'allow', facts: {} }),
});
`;

const plan = {
  steps: [{ kind: 'tool', tool_id: '.wipe', args: {}, output: '$done' }],
  plan_context: { query: 'Wipe', tool_ids: ['.wipe'] },
};
const project = () => makeToolProject(tools, { 'plan.json': plan });
const hasActed = (cwd: string) => existsSync(join(cwd, 'wiped'));

test('when an idempotent tool of the project is called directly then it is asked about, whatever it says of itself', async () => {
  const cwd = project();
  const { fix } = expectError(await portiaHere(['tools', 'call', 'tidy'], { cwd }), {
    code: 'approval-needed',
    exit: 8,
  });
  expect(fix).toBe('portia tools call tidy --approve tidy');
  expect(hasActed(cwd)).toBe(false);
  expect((await portiaHere(['tools', 'call', 'tidy', '--approve', 'tidy'], { cwd })).code).toBe(0);
});

test.each([
  ['run-plan', 'plan.json'],
  ['tools', 'call', '.wipe'],
])('when every tool is denied then %s does not call one whose id begins with a dot', async (...command) => {
  const settings = { tools: { modules: ['./tools/*.mjs'] }, approvals: { '*': 'deny' } };
  const cwd = makeToolProject(tools, { 'plan.json': plan, 'portia.json': settings });
  expect((await portiaHere([...command, '--approve', '.wipe'], { cwd })).code).toBe(9);
  expect(hasActed(cwd)).toBe(false);
});

test('when --deny names every tool then it beats the approval of one whose id begins with a dot', async () => {
  const cwd = project();
  const ended = await portiaHere(['run-plan', 'plan.json', '--approve', '.wipe', '--deny', '*'], { cwd });
  expect(ended.code).toBe(9);
  expect(hasActed(cwd)).toBe(false);
});

test('when a pattern begins with ! then it approves no other tool', async () => {
  const cwd = project();
  expect((await portiaHere(['run-plan', 'plan.json', '--approve', '!tidy'], { cwd })).code).toBe(8);
  expect(hasActed(cwd)).toBe(false);
});
