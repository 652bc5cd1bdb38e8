import { expect, test } from 'vitest';

import { FAULTS, playAll } from '../faults/fault-cells.js';
import { documentedTable, faultTable, type Cell } from '../faults/fault-table.js';
import { PLACES } from '../faults/places.js';

/** All that was tried, as it ended. */
const cells: Cell[] = [];

test.each(PLACES)(
  'when a model fails in any way while it is asked for $name then the run stops right, and continues once it is well',
  async (place) => {
    for (const faults of Object.values(FAULTS)) {
      const { played, expected, exits } = await playAll(place, faults);
      cells.push(...[...exits].map(([fault, exit]) => ({ fault, place, exit })));
      expect.soft(played).toEqual(expected);
    }
  },
);

test('when all of it was tried then the page has the table of how it ended', () => {
  const table = faultTable(cells);
  process.stdout.write(`${table.join('\n')}\n`);
  expect(documentedTable()).toEqual(table);
});
