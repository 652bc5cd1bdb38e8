import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { makeProject, PORTIA, portia, TESTED_NODE } from '../support/portia.js';
import { RELEASE } from '../support/release-plan.js';
import { onlyRun, openPortia, printedQuestions } from '../support/scenario.js';

/** A project whose plan calls a plan of another project, which `portia mcp serve` offers. */
function nestedProjects(): { outer: string; inner: string } {
  const inner = makeProject({ 'release.yaml': RELEASE, 'CHANGES.md': 'old' });
  const serve = [PORTIA, '-C', inner, 'mcp', 'serve', '--plan', 'release.yaml'];
  const step = { kind: 'tool', tool_id: 'mcp:inner:release', args: { version: '2.0' }, output: '$released' };
  const outer = makeProject({
    'portia.json': { mcp: { enable: ['inner'] }, approvals: { 'mcp:inner:*': 'allow' } },
    '.mcp.json': {
      mcpServers: { inner: { command: TESTED_NODE, args: serve, env: { PORTIA_TRUST_PROJECT: '1' } } },
    },
    'plan.json': { plan_context: { query: 'Release.', tool_ids: [] }, steps: [step] },
  });
  return { outer, inner };
}

const changes = (inner: string) => readFileSync(join(inner, 'CHANGES.md'), 'utf8');

test('when a plan calls a plan of another project then its questions are ours, also after a kill between them', async () => {
  const { outer, inner } = nestedProjects();
  const killed = openPortia(['run-plan', 'plan.json'], { cwd: outer });
  await killed.waitFor('What changed?');
  await killed.waitFor('An empty line leaves it');
  killed.kill('SIGKILL');
  await killed.exit();
  const consent = await portia(['resume', 'last', '--answer', 'answer=speed'], { cwd: outer });
  expect(consent.code).toBe(8);
  const [question] = printedQuestions(consent.stderr).questions;
  expect(question).toMatchObject({
    source: 'inner (MCP)',
    user_guidance: expect.stringContaining('content: "2.0: speed"') as unknown,
  });
  expect([changes(inner), existsSync(join(inner, 'runs'))]).toEqual(['old', true]);
  const done = await portia(['resume', 'last', '--answer', 'answer=yes', '--answer', 'reason:=null'], { cwd: outer });
  expect(done.code).toBe(0);
  expect(changes(inner)).toBe('2.0: speed');
  // One run there, through three processes.
  expect(onlyRun(inner)).toMatchObject({ state: 'COMPLETE' });
  expect(onlyRun(outer).outputs.step_outputs['$released']).toMatchObject({ value: { state: 'COMPLETE' } });
});
