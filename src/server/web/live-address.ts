import { isRunId } from '../../domain/values/ids.js';
import type { WatchedRuns } from '../../storage/run-watch.js';

export const LIVE_PATH = '/events';
/** Runs that one page shows live. */
const MOST_RUNS = 100;

/** Where a page hears of changes of these runs. */
export function liveAddress({ runs, lists }: WatchedRuns): string {
  const query = new URLSearchParams(lists ? { lists: '' } : {});
  for (const id of [...new Set(runs)].slice(0, MOST_RUNS)) query.append('run', id);
  return `${LIVE_PATH}?${query.toString()}`;
}

/** What is in the query of such an address. */
export function watchedIn(query: URLSearchParams): WatchedRuns {
  return { runs: query.getAll('run').filter(isRunId).slice(0, MOST_RUNS), lists: query.has('lists') };
}

/** Whether a page hears of all runs there. */
export function hearsOfLists(address: string): boolean {
  return watchedIn(new URLSearchParams(address.slice(LIVE_PATH.length))).lists;
}
