import { isFromDigest } from '../domain/values/ids.js';
import type { RunState } from '../domain/run/run.js';
import type { RunBrief, RunFilter, Store } from './store.js';

/** `listRuns` of a store that has nothing faster. */
export async function* pickRuns(
  store: Pick<Store, 'listRunIds' | 'readRunBrief'>,
  { state, limit }: RunFilter,
): AsyncGenerator<RunBrief> {
  let left = limit;
  for (const id of await store.listRunIds()) {
    if (left <= 0) return;
    if (isFromDigest(id)) continue;
    const brief = await store.readRunBrief(id);
    if (state !== undefined && !isInState(brief, state)) continue;
    left -= 1;
    yield brief;
  }
}

/** A run that was stopped while it asked is in progress by its record, and waits for a person all the same. */
export function isInState(brief: RunBrief, wanted: RunState): boolean {
  if ('unreadable' in brief) return false;
  const isWaiting = brief.open_questions > 0 && brief.owner === undefined;
  return brief.state === wanted || (wanted === 'NEED_CLARIFICATION' && isWaiting);
}
