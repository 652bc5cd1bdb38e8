import { describe, expect, test } from 'vitest';

import { PUBLISHED_KINDS, publishedSchema } from '../../src/domain/published-schemas.js';
import { addPlan, completeRun, makeExampleProject, pausedRun } from '../support/example-project.js';
import { portiaHere } from '../support/portia-here.js';
import { expectError } from '../support/printed-error.js';
import { fitting } from '../support/published-schemas.js';
import { onlyRun, readEvents } from '../support/scenario.js';

const lines = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('portia schema', () => {
  test.each(PUBLISHED_KINDS)(
    'when the schema of %s is asked for then it is printed as JSON, also for people',
    async (kind) => {
      const cwd = makeExampleProject();
      for (const format of ['json', 'human']) {
        const printed = await portiaHere(['schema', kind, '--format', format], { cwd });
        expect(printed).toMatchObject({ code: 0, stderr: '' });
        expect(JSON.parse(printed.stdout)).toEqual(publishedSchema(kind));
      }
    },
  );

  test('when there is no such schema then those that are are named', async () => {
    const cwd = makeExampleProject();
    const { why, fix } = expectError(await portiaHere(['schema', 'events'], { cwd }), { code: 'usage', exit: 2 });
    expect({ why, fix }).toEqual({
      why: 'There are: plan, run, event, recording, error, test.',
      fix: 'portia schema event',
    });
  });
});

describe('what portia prints and keeps', () => {
  test('when a run is complete then its plan, its record and its events fit', async () => {
    const cwd = makeExampleProject();
    fitting('plan', JSON.parse((await portiaHere(['plan', 'add 1 + 2'], { cwd })).stdout));
    const printed = await portiaHere(['run', 'add 1 + 2', '--yes', '--format', 'ndjson'], { cwd });
    const events = lines(printed.stdout).map((event) => fitting('event', event));
    expect(events.at(0)).toMatchObject({ type: 'stream.started' });
    expect(events.at(-1)).toMatchObject({ type: 'run.result', exit_code: 0 });
    fitting('run', JSON.parse((await portiaHere(['show', 'last', '--json'], { cwd })).stdout));
  });

  test('when runs wait, fail, skip, loop, ask, act and are cancelled then what they leave fits', async () => {
    const cwd = makeExampleProject({
      'all.json': addPlan({
        id: undefined,
        plan_inputs: [{ name: '$n', default: 3 }],
        steps: [
          {
            kind: 'for_each',
            over: '[1, $n]',
            as: 'i',
            steps: [{ kind: 'compute', expression: '$i', output: '$x' }],
            output: '$all',
          },
          { kind: 'compute', expression: '1', output: '$skipped', when: '$n > 5' },
          {
            kind: 'if',
            branches: [
              { when: '$n = 3', steps: [{ kind: 'compute', expression: `$pad("x", 9000)`, output: '$long' }] },
            ],
          },
          { kind: 'user_input', message: 'Which of {{ $all }}?', options: '$all', output: '$one' },
          {
            kind: 'tool',
            tool_id: 'file_writer_tool',
            args: { filename: 'notes.md', content: '{{ $one }} {{ $long }}' },
            output: '$file',
          },
          { kind: 'compute', expression: '$one.nothing', output: '$broken' },
        ],
      }),
    });
    await portiaHere(['run-plan', 'all.json', '--no-prompt'], { cwd });
    const { id } = onlyRun(cwd);
    await portiaHere(['resume', id, '--answer', 'one:=3'], { cwd });
    await portiaHere(['resume', id, '--answer', 'verify=yes'], { cwd });
    expect(onlyRun(cwd)).toMatchObject({ state: 'FAILED' });
    const types = readEvents(cwd, id).map(({ type }) => type);
    expect(types).toEqual(
      expect.arrayContaining([
        'run.paused',
        'step.skipped',
        'memory.stored',
        'clarification.resolved',
        'tool.started',
        'tool.finished',
        'step.failed',
        'run.failed',
      ]),
    );
  });

  test('when a run is cancelled, or asks which file, then it fits', async () => {
    const cwd = makeExampleProject();
    const id = await pausedRun(cwd);
    await portiaHere(['cancel', id, '--yes'], { cwd });
    expect(onlyRun(cwd).error).toMatchObject({ code: 'declined' });
    expect(readEvents(cwd, id).at(-1)).toMatchObject({ type: 'run.cancelled' });
  });

  test('when runs and plans of the Python SDK are shown then they fit', async () => {
    const cwd = makeExampleProject();
    for (const path of [
      'runs/prun-18d9aa91-0066-413f-af32-b979bce89821.json',
      'tests/golden/reference-0.9.0/prun-bb228a63-1c0e-48bb-89fe-42fceb098972.json',
    ])
      fitting('run', JSON.parse((await portiaHere(['show', `${process.cwd()}/${path}`, '--json'], { cwd })).stdout));
  });

  test('when commands fail then their error line fits', async () => {
    const cwd = makeExampleProject({ 'bad.json': addPlan({ steps: [{}] }) });
    await completeRun(cwd);
    expectError(await portiaHere(['run-plan', 'bad.json'], { cwd }), { code: 'invalid-plan', exit: 2 });
    expectError(await portiaHere(['show', 'prun-ffff'], { cwd }), { code: 'not-found', exit: 2 });
    expectError(await portiaHere(['plan', 'write a poem'], { cwd }), { code: 'no-model', exit: 4 });
    expectError(await portiaHere(['plan', '--no-such-flag'], { cwd }), { code: 'usage', exit: 2 });
  });
});
