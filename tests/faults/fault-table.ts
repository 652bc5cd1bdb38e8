import { readFileSync } from 'node:fs';

import { endAt, type End, type Fault } from './fault.js';
import { cellsAt, FAULTS } from './fault-cells.js';
import { PLACES, type Place } from './places.js';
import { expectedOf } from './play-fault.js';

/** What servers do, by what it leads to, in the words of the documentation. */
const ROWS: [End[], string][] = [
  [['works'], 'a reply that can be used all the same: JSON in a code fence, the same call twice'],
  [['unavailable'], 'no answer, or half of one: nothing listens, a reset in the body, status 500 to 529'],
  [['timed-out'], 'no end: headers that never come, a body that stalls, a byte now and then'],
  [['rate-limited'], 'a limit: status 429 with every kind of `Retry-After`, no credit'],
  [['no-model'], 'no model there: a page, a redirection, an unknown model'],
  [['key-rejected'], 'a key that is not taken'],
  [['invalid-settings'], 'a request that is not taken, status 400 or 422'],
  [['invalid-input'], 'a request that is too long'],
  [['model-refused'], 'a refusal, or a filter'],
  [['model-reply-unusable', 'no-plan'], 'a reply that is empty, cut off, or not what was asked for'],
  [['tool-failed'], 'a call of a function that is not there, or with arguments that do not fit'],
  [['asks'], 'a call without an argument that a person can be asked for'],
];

/** A fault at a place, and the exit code that it led to; null when a signal ended it, undefined when nothing did. */
export interface Cell {
  fault: Fault;
  place: Place;
  exit: number | null | undefined;
}

/** All that can be tried, as it must end. */
export function expectedCells(): Cell[] {
  return PLACES.flatMap((place) =>
    cellsAt(place, Object.values(FAULTS).flat()).map(({ fault }) => ({
      fault,
      place,
      exit: expectedOf(fault, place).exit,
    })),
  );
}

/** How many faults lead to what, with the exit codes: while planning, and in a run. */
export function faultTable(all: Cell[]): string[] {
  const rows = ROWS.map(([ends, words]) => {
    const cells = all.filter(({ fault, place }) => ends.includes(endAt(fault, place.name)));
    const exits = (isPlanning: boolean): string => {
      const found = cells.filter(({ place: { name } }) => name !== 'summary' && (name === 'planning') === isPlanning);
      return [...new Set(found.map(({ exit }) => exit ?? 'none'))].join(', ') || '–';
    };
    const faults = new Set(cells.map(({ fault }) => fault));
    return [words, String(faults.size), String(cells.length), exits(true), exits(false)];
  });
  return [
    ['what the server does', 'faults', 'tried', 'exit of planning', 'exit of a run'],
    ['---', '---', '---', '---', '---'],
    ...rows,
  ].map((row) => `| ${row.join(' | ')} |`);
}

/** The lines of the table that users read. */
export function documentedTable(): string[] {
  const page = readFileSync('docs/durability.md', 'utf8');
  const section = page.split('\n## ').find((text) => text.startsWith('When the model fails')) ?? '';
  return section.split('\n').filter((line) => line.startsWith('|'));
}
