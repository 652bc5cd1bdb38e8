import { PortiaError } from '../domain/errors.js';
import type { EventBody, RunEvent } from '../domain/run/events.js';
import type { RunId } from '../domain/values/ids.js';
import { depthOf, isJsonObject } from '../domain/values/json.js';
import { signedText, type Signing } from '../domain/run/signatures.js';
import { readEvent } from './event-shape.js';
import { MAX_RECORD_DEPTH } from './read-file.js';

/** Where an event stands, and what ties it there. */
export interface Place {
  seq: number;
  ts: string;
  id: RunId;
  /** Of the log, in messages. */
  name: string;
  prev: string | undefined;
  /** SHA-256 of the log before it, when that is vouched for, too. */
  logDigest?: string | undefined;
}

export interface Sealed {
  event: RunEvent;
  /** Without the line end. */
  line: string;
}

/** The event exactly as every later reader will see it, and its line. Signed when there is somebody to sign. */
export function sealEvent(body: EventBody, place: Place, signing?: Pick<Signing, 'sign'>): Sealed {
  const { seq, ts, id, name, prev, logDigest } = place;
  const { type } = body;
  const head = { v: 1, seq, ts, type, run_id: id, prev, ...(logDigest !== undefined && { log_digest: logDigest }) };
  // Not a rest without the type: that is slow, and this runs for every event.
  let line = JSON.stringify(Object.assign(head, body));
  const value: unknown = JSON.parse(line);
  // Every level opens with a bracket, so most events cannot be too deep.
  if ((line.match(/[[{]/g)?.length ?? 0) > MAX_RECORD_DEPTH && depthOf(value, MAX_RECORD_DEPTH) > MAX_RECORD_DEPTH) {
    throw new PortiaError('internal', `A ${type} event nests deeper than ${MAX_RECORD_DEPTH} levels.`, { runId: id });
  }
  if (signing !== undefined && isJsonObject(value)) {
    value['signature'] = { ...signing.sign(signedText(value)) };
    line = JSON.stringify(value);
  }
  return { event: readEvent(value, { seq, runId: id, where: `${name}:${seq}` }), line };
}
