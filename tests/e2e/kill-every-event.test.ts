import { expect, inject, test } from 'vitest';

import { crashPoints, effectsOf } from '../support/crashed-project.js';
import { forEachSideBySide } from '../support/finish-run.js';
import { somePoints } from '../support/kill-everywhere.js';
import { portia } from '../support/portia.js';
import { printedError } from '../support/scenario.js';
import { crashedProject, expectSameEnd, modelFor, resumeToEnd, runUndisturbed } from './kill-project.js';

test(
  'when a process is killed at an event of any kind, or in the middle of one, then a new one gets to the same end',
  { timeout: 1_200_000 },
  async () => {
    const undisturbed = await runUndisturbed();
    const all = crashPoints(undisturbed.events).filter(({ lines }) => lines > 0);
    const points = somePoints(all, undisturbed.events);
    let asked = 0;
    await forEachSideBySide(points, async (point) => {
      const model = await modelFor(undisturbed.events.slice(0, point.lines));
      const folder = crashedProject(undisturbed, point);
      const { end, questions } = await resumeToEnd(folder, undisturbed.run.id, model.environment);
      expect({ point, code: end.code, stderr: end.code === 0 ? '' : end.stderr }).toEqual({
        point,
        code: 0,
        stderr: '',
      });
      expectSameEnd(undisturbed, folder, { point });
      asked += questions;
    });
    process.stdout.write(`kill points: ${points.length}, of which a person was asked at ${asked}\n`);
    expect(all.length).toBeGreaterThan(50);
    // The call under way, not done and done, and in the slow tests the torn line that says how it ended.
    expect(asked).toBe(inject('onlyBinary') ? 3 : 2);
  },
);

test('when nothing of a run was saved then resuming says so and nothing is done', async () => {
  const undisturbed = await runUndisturbed();
  for (const torn of [false, true]) {
    const folder = crashedProject(undisturbed, { lines: 0, torn, acted: false });
    const resumed = await portia(['resume', undisturbed.run.id], { cwd: folder });
    expect([resumed.code, printedError(resumed.stderr)['code']]).toEqual([2, 'unreadable']);
    const removed = await portia(['rm', undisturbed.run.id, '--yes'], { cwd: folder });
    expect(removed.code).toBe(0);
    expect(effectsOf(folder)).toEqual([]);
  }
});
