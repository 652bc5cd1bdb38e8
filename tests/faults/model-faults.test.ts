import { expect, test } from 'vitest';

import { portia } from '../support/portia.js';
import { FAULTS, playAll } from './fault-cells.js';
import { documentedTable, expectedCells, faultTable } from './fault-table.js';
import { PLACES } from './places.js';

/** One of each kind that waits for nothing; the slow tests play all of them. */
const SOME = new Set([
  'the body stalls',
  '401',
  '422',
  '429',
  'a reply that is cut off by its length',
  'half of the JSON, as if it were whole',
  'half of the arguments, as if they were whole',
  'no arguments',
  'the same call twice',
  'a tool that is not there',
]);

test.each(PLACES)(
  'when a model fails while it is asked for $name then the run stops right, and continues once it is well',
  async (place) => {
    const faults = Object.values(FAULTS)
      .flat()
      .filter(({ name }) => SOME.has(name));
    expect(faults).toHaveLength(SOME.size);
    const quick = faults.filter(({ isSlow = false }) => !isSlow || place.before === undefined);
    const { played, expected } = await playAll(place, quick);
    expect(played).toEqual(expected);
  },
);

/** One of each class, at a place of its own. */
const BY_BINARY: Record<string, [fault: string, place: string]> = {
  'on the way': ['the body stalls', 'step'],
  'an answer with a status': ['401', 'arguments'],
  'a reply': ['half of the JSON, as if it were whole', 'introspection'],
  'a plan': ['a tool that is not there', 'planning'],
};

test('when a model fails in a way of each class then the binary stops right, and continues once it is well', async () => {
  const classes = Object.entries(FAULTS).map(async ([name, all]) => {
    const [fault, at] = BY_BINARY[name] ?? [];
    const [place] = PLACES.filter((each) => each.name === at);
    const faults = all.filter((each) => each.name === fault);
    if (place === undefined || faults.length === 0) throw new Error(`No fault is chosen for ${name}.`);
    const { played, expected } = await playAll(place, faults, portia);
    expect(played).toEqual(expected);
  });
  await Promise.all(classes);
});

test('when the page tells of faults then its table is made of those that are played', () => {
  expect(documentedTable()).toEqual(faultTable(expectedCells()));
});
