import { describe, expect, test } from 'vitest';

import { diffRuns } from '../../../src/domain/run/run-diff.js';
import { PLAN_ID, RUN_ID, runOf, stepRecord } from '../../support/view-examples.js';

const value = (content: unknown) => ({ value: content, summary: null });
const stored = (run: string, digest: string) => ({
  output_name: '$a',
  plan_run_id: run,
  summary: 'long',
  digest,
  bytes: 9000,
});
const OTHER_RUN = RUN_ID.replace(/.$/, '0');
const outputs = (fields: object) => ({ clarifications: [], step_outputs: {}, final_output: null, ...fields });

describe('the difference of two runs', () => {
  test('when only ids and times differ then there is none', () => {
    const step = { output_name: '$a', output: stored(RUN_ID, 'd1') };
    const before = runOf({ steps: [stepRecord(step)] });
    const after = runOf({
      id: OTHER_RUN,
      steps: [
        stepRecord({ ...step, output: stored(OTHER_RUN, 'd1'), started_at: '2027-01-01T00:00:00.000Z', attempts: 3 }),
      ],
    });
    expect(diffRuns(before, after)).toEqual([]);
  });

  test('when state, inputs, steps and the result differ then each is reported by name or path', () => {
    const before = runOf({
      state: 'COMPLETE',
      plan_run_inputs: { $city: value('London'), $old: value(1) },
      outputs: outputs({ final_output: value(3) }),
      steps: [
        stepRecord({ path: '0', output_name: '$a', output: value(1) }),
        stepRecord({ path: '1[0].steps.0', output_name: '$b', output: value(2) }),
        stepRecord({ path: '1[1].steps.0' }),
      ],
    });
    const error = { code: 'tool-failed', message: 'no', step: '2', retryable: true };
    const after = runOf({
      state: 'FAILED',
      error,
      plan_run_inputs: { city: value('Rome') },
      steps: [
        stepRecord({ path: '0', output_name: '$a', output: value(10) }),
        stepRecord({ path: '1[0].steps.0', output_name: '$b', status: 'skipped', reason: 'none' }),
        stepRecord({ path: '2', status: 'failed', error }),
      ],
    });
    expect(diffRuns(before, after)).toEqual([
      {
        change: 'changed',
        part: 'run',
        keys: [
          { pointer: '/state', old: 'COMPLETE', new: 'FAILED' },
          { pointer: '/error', new: error },
        ],
      },
      { change: 'changed', part: 'input', name: '$city', keys: [{ pointer: '/value', old: 'London', new: 'Rome' }] },
      { change: 'removed', part: 'input', name: '$old', value: value(1) },
      { change: 'changed', part: 'step', path: '0', keys: [{ pointer: '/output/value', old: 1, new: 10 }] },
      {
        change: 'changed',
        part: 'step',
        path: '1[0].steps.0',
        keys: [
          { pointer: '/status', old: 'completed', new: 'skipped' },
          { pointer: '/output', old: value(2) },
          { pointer: '/reason', new: 'none' },
        ],
      },
      { change: 'added', part: 'step', path: '2', step: { status: 'failed' } },
      { change: 'removed', part: 'step', path: '1[1].steps.0', step: { status: 'completed' } },
      { change: 'changed', part: 'final_output', keys: [{ pointer: '', old: value(3) }] },
    ]);
  });

  test('when a run has no records of steps then its outputs are compared by name', () => {
    const before = runOf({ outputs: outputs({ step_outputs: { $a: value(1), $b: value(2) } }) });
    const after = runOf({
      plan_id: PLAN_ID.replace(/.$/, '0'),
      outputs: outputs({ step_outputs: { a: stored(RUN_ID, 'd1'), $c: value(2) } }),
      steps: [stepRecord({})],
    });
    expect(
      diffRuns(before, after).map(({ change, part, ...rest }) => [change, part, 'name' in rest && rest.name]),
    ).toEqual([
      ['changed', 'run', false],
      ['changed', 'output', '$a'],
      ['added', 'output', '$c'],
      ['removed', 'output', '$b'],
    ]);
  });
});
