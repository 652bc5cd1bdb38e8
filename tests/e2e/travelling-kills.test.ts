import { expect, inject, test } from 'vitest';

import { crashPoints } from '../support/crashed-project.js';
import { carryOver, moveEffects } from '../support/exported-run.js';
import { forEachSideBySide } from '../support/finish-run.js';
import { crashedProject, expectSameEnd, modelFor, newProject, resumeToEnd, runUndisturbed } from './kill-project.js';

test(
  'when a killed run is exported and imported elsewhere, after any event, then it gets to the same end and nothing is done twice',
  { timeout: 1_200_000 },
  async () => {
    const undisturbed = await runUndisturbed();
    const every = inject('onlyBinary') ? 1 : 12;
    const points = crashPoints(undisturbed.events).filter(({ lines }, index) => lines > 0 && index % every === 0);
    await forEachSideBySide(points, async (point) => {
      const model = await modelFor(undisturbed.events.slice(0, point.lines));
      const [here, there] = [crashedProject(undisturbed, point), newProject()];
      const { id } = undisturbed.run;
      await carryOver(id, here, there);
      moveEffects(here, there, ['effects.log', 'out.txt']);
      const { end } = await resumeToEnd(there, id, model.environment);
      expect({ point, code: end.code, stderr: end.code === 0 ? '' : end.stderr }).toEqual({
        point,
        code: 0,
        stderr: '',
      });
      expectSameEnd(undisturbed, there, { point });
    });
    expect(points.length).toBeGreaterThan(3);
  },
);
