import { expect, test } from 'vitest';

import { makeProject, portia } from '../support/portia.js';
import { printedError } from '../support/scenario.js';

const PLAN = {
  plan_context: { query: 'write', tool_ids: [] },
  steps: [{ kind: 'tool', tool_id: 'file_writer_tool', args: { filename: 'a.txt', content: 'a' }, output: '$a' }],
};
const run = async (...flags: string[]) =>
  portia(['run-plan', 'plan.json', '--json', ...flags], { cwd: makeProject({ 'plan.json': PLAN }) });

test.each(['--stub=file_wirter_tool=x', '--deny=file_writer_tol'])(
  'when %s is a slip of the keyboard then nothing is run, and the tool that was meant is named',
  async (flag) => {
    const { code, stdout, stderr } = await run(flag);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(printedError(stderr)).toMatchObject({ code: 'usage', fix: expect.stringContaining('file_writer_tool') });
  },
);

test('when an approval names a tool that the plan does not call then a warning says so, and the run goes on', async () => {
  const { code, stderr } = await run('--approve', 'file_writer_tool', '--approve', 'pay', '--deny', 'mcp:*');
  expect(code).toBe(0);
  expect(stderr).toContain('--approve pay changes nothing');
  expect(stderr).not.toContain('mcp');
});
