import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import type { Run } from '../../src/domain/run/run.js';
import { makeExampleProject } from '../support/example-project.js';
import { portiaHere } from '../support/portia-here.js';
import { printedError } from '../support/scenario.js';

const OUTER = {
  plan_context: { query: 'ask two people', tool_ids: [] },
  steps: [
    {
      kind: 'for_each',
      over: '["Ada", "Bob"]',
      as: 'name',
      steps: [
        {
          kind: 'plan',
          inputs: { who: '{{ $name }}' },
          plan: {
            plan_context: { query: 'ask one', tool_ids: [] },
            plan_inputs: [{ name: 'who' }],
            steps: [
              { kind: 'user_input', message: 'How old is {{ $who }}?', schema: { type: 'integer' }, output: '$age' },
              { kind: 'compute', expression: '$who & " is " & $string($age)', output: '$said' },
            ],
          },
          output: '$one',
        },
      ],
      output: '$all',
    },
  ],
};

function project(): string {
  const cwd = makeExampleProject();
  writeFileSync(join(cwd, 'outer.json'), JSON.stringify(OUTER));
  return cwd;
}

const parse = (stdout: string) => JSON.parse(stdout) as Run;

describe('plans inside plans', () => {
  test('when they ask then the run around them pauses, takes the answers, and has the results', async () => {
    const cwd = project();
    const first = await portiaHere(['run-plan', 'outer.json'], { cwd });
    expect(first.code).toBe(8);
    const { id } = parse(first.stdout);
    const second = await portiaHere(['resume', 'last', '--answer', '0[0].steps.0.plan.0.age:=36'], { cwd });
    expect(second.code).toBe(8);
    const end = await portiaHere(['resume', id, '--answer', 'age:=40', '--format', 'value'], { cwd });
    expect(end).toMatchObject({ code: 0, stdout: '["Ada is 36","Bob is 40"]\n' });
  });

  test('when the run around them is cancelled then a part of it is shown as cancelled, and waits no more', async () => {
    const cwd = project();
    const { id, steps } = parse((await portiaHere(['run-plan', 'outer.json'], { cwd })).stdout);
    const part = steps.find((step) => step.sub_run !== undefined)?.sub_run ?? '';
    expect((await portiaHere(['cancel', id, '--yes'], { cwd })).code).toBe(0);
    const shown = await portiaHere(['show', part, '--as', 'tree'], { cwd });
    expect(shown.stdout).toContain(`cancelled by a person, with ${id}`);
    expect(shown.stdout).not.toMatch(/wait|open question/);
    expect(shown.stdout).toMatch(/✖ ask +How old is Ada\?/);
    expect((await portiaHere(['resume', part], { cwd })).code).toBe(2);
  });

  test('when runs are listed then those inside others are not, and deleting one deletes its parts', async () => {
    const cwd = project();
    const { stdout } = await portiaHere(['run-plan', 'outer.json'], { cwd });
    const run = parse(stdout);
    const part = run.steps.find((step) => step.sub_run !== undefined)?.sub_run ?? '';
    const listed = await portiaHere(['list', 'runs', '--json'], { cwd });
    expect((JSON.parse(listed.stdout) as { id: string }[]).map(({ id }) => id)).toEqual([run.id]);
    const shown = await portiaHere(['show', part, '--format', 'human'], { cwd });
    expect(shown.stdout).toContain(`inside  ${run.id}, step 1[1].1`);
    expect(shown.stdout).toContain(`portia resume ${run.id}`);
    const refused = await portiaHere(['rm', part, '--yes'], { cwd });
    expect(refused.code).toBe(2);
    expect(printedError(refused.stderr)).toMatchObject({
      code: 'usage',
      why: `Step 1[1].1 of ${run.id} runs it.`,
      fix: `portia rm ${run.id} --yes`,
    });
    for (const command of ['resume', 'cancel', 'answer']) {
      const args =
        command === 'cancel' ? [command, part, '--yes'] : [command, part, ...(command === 'answer' ? ['age=1'] : [])];
      const ended = await portiaHere(args, { cwd });
      expect({ command, code: ended.code, error: printedError(ended.stderr) }).toMatchObject({
        code: 2,
        error: { why: `Step 1[1].1 of ${run.id} runs it.`, fix: `portia resume ${run.id}` },
      });
    }
    expect((await portiaHere(['rm', run.id, '--yes'], { cwd })).code).toBe(0);
    expect(readdirSync(join(cwd, 'runs'))).toEqual(['.portia-changes']);
  });

  test('when it is watched then what the runs inside record has their ids', async () => {
    const cwd = project();
    const { stdout } = await portiaHere(['run-plan', 'outer.json', '--format', 'ndjson'], { cwd });
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string; run_id?: string });
    const ids = new Set(events.flatMap((event) => event.run_id ?? []));
    expect(ids.size).toBe(2);
    expect(events.at(-1)).toMatchObject({ type: 'run.result', run_id: events[1]?.run_id });
  });

  test('when the plan inside is not there then nothing is begun and exit 2 says which', async () => {
    const cwd = makeExampleProject();
    const plan = 'plan-00000000-0000-7000-8000-000000000000';
    const steps = [{ kind: 'plan', plan, output: '$x' }];
    writeFileSync(join(cwd, 'p.json'), JSON.stringify({ ...OUTER, steps }));
    const { code, stderr } = await portiaHere(['run-plan', 'p.json'], { cwd });
    expect({ code, error: printedError(stderr) }).toMatchObject({ code: 2, error: { code: 'plan-missing' } });
  });
});
