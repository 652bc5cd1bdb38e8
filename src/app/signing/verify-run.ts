import { consentsIn, endsDrive, type Consent } from '../../domain/run/consents.js';
import { messageOf, PortiaError } from '../../domain/errors.js';
import type { EventBody, RunEvent } from '../../domain/run/events.js';
import { runsInside } from '../../domain/run/export-records.js';
import type { RunId } from '../../domain/values/ids.js';
import { signerOf, type Signer, type Signing } from '../../domain/run/signatures.js';
import type { LogBreak, Store } from '../../storage/store.js';

/** The result of verifying a run: whether its record is intact, who vouched for it, and which consents count here. */
export interface RunReport {
  runId: RunId;
  events: number;
  /** The first event that has `prev`; undefined in logs of older versions. */
  tiedFrom: number | undefined;
  /** The first event that is not as it was recorded. */
  firstBad: LogBreak | undefined;
  /** The last event that was signed at the end of a drive. */
  lastEnd: { seq: number; type: EventBody['type']; signer: Signer } | undefined;
  consents: Consent[];
  /** The runs of its sub-plans. */
  inside: RunReport[];
}

/** Reads all of a run and those inside it. Rejects with the reason when it cannot be read. */
export async function verifyRun(id: RunId, store: Store, signing: Pick<Signing, 'judge'>): Promise<RunReport> {
  return report(id, { store, signing, seen: new Set([id]) });
}

/** `seen`: an edited log may name itself as a run inside it. */
async function report(
  id: RunId,
  given: { store: Store; signing: Pick<Signing, 'judge'>; seen: Set<RunId> },
): Promise<RunReport> {
  const { store, signing, seen } = given;
  // Says, too, when the snapshot is not what the events say.
  await store.readRun(id);
  const events = await store.readEvents(id);
  const breaks = [await store.findLogBreak(id), forgedEvent(events, signing), await lostValue(id, events, store)];
  const [firstBad] = breaks.filter((found) => found !== undefined).sort((one, other) => one.seq - other.seq);
  const end = events.findLast(({ type, signature }) => endsDrive(type) && signature !== undefined);
  const inside: RunReport[] = [];
  for (const inner of runsInside(events)) {
    if (seen.has(inner)) continue;
    seen.add(inner);
    inside.push(await report(inner, given));
  }
  return {
    runId: id,
    events: events.length,
    tiedFrom: events.find(({ prev }) => prev !== undefined)?.seq,
    firstBad,
    lastEnd: end && { seq: end.seq, type: end.type, signer: signerOf(end, signing) },
    consents: consentsIn(events, signing),
    inside,
  };
}

function forgedEvent(events: readonly RunEvent[], signing: Pick<Signing, 'judge'>): LogBreak | undefined {
  const forged = events.find((event) => signerOf(event, signing).kind === 'forged');
  return forged && { seq: forged.seq, why: 'Its signature does not match what it says.' };
}

async function lostValue(id: RunId, events: readonly RunEvent[], store: Store): Promise<LogBreak | undefined> {
  for (const event of events) {
    if (event.type !== 'memory.stored') continue;
    try {
      await store.readMemory(id, event.digest);
    } catch (error) {
      if (!(error instanceof PortiaError)) throw error;
      return { seq: event.seq, why: [messageOf(error), error.details.why].filter(Boolean).join(' ') };
    }
  }
  return undefined;
}

/** A report and those of the runs inside, the outer one first. */
export function allReports(outer: RunReport): RunReport[] {
  return [outer, ...outer.inside.flatMap(allReports)];
}
