import { expect, test } from 'vitest';

import { conceptMapScenario } from '../e2e/concept-map-project.js';
import { researchScenario } from '../e2e/daily-research-project.js';
import { goldScenario } from '../e2e/gold-project.js';
import { hooksScenario } from '../e2e/hooks-project.js';
import { loopsScenario } from '../e2e/loops-project.js';
import { meetingScenario } from '../e2e/meeting-project.js';
import { mixedScenario } from '../e2e/mixed-project.js';
import { outreachScenario } from '../e2e/outreach-project.js';
import { pokerScenario } from '../e2e/poker-project.js';
import { refundScenario } from '../e2e/refund-project.js';
import { scientistScenario } from '../e2e/scraper-project.js';
import { walletScenario } from '../e2e/wallet-project.js';
import { killBinaryEverywhere, killProcess, runUndisturbed, type KillScenario } from '../support/kill-everywhere.js';

const WITH_SERVERS: [string, KillScenario][] = [
  ['a refund', refundScenario],
  ['a concept map', conceptMapScenario],
];

const SCENARIOS: [string, KillScenario][] = [
  ...WITH_SERVERS,
  ['gold purchase', goldScenario],
  ['a letter with hooks', hooksScenario],
  ['loops and branches', loopsScenario],
  ['planning poker', pokerScenario],
  ['a page of a scientist', scientistScenario],
  ['a daily job', researchScenario],
  ['an invitation', outreachScenario],
  ['a transfer', walletScenario],
  ['a meeting', meetingScenario],
  ['a bit of everything', mixedScenario],
];

test.each(SCENARIOS)(
  'when the binary is killed at any event of %s then a new one gets to the same end',
  async (_name, scenario) => {
    const { points, asked } = await killBinaryEverywhere(scenario);
    process.stdout.write(`kill points: ${points}, of which a person was asked at ${asked}\n`);
    expect(points).toBeGreaterThan(20);
  },
);

test.each(WITH_SERVERS)(
  'when the process is killed itself after any event of %s then another one gets to the same end',
  async (_name, scenario) => {
    const undisturbed = await runUndisturbed(scenario);
    const moments = undisturbed.events.map((_event, index) => index + 1);
    await killProcess(scenario, undisturbed, moments);
  },
);
