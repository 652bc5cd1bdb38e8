import { expect, test } from 'vitest';

import { goldScenario } from '../e2e/gold-project.js';
import { loopsScenario } from '../e2e/loops-project.js';
import { pokerScenario } from '../e2e/poker-project.js';
import { scientistScenario } from '../e2e/scraper-project.js';
import { killBinaryEverywhere, type KillScenario } from '../support/kill-everywhere.js';

const SCENARIOS: [string, KillScenario][] = [
  ['gold purchase', goldScenario],
  ['loops and branches', loopsScenario],
  ['planning poker', pokerScenario],
  ['a page of a scientist', scientistScenario],
];

test.each(SCENARIOS)(
  'when the binary is killed at any event of %s then a new one gets to the same end',
  async (_name, scenario) => {
    const { points, asked } = await killBinaryEverywhere(scenario);
    process.stdout.write(`kill points: ${points}, of which a person was asked at ${asked}\n`);
    expect(points).toBeGreaterThan(25);
  },
);
