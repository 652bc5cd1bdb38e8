import { isRunId, type RunId } from '../domain/values/ids.js';
import type { Json } from '../domain/values/json.js';
import { ReadRun } from './read-run.js';
import { notOfRun, otherRun, refuseOther } from './refuse-received.js';
import type { ReceivedRun } from './run-receiver.js';

/** A run on its way into a store, held in memory. */
export interface HeldRun {
  id: RunId;
  read: ReadRun;
  /** Without their line ends. */
  lines: string[];
  values: Map<string, Json>;
  standing: ReceivedRun['standing'];
  /** How many of its events are here. */
  here: number;
}

/** Runs on their way into a store that can take all of them at once. */
export class HeldRuns {
  readonly #held = new Map<RunId, HeldRun>();

  addLine(line: string, where: string): void {
    const { read, lines } = this.#at(ReadRun.idOf(line, where));
    read.add(line, where);
    lines.push(line);
  }

  addValue(id: RunId, { digest, value }: { digest: string; value: Json }, where: string): void {
    if (!isRunId(id)) throw notOfRun(where);
    refuseOther(value, digest, where);
    this.#at(id).values.set(digest, value);
  }

  #at(id: RunId): HeldRun {
    const held = this.#held.get(id) ?? newRun(id);
    this.#held.set(id, held);
    return held;
  }

  /** `linesHere`: the log that the store has, without line ends. */
  async check(linesHere: (id: RunId) => AsyncIterable<string>): Promise<ReceivedRun[]> {
    const received: ReceivedRun[] = [];
    for (const run of this.#held.values()) {
      run.read.refuseBroken();
      run.here = await countSame(run, linesHere(run.id));
      run.standing = standingOf(run);
      received.push(run.read.received(run.standing, new Set(run.values.keys())));
    }
    return received;
  }

  /** Those that bring something, in the order of their first lines. */
  bringing(): HeldRun[] {
    return [...this.#held.values()].filter(({ standing }) => standing === 'new' || standing === 'ahead');
  }

  forget(): void {
    this.#held.clear();
  }
}

function newRun(id: RunId): HeldRun {
  return { id, read: new ReadRun(id), lines: [], values: new Map(), standing: 'new', here: 0 };
}

/** How many events are here. Throws `stale` when one of them is another one. */
async function countSame({ id, lines }: HeldRun, linesHere: AsyncIterable<string>): Promise<number> {
  let here = 0;
  for await (const line of linesHere) {
    if (here < lines.length && lines[here] !== line) throw otherRun(id, here + 1);
    here += 1;
  }
  return here;
}

function standingOf({ here, lines }: HeldRun): ReceivedRun['standing'] {
  if (here === 0) return 'new';
  if (here === lines.length) return 'same';
  return here > lines.length ? 'behind' : 'ahead';
}
