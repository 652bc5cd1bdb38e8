import { setTimeout as wait } from 'node:timers/promises';

import type { Handler } from '../models/fault-server.js';
import { portiaHere } from '../support/portia-here.js';
import { PLAN_FAULTS } from './plan-faults.js';
import type { Fault } from './fault.js';
import type { Place } from './places.js';
import { deadlineOf, expectedOf, playFault, type Played } from './play-fault.js';
import { REPLY_FAULTS } from './reply-faults.js';
import { STATUS_FAULTS } from './status-faults.js';
import { TRANSPORT_FAULTS } from './transport-faults.js';

/** By class, in the order of the table. */
export const FAULTS: Record<string, Fault[]> = {
  'on the way': TRANSPORT_FAULTS,
  'an answer with a status': STATUS_FAULTS,
  'a reply': REPLY_FAULTS,
  'a plan': PLAN_FAULTS,
};

/** Cells that are played at a time: most of their time is waiting between requests. */
const AT_A_TIME = 12;
/** Milliseconds beyond its deadline after which a cell hangs: far more than it takes on a machine that has much to do. */
const ROOM = 90_000;

/** Those of the faults that can come at a place. */
export function cellsAt(place: Place, faults: Fault[]): { fault: Fault; spoilt: Handler }[] {
  return faults.flatMap((fault) => {
    const spoilt = fault.spoils(place.said, place.name);
    return spoilt === undefined ? [] : [{ fault, spoilt }];
  });
}

/**
 * What came of these faults at a place, by name, and what must; and the exit codes, which a cell that hangs does not have.
 * `portia` is the command line in this process, or the binary.
 */
export async function playAll(place: Place, faults: Fault[], portia = portiaHere): Promise<AllPlayed> {
  const cells = cellsAt(place, faults);
  const expected = Object.fromEntries(cells.map(({ fault }) => [fault.name, tell(expectedOf(fault, place))]));
  const played: Outcomes = Object.fromEntries(cells.map(({ fault }) => [fault.name, '']));
  const exits: AllPlayed['exits'] = new Map();
  const left = [...cells];
  const work = async () => {
    for (let cell = left.shift(); cell !== undefined; cell = left.shift()) {
      const limit = deadlineOf(place) + ROOM;
      const late = wait(limit, undefined, { ref: false });
      const end = await Promise.race([playFault({ ...cell, place, portia }), late]);
      played[cell.fault.name] = end === undefined ? `has not ended within ${limit} ms` : tell(end);
      exits.set(cell.fault, end?.exit);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, work));
  return { played, expected, exits };
}

type Outcomes = Record<string, string>;

interface AllPlayed {
  played: Outcomes;
  expected: Outcomes;
  exits: Map<Fault, number | null | undefined>;
}

/** In one line, which a difference shows whole. */
function tell({ exit, state, error, acts, tooMany, refused, summary, then }: Played): string {
  const many = tooMany > 0 && `${tooMany} requests too many`;
  const first = [`exit ${exit}`, state, error, `[${acts.join(', ')}]`, summary, many, ...refused];
  const second = [`exit ${then.exit}`, then.state, `[${then.acts.join(', ')}] ${then.requests} asked`, ...then.refused];
  return [first, second].map((parts) => parts.filter(Boolean).join(' ').slice(0, MOST_TOLD)).join('; then ');
}

const MOST_TOLD = 300;
