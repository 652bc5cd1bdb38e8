import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { expect, test } from 'vitest';

import { Portia } from '../../src/index.js';
import type { Run } from '../../src/domain/run/run.js';
import { cleanEnvironment, makeProject, portia } from '../support/portia.js';
import { readEvents } from '../support/scenario.js';

const me = userInfo().username;
const plan = {
  plan_context: { query: 'pay a bill', tool_ids: [] },
  steps: [
    {
      kind: 'user_input',
      message: 'How much?',
      schema: { type: 'integer' },
      output: '$n',
      expires_in: '1s',
      on_expiry: [{ kind: 'compute', expression: '900', output: '$n' }],
    },
    { kind: 'user_verify', message: 'Pay {{ $n }}?', approvers: { any_of: [me, 'ben'], required: 2 } },
    { kind: 'compute', expression: "'Paid ' & $n", output: '$done' },
  ],
};

type Id = `prun-${string}`;

async function benAgrees(cwd: string, id: Id): Promise<void> {
  const ben = new Portia({
    dir: cwd,
    by: 'ben',
    environment: cleanEnvironment(cwd, {}),
    clarificationHandler: {
      ask: async (questions) => questions.map((asked) => ({ id: asked.id, response: true, channel: 'api' as const })),
    },
  });
  await ben.resume(id);
  await ben.close();
}

/** Continues the run in as many processes as it takes; each person agrees when they are asked. */
async function continueToEnd(cwd: string, id: Id): Promise<Run> {
  for (let process = 0; process < 10; process += 1) {
    const { code, stdout } = await portia(['resume', id, '--no-prompt'], { cwd });
    const run = JSON.parse(stdout) as Run;
    if (code !== 8) return run;
    const [question] = run.outputs.clarifications.filter(({ resolved }) => !resolved);
    const until = question?.expires_at;
    if (until !== undefined) await sleep(Math.max(0, Date.parse(until) - Date.now()) + 20);
    else if (question?.approvals === undefined) await portia(['answer', id, 'verify=yes'], { cwd });
    else await benAgrees(cwd, id);
  }
  throw new Error(`${id} came to no end`);
}

test('when a run is killed after any event then each still agrees once, and the end is the same', async () => {
  const whole = makeProject({ 'plan.json': plan });
  const { id } = JSON.parse((await portia(['run-plan', 'plan.json'], { cwd: whole })).stdout) as { id: Id };
  await continueToEnd(whole, id);
  const lines = readFileSync(join(whole, 'runs', id, 'events.ndjson'), 'utf8')
    .trimEnd()
    .split('\n');
  expect(lines.length).toBeGreaterThan(10);
  for (const count of lines.keys()) {
    if (count === 0) continue;
    const cwd = makeProject({});
    cpSync(whole, cwd, { recursive: true });
    rmSync(join(cwd, 'runs', `${id}.json`));
    writeFileSync(join(cwd, 'runs', id, 'events.ndjson'), `${lines.slice(0, count).join('\n')}\n`);
    const run = await continueToEnd(cwd, id);
    expect([count, run.state, run.outputs.final_output]).toEqual([
      count,
      'COMPLETE',
      { value: 'Paid 900', summary: null },
    ]);
    const agreed = readEvents(cwd, id).filter(
      ({ type }) => type === 'approval.given' || type === 'clarification.resolved',
    );
    expect(agreed.map((event) => ('by' in event ? (event.by?.name ?? event.by?.user) : ''))).toEqual([me, 'ben']);
  }
});
