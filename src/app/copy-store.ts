import { planDigest } from '../domain/plan/plan-digest.js';
import type { Store } from '../storage/store.js';
import { copyRuns } from './copy-runs.js';
import { orRefused, type Copied, type CopyWay } from './copied.js';

/** What is copied, in this order: a run is there only after the plans that it continues with. */
const PARTS: readonly ((way: CopyWay) => AsyncIterable<Copied>)[] = [copyPlans, copyEndUsers, copyRuns, copyKeys];

/**
 * Copies what a store has to another one, and tells of each thing once it is there. What is there already stays, so a copy
 * that was stopped is completed by the next. Rejects only when a store cannot be used.
 */
export async function* copyStore(from: Store, to: Store): AsyncGenerator<Copied> {
  for (const copy of PARTS) yield* copy({ from, to });
}

async function* copyPlans({ from, to }: CopyWay): AsyncGenerator<Copied> {
  for (const id of (await from.listPlanIds()).toReversed()) {
    yield await orRefused({ kind: 'plan', id }, async () => {
      const plan = await from.readPlan(id);
      if (plan === undefined) return { outcome: 'refused', why: 'It was removed meanwhile.' };
      const isNew = !(await to.has(id));
      await to.savePlan(plan, await from.readPlanning(id));
      const [said, known] = [await from.listComments(id), new Set((await to.listComments(id)).map((one) => one.id))];
      const more = said.filter((comment) => !known.has(comment.id));
      for (const comment of more) await to.addComment(comment);
      const kept = await to.readPlan(id);
      if (kept === undefined || planDigest(kept) !== planDigest(plan)) return OTHER_WHEN_READ;
      return { outcome: isNew || more.length > 0 ? 'copied' : 'same' };
    });
  }
}

async function* copyEndUsers({ from, to }: CopyWay): AsyncGenerator<Copied> {
  for (const id of await from.listEndUserIds()) {
    yield await orRefused({ kind: 'end_user', id }, async () => {
      const user = await from.readEndUser(id);
      if (user === undefined) return { outcome: 'refused', why: 'It was removed meanwhile.' };
      const isNew = (await to.readEndUser(id)) === undefined;
      if (await to.keepEndUser(user)) return { outcome: isNew ? 'copied' : 'same' };
      return { outcome: 'differs', why: 'Something else is known there.' };
    });
  }
}

/** A start with the key of a run continues this run there, too. Keys of runs that are not there are left out. */
async function* copyKeys({ from, to }: CopyWay): AsyncGenerator<Copied> {
  for (const { key, run_id: id } of await from.listKeys()) {
    if (!(await to.has(id))) continue;
    yield await orRefused({ kind: 'start_key', id: key }, async () => {
      const before = await to.findKey(key);
      const now = await to.claimKey(key, id);
      if (now !== id) return { outcome: 'differs', why: `It belongs to ${now} there.` };
      return { outcome: before === undefined ? 'copied' : 'same' };
    });
  }
}

const OTHER_WHEN_READ = { outcome: 'refused', why: 'What was read back is not what was written.' } as const;
