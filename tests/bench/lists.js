// How long a list takes where 10,000 runs are.
import { bench, isWanted, leastRatio, portia, seconds, usage } from './measure.js';
import { makeManyRuns, makeRunOf20kB } from './projects.js';

const [NEWEST, SECONDS, MEMORY] = [
  'newest 20 of 10,000 runs (list) / --version',
  'all 10,000 runs as NDJSON (list), seconds',
  'all 10,000 runs as NDJSON (list), MB of memory',
];

export function measureLists() {
  if (![NEWEST, SECONDS, MEMORY].some((name) => isWanted('lists', name))) return;
  makeManyRuns(makeRunOf20kB(), 10_000);
  const all = portia('list', '--format', 'ndjson');
  bench('lists', NEWEST, 3, () => leastRatio(portia('list', '--limit', '20'), portia('--version'), 9));
  bench('lists', SECONDS, 1.5, () => seconds(() => all));
  bench('lists', MEMORY, 150, () => usage(all).megabytes);
}
