import { expect, test } from 'vitest';

import { effectsOf, type Effect } from '../support/crashed-project.js';
import { killBinary, runUndisturbed } from '../support/kill-everywhere.js';
import { mixedScenario } from './mixed-project.js';

test('when a run has failures, questions, agents and a plan inside, and is killed, then each call is made once', async () => {
  const undisturbed = await runUndisturbed(mixedScenario);
  expect(effectsOf<Effect & { text: string }>(undisturbed.folder).map(({ text }) => text)).toEqual([
    'good 2 kg',
    'fine 2 kg',
    'sorry',
    'saw around',
    'told',
    'farewell',
  ]);
  expect(undisturbed.run.outputs.final_output?.['value']).toEqual({
    looked: ['saw one', 'saw two'],
    told: 'told',
    inner: 'sent told',
    bye: 'sent farewell',
  });
  await killBinary(mixedScenario, undisturbed, 40);
});
