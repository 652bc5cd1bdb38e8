import { expect, test } from 'vitest';

import { goldScenario } from '../e2e/s08-project.js';
import { loopsScenario } from '../e2e/s09-project.js';
import { pokerScenario } from '../e2e/s13-project.js';
import { scientistScenario } from '../e2e/s15-project.js';
import { killBinaryEverywhere, type KillScenario } from '../support/kill-everywhere.js';

const SCENARIOS: [string, KillScenario][] = [
  ['S8, gold purchase', goldScenario],
  ['S9, loops and branches', loopsScenario],
  ['S13, planning poker', pokerScenario],
  ['S15, a page of a scientist', scientistScenario],
];

test.each(SCENARIOS)(
  'when the binary is killed at any event of %s then a new one gets to the same end',
  async (_name, scenario) => {
    const { points, asked } = await killBinaryEverywhere(scenario);
    process.stdout.write(`kill points: ${points}, of which a person was asked at ${asked}\n`);
    expect(points).toBeGreaterThan(25);
  },
);
