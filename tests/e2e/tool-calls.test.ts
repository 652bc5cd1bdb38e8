import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { portia } from '../support/portia.js';
import { openPortia, printedError } from '../support/scenario.js';
import { makeToolProject } from '../support/tool-project.js';

const TOOLS = `
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { defineTool } from 'portia';
import * as z from 'zod';

const tool = (id, run) => defineTool({ id, name: id, description: 'Does.', effect: 'read', args: z.object({}), run });

export const tools = [
  tool('page_tool', async ({ environment, progress, signal }) => {
    progress({ done: 3, total: 10, message: 'page \\u001b[31m three' });
    while (!existsSync(join(environment.projectRoot, 'gate'))) await sleep(20, undefined, { signal });
    return 'read';
  }),
  tool('long_tool', () => {
    throw new Error('x'.repeat(200_000), { cause: { message: 'quota' } });
  }),
];
`;

const project = (tool_id: string) =>
  makeToolProject(TOOLS, {
    'p.json': {
      plan_context: { query: 'read', tool_ids: [tool_id] },
      steps: [{ kind: 'tool', tool_id, args: {}, output: '$pages' }],
    },
  });

test('when a tool reports how far it is then the moving line shows it, harmless, until the step is done', async () => {
  const cwd = project('page_tool');
  const terminal = openPortia(['run-plan', 'p.json'], { cwd });
  await terminal.waitFor('1 3 of 10 page \\u{1b}[31m three page_tool');
  writeFileSync(join(cwd, 'gate'), '');
  expect(await terminal.exit()).toEqual({ code: 0, signal: 0 });
  expect(terminal.screen()).not.toContain('3 of 10');
});

test('when a tool throws a message of any length then what is printed of it stays short', async () => {
  const { code, stderr, stdout } = await portia(['run-plan', 'p.json'], { cwd: project('long_tool') });
  expect(code).toBe(1);
  expect(printedError(stderr)).toMatchObject({ message: expect.stringMatching(/^Step 1: long_tool: x+… \(200,007 /) });
  expect(stderr.length + stdout.length).toBeLessThan(9_000);
});
