import { canonicalJson } from '../values/json.js';
import { bareName } from '../values/names.js';
import { stepOutput } from './plan-steps.js';
import { stepKind } from './step-kinds/step-kinds.js';
import type { Step } from './plan.js';

/** Which steps of two lists are the same step, by their places in them. */
export interface Pairing {
  pairs: StepPair[];
  /** Places in the first list. */
  removed: number[];
  /** Places in the second list. */
  added: number[];
}

export interface StepPair {
  before: number;
  after: number;
  /** It has moved among the steps that are in both lists. */
  isMoved: boolean;
}

type Name = (step: Step) => string | undefined;

/** The criteria by which two steps count as the same one; the first that fits wins. */
const NAMES: Name[] = [
  canonicalJson,
  (step) => {
    const output = stepOutput(step);
    return output === undefined ? undefined : bareName(output);
  },
  // Its output may have another name.
  (step) => (stepOutput(step) === undefined ? undefined : canonicalJson({ ...step, output: undefined })),
  // Steps that leave nothing have no name of their own.
  (step) => (stepOutput(step) === undefined ? stepKind(step) : undefined),
];

export function pairSteps(before: Step[], after: Step[]): Pairing {
  const partners = sameEnds(before.map(canonicalJson), after.map(canonicalJson));
  const isTaken = new Set(partners.values());
  let removed = [...before.keys()].filter((place) => !isTaken.has(place));
  let added = [...after.keys()].filter((place) => !partners.has(place));
  for (const nameOf of NAMES) {
    const queues = placesByName(before, removed, nameOf);
    for (const place of added) {
      const step = after[place];
      const name = step === undefined ? undefined : nameOf(step);
      const partner = name === undefined ? undefined : queues.get(name)?.shift();
      if (partner !== undefined) partners.set(place, partner);
    }
    const taken = new Set(partners.values());
    removed = removed.filter((place) => !taken.has(place));
    added = added.filter((place) => !partners.has(place));
  }
  return { pairs: orderedPairs(partners), removed, added };
}

/** Pairs the common beginning and the common end first, so that equal steps elsewhere are not taken for them. */
function sameEnds(before: string[], after: string[]): Map<number, number> {
  const partners = new Map<number, number>();
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  for (; start < shorter && before[start] === after[start]; start += 1) partners.set(start, start);
  for (let end = 1; end <= shorter - start && before.at(-end) === after.at(-end); end += 1) {
    partners.set(after.length - end, before.length - end);
  }
  return partners;
}

function placesByName(steps: Step[], places: number[], nameOf: Name): Map<string, number[]> {
  const found = new Map<string, number[]>();
  for (const place of places) {
    const step = steps[place];
    const name = step === undefined ? undefined : nameOf(step);
    if (name === undefined) continue;
    const others = found.get(name);
    if (others === undefined) found.set(name, [place]);
    else others.push(place);
  }
  return found;
}

/** The pairs in the order of the second list. Those outside the longest run that keeps its order have moved. */
function orderedPairs(partners: ReadonlyMap<number, number>): StepPair[] {
  const pairs = [...partners].sort(([first], [second]) => first - second);
  const still = longestRise(pairs.map(([, before]) => before));
  return pairs.map(([after, before], index) => ({ before, after, isMoved: !still.has(index) }));
}

/** Places of a longest rising subsequence of different numbers. */
function longestRise(numbers: number[]): Set<number> {
  // For each length, the place where the rise of that length with the smallest end ends.
  const ends: number[] = [];
  const previous: (number | undefined)[] = [];
  for (const [place, number] of numbers.entries()) {
    let low = 0;
    let high = ends.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((numbers[ends[middle] ?? 0] ?? 0) < number) low = middle + 1;
      else high = middle;
    }
    previous.push(low === 0 ? undefined : ends[low - 1]);
    ends[low] = place;
  }
  const rise = new Set<number>();
  for (let place = ends.at(-1); place !== undefined; place = previous[place]) rise.add(place);
  return rise;
}
