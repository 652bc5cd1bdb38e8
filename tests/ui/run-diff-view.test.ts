import { expect, test } from 'vitest';

import { diffRuns } from '../../src/domain/run/run-diff.js';
import { runDiffView } from '../../src/ui/run-diff-view.js';
import { look, runOf, stepRecord } from '../support/view-examples.js';

const value = (content: unknown) => ({ value: content, summary: null });

test('when two runs differ then state, inputs, steps and the result are reported by name and number', () => {
  const outputs = { clarifications: [], step_outputs: {}, final_output: value('sunny') };
  const before = runOf({
    state: 'COMPLETE',
    outputs,
    plan_run_inputs: { $city: value('Rome') },
    steps: [stepRecord({ output_name: '$a', output: value(1) }), stepRecord({ path: '1[0].steps.0' })],
  });
  const after = runOf({
    state: 'IN_PROGRESS',
    plan_run_inputs: { $city: value('Rome'), $day: value('\u001b[31m') },
    steps: [stepRecord({ output_name: '$a', output: value(2) }), stepRecord({ path: '1[1].steps.0' })],
  });
  expect(
    runDiffView({ before: 'prun-a', after: 'prun-b', changes: diffRuns(before, after) }, look).split('\n'),
  ).toEqual([
    '--- prun-a',
    '+++ prun-b',
    '',
    '~ run',
    '      state  - "COMPLETE"  + "IN_PROGRESS"',
    String.raw`+ input $day  value: \u{1b}[31m, summary: null`,
    '~ step 1',
    '      output.value  - 1  + 2',
    '+ step 2[2].1  status: completed',
    '- step 2[1].1  status: completed',
    '~ result',
    '      value  - {"value":"sunny","summary":null}',
    '',
    '2 added · 1 removed · 3 changed',
    '',
  ]);
});

test('when nothing differs then it says so', () => {
  expect(runDiffView({ before: 'a', after: 'b', changes: [] }, look)).toBe('--- a\n+++ b\n\nNo differences.\n');
});
