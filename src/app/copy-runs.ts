import { PortiaError } from '../domain/errors.js';
import { isFromDigest, type RunId } from '../domain/values/ids.js';
import type { Store, StoredRun } from '../storage/store.js';
import { orRefused, type Copied, type CopyOutcome, type CopyWay } from './copied.js';
import { recordsOfRun } from './records-of-run.js';

/** Copies runs with their events and values, the oldest first, each after the runs inside it. */
export async function* copyRuns(way: CopyWay): AsyncGenerator<Copied> {
  const ids = (await way.from.listRunIds()).toReversed();
  const inside = await partsByParent(ids, way.from);
  const left = new Set(ids);
  for (const id of [...ids.filter((one) => !isFromDigest(one)), ...ids.filter(isFromDigest)]) {
    // A run inside another one that is not here comes by itself.
    for (const part of left.has(id) ? [...partsOf(id, inside), id] : []) {
      left.delete(part);
      yield await orRefused({ kind: 'run', id: part }, () => copyRun(part, way, id));
    }
  }
}

async function partsByParent(ids: readonly RunId[], store: Store): Promise<Map<RunId, RunId[]>> {
  const inside = new Map<RunId, RunId[]>();
  for (const id of ids.filter(isFromDigest)) {
    const parent = (await readable(id, store))?.run.parent_run?.id;
    if (parent !== undefined) inside.set(parent, [...(inside.get(parent) ?? []), id]);
  }
  return inside;
}

async function readable(id: RunId, store: Store): Promise<StoredRun | undefined> {
  try {
    return await store.readRun(id);
  } catch (error) {
    // It is told when it is copied.
    if (error instanceof PortiaError && error.code === 'unreadable') return undefined;
    throw error;
  }
}

/** The innermost first: whoever has a run has all that it continues from. */
function partsOf(id: RunId, inside: ReadonlyMap<RunId, RunId[]>): RunId[] {
  return (inside.get(id) ?? []).flatMap((part) => [...partsOf(part, inside), part]);
}

/** `outer`: the run that it is copied with. While that is driven, the parts change. */
async function copyRun(id: RunId, { from, to }: CopyWay, outer: RunId): Promise<CopyOutcome> {
  const { hasLog, owner = (await from.readRun(outer))?.owner } = await from.requireRun(id);
  if (!hasLog) return { outcome: 'refused', why: 'It has no events, as another program made it. Resume it first.' };
  if (owner !== undefined) {
    return {
      outcome: 'driven',
      why: `Process ${owner.pid} on ${owner.host} drives it. Copy again once it has stopped.`,
    };
  }
  const before = await standing(id, { from, to });
  if (before === 'same' || before === 'further') return { outcome: before };
  const values = await bring(id, { from, to });
  // What was written is read back: each value has its digest, and each line is the one that was read.
  for (const digest of values) await to.readMemory(id, digest);
  if ((await standing(id, { from, to })) === 'same') return { outcome: 'copied' };
  return { outcome: 'refused', why: 'What was read back is not what was written.' };
}

/** How the log there begins: `new` also when it has other events, of which the receiver tells. */
async function standing(id: RunId, { from, to }: CopyWay): Promise<'new' | 'same' | 'further'> {
  if (!(await to.has(id))) return 'new';
  const there = to.readLines(id)[Symbol.asyncIterator]();
  for await (const line of from.readLines(id)) {
    const { value, done } = await there.next();
    if (done === true || value !== line) return 'new';
  }
  return (await there.next()).done === true ? 'same' : 'further';
}

/** Gives the digests of the values that came. */
async function bring(id: RunId, { from, to }: CopyWay): Promise<Set<string>> {
  const values = new Set<string>();
  const receiver = to.receiveRuns();
  try {
    for await (const record of recordsOfRun(id, from)) {
      if ('line' in record) receiver.addLine(record.line, id);
      else {
        receiver.addValue(id, record, id);
        values.add(record.digest);
      }
    }
    await receiver.check();
    await receiver.take();
    return values;
  } finally {
    await receiver.close();
  }
}
