import { PortiaError } from '../domain/errors.js';
import type { EventBody, RunEvent } from '../domain/run/events.js';
import type { RunId } from '../domain/values/ids.js';
import { isDeeperThan, isJsonObject, roughLength, type Json } from '../domain/values/json.js';
import { signedText, type Signing } from '../domain/run/signatures.js';
import { sizesText, VALUE_CURE } from '../domain/run/value-too-large.js';
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
  /** How long its line may be. */
  maxBytes: number;
}

export interface Sealed {
  event: RunEvent;
  /** Without the line end. */
  line: string;
}

/**
 * The event exactly as every later reader will see it, and its line. Signed when there is somebody to sign.
 * Throws for one that is too long, before anything of it is written.
 */
export function sealEvent(body: EventBody, place: Place, signing?: Pick<Signing, 'sign'>): Sealed {
  const { seq, ts, id, name, prev, logDigest } = place;
  const { type } = body;
  const head = { v: 1, seq, ts, type, run_id: id, prev, ...(logDigest !== undefined && { log_digest: logDigest }) };
  // Not a rest without the type: that is slow, and this runs for every event.
  let line = lineOf(Object.assign(head, body), place);
  const value: Json = JSON.parse(line);
  // Each level takes two characters, so most events cannot be too deep.
  if (line.length > 2 * MAX_RECORD_DEPTH && isDeeperThan(MAX_RECORD_DEPTH, value)) {
    throw new PortiaError('internal', `A ${type} event nests deeper than ${MAX_RECORD_DEPTH} levels.`, { runId: id });
  }
  if (signing !== undefined && isJsonObject(value)) {
    value['signature'] = { ...signing.sign(signedText(value)) };
    line = lineOf(value, place);
  }
  return { event: readEvent(value, { seq, runId: id, where: `${name}:${seq}` }), line };
}

/** What no character of a text exceeds in UTF-8. */
const BYTES_OF_CHARACTER = 3;

function lineOf(event: unknown, { maxBytes }: Place): string {
  let line: string;
  try {
    line = JSON.stringify(event);
  } catch (error) {
    // Longer than any text can be.
    if (error instanceof RangeError) throw tooLong(event, roughLength(event, Number.MAX_SAFE_INTEGER), maxBytes);
    throw error;
  }
  if (line.length * BYTES_OF_CHARACTER < maxBytes) return line;
  const bytes = Buffer.byteLength(line);
  if (bytes >= maxBytes) throw tooLong(event, bytes, maxBytes);
  return line;
}

function tooLong(event: unknown, bytes: number, limit: number): PortiaError {
  const type = isJsonObject(event) ? event['type'] : undefined;
  const isAnswer = type === 'clarification.resolved' || type === 'answer.given';
  const what = isAnswer
    ? 'The answer'
    : type === 'clarification.raised'
      ? 'What is asked'
      : `An event ${JSON.stringify(type)}`;
  return new PortiaError(isAnswer ? 'answer-refused' : 'step-failed', `${what} has ${sizesText(bytes, limit)}.`, {
    why: 'Questions and answers are kept in the log itself, unlike the values of steps.',
    fix: isAnswer ? 'Write it to a file, and answer with its name.' : `To correct the plan: ${VALUE_CURE}.`,
    retryable: false,
  });
}
