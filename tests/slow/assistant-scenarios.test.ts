import { expect, test } from 'vitest';

import { groceriesScenario } from '../e2e/groceries-project.js';
import { meetupScenario } from '../e2e/meetup-project.js';
import { vehicleScenario } from '../e2e/vehicle-project.js';
import { killBinaryEverywhere, type KillScenario } from '../support/kill-everywhere.js';

const SCENARIOS: [string, KillScenario][] = [
  ['groceries', groceriesScenario],
  ['vehicle assistant', vehicleScenario],
  ['meetup finder', meetupScenario],
];

test.each(SCENARIOS)(
  'when the binary is killed at any event of %s then a new one gets to the same end',
  { timeout: 1_800_000 },
  async (_name, scenario) => {
    const { points } = await killBinaryEverywhere(scenario);
    expect(points).toBeGreaterThan(50);
  },
);
