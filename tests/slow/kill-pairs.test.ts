import { expect, test } from 'vitest';

import {
  APPROVE,
  crashedProject,
  goOn,
  newProject,
  patientModel,
  planArguments,
  runOf,
  runUndisturbed,
} from '../e2e/kill-project.js';
import { crashPoints } from '../support/crashed-project.js';
import { forEachSideBySide } from '../support/finish-run.js';
import { killAfter } from '../support/kill-everywhere.js';

/** Lines that the recovering process has printed when it is killed, too. */
const SECOND_KILLS = [2, 5, 9];

test('when a process is killed at any event and the one that recovers is killed as well then the end is the same', async () => {
  const undisturbed = await runUndisturbed();
  const pairs = crashPoints(undisturbed.events)
    .filter(({ lines }) => lines > 0)
    .flatMap((point) => SECOND_KILLS.map((second) => ({ point, second })));
  await forEachSideBySide(pairs, async (pair) => {
    const folder = crashedProject(undisturbed, pair.point);
    const args = ['resume', undisturbed.run.id, ...APPROVE];
    await killAfter(pair.second, folder, { args, env: await patientModel() });
    await goOn(undisturbed, folder, pair);
  });
  process.stdout.write(`pairs of kills: ${pairs.length}\n`);
  expect(pairs.length).toBeGreaterThan(150);
});

test('when processes are killed one after the other until one gets through then the end is the same', async () => {
  const undisturbed = await runUndisturbed();
  const rounds = Array.from({ length: 20 }, (_, round) => round);
  await forEachSideBySide(rounds, async (round) => {
    const folder = newProject();
    const env = await patientModel();
    await killAfter(3 + (round % 4), folder, { args: planArguments, env });
    const args = ['resume', runOf(folder), ...APPROVE];
    for (let lines = 2 + (round % 3); lines < 9; lines += 2) await killAfter(lines, folder, { args, env });
    await goOn(undisturbed, folder, { round });
  });
});
