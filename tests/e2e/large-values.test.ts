import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { portia } from '../support/portia.js';
import { makeToolProject } from '../support/tool-project.js';

const MB = 1024 * 1024;

/** `big_tool` notes its call and gives so many MB, of which it makes one only. */
const TOOLS = `
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineTool } from 'portia';
import * as z from 'zod';

export const tools = [
  defineTool({
    id: 'big_tool', name: 'Big', description: 'Gives much.', effect: 'read',
    args: z.object({ mb: z.number() }), output: z.array(z.string()),
    run({ environment }, { mb }) {
      appendFileSync(join(environment.projectRoot, 'calls'), mb + '\\n');
      return Array(mb).fill('x'.repeat(${MB}));
    },
  }),
];
`;

const plan = {
  plan_context: { query: 'much', tool_ids: ['big_tool'] },
  plan_inputs: [{ name: '$mb', schema: { type: 'integer' } }],
  steps: [
    { kind: 'tool', tool_id: 'big_tool', args: { mb: '{{ $mb }}' }, output: '$big', retries: 3 },
    {
      kind: 'for_each',
      over: '$big',
      as: 'part',
      output: '$parts',
      steps: [{ kind: 'compute', expression: '$substring($part, 0, 2)', output: '$start' }],
      when: '$mb < 10',
    },
  ],
};

const projectWith = (files: Record<string, string | object> = {}) =>
  makeToolProject(TOOLS, { 'plan.json': plan, ...files });

test('when a tool gives 70 MB then the run is complete, and the value is kept whole', async () => {
  const cwd = projectWith();
  const ended = await portia(['run-plan', 'plan.json', '-i', 'mb:=70', '--json'], { cwd });
  expect(ended).toMatchObject({ code: 0 });
  const run = JSON.parse(ended.stdout) as {
    id: string;
    outputs: { step_outputs: Record<string, { digest: string; bytes: number }> };
  };
  const { digest = '', bytes } = run.outputs.step_outputs['$big'] ?? {};
  expect(bytes).toBe(70 * (MB + 3) + 1);
  expect(readFileSync(join(cwd, 'runs', run.id, 'memory', `${digest}.json`)).length).toBe(bytes);
});

test('when one line of a batch gives more than a run keeps then it fails alone, with the limit and the cure', async () => {
  const cwd = projectWith({ 'rows.ndjson': [1, 270, 2].map((mb) => `{"mb":${mb}}\n`).join('') });
  const flags = ['--batch', 'rows.ndjson', '--jobs', '1', '--json', '--fields', 'line,state,exit_code,error'];
  const ended = await portia(['run-plan', 'plan.json', ...flags], { cwd });
  expect(ended.code).toBe(1);
  const results = ended.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
  expect(results).toMatchObject([
    { line: 1, state: 'COMPLETE', exit_code: 0 },
    { line: 2, state: 'FAILED', exit_code: 1, error: { code: 'tool-failed' } },
    { line: 3, state: 'COMPLETE', exit_code: 0 },
  ]);
  expect(results[1]).toHaveProperty(
    'error.message',
    expect.stringContaining('big_tool: gave 271 MB, the limit is 256 MB: let it pass on a part of it'),
  );
  // Not once more, although the step may be tried four times.
  expect(readFileSync(join(cwd, 'calls'), 'utf8')).toBe('1\n270\n2\n');
});
