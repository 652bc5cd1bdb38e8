import { expect, test } from 'vitest';

import { FAULTS, playAll } from '../faults/fault-cells.js';
import { PLACES } from '../faults/places.js';

test.each(PLACES)(
  'when a model fails in any way while it is asked for $name then the run stops right, and continues once it is well',
  async (place) => {
    for (const [kind, faults] of Object.entries(FAULTS)) {
      const { played, expected } = await playAll(place, faults);
      const right = Object.keys(expected).filter((name) => played[name] === expected[name]);
      process.stdout.write(`${place.name}, ${kind}: ${right.length} of ${Object.keys(expected).length} as wanted\n`);
      expect(played).toEqual(expected);
    }
  },
);
