import { createHash } from 'node:crypto';
import type * as z from 'zod';

import { PortiaError } from '../errors.js';
import { clarificationSchema } from '../run/clarification-schema.js';
import { digestText } from '../values/digest.js';
import { idFromDigest } from '../values/ids.js';
import { isDeeperThan, isJsonObject, MAX_DEPTH, type Json, type JsonObject } from '../values/json.js';
import type { Usage } from '../plan/plan.js';
import type { ModelEnd, RecordedCall, RecordedQuestion, RecordedTool } from './recorded-call.js';
import type { Recording, StepResult } from './recording.js';
import { RECORDING, type UsageRecord } from './recording-lines.js';
import { callSchema, endSchema, headerSchema, sumSchema } from './recording-schema.js';

/** A line wraps values that may themselves be as deep as a value can be. */
const MOST_LEVELS = MAX_DEPTH + 16;

/** What a file says, with its plans as they stand in it. */
export type ReadRecording = Omit<Recording, 'plan' | 'innerPlans'> & { plan: JsonObject; innerPlans: JsonObject[] };

/**
 * A recording from its lines. Throws `unreadable` with the line for what is not whole, not a recording, or not as it was
 * written, and `newer-version` for a form that this portia does not know.
 */
export class RecordingReader {
  readonly #name: string;
  readonly #sum = createHash('sha256');
  readonly #calls: RecordedCall[] = [];
  #header: z.infer<typeof headerSchema> | undefined;
  #end: z.infer<typeof endSchema> | undefined;
  #lines = 0;
  #isWhole = false;

  /** `name`: what people call the file. */
  constructor(name: string) {
    this.#name = name;
  }

  /** A line without its end. */
  add(text: string): void {
    const where = `${this.#name}:${this.#lines + 1}`;
    if (this.#isWhole) throw unreadable(where, 'It comes after the end of the recording.');
    const record = parse(text, where);
    if (this.#lines === 0) this.#header = this.#readHeader(record, where);
    else if (this.#end !== undefined) return this.#checkSum(text, check(sumSchema, record, where));
    else if ('steps' in record) this.#end = check(endSchema, record, where);
    else this.#calls.push(readCall(check(callSchema, record, where), where));
    this.#lines += 1;
    this.#sum.update(text).update('\n');
  }

  read(): ReadRecording {
    const { header, end } = { header: this.#header, end: this.#end };
    if (header === undefined) throw unreadable(this.#name, 'It is empty.');
    if (end === undefined || !this.#isWhole) throw unreadable(this.#name, 'It is cut off: its last line is missing.');
    const { plan, inner_plans: innerPlans = [], inputs, clock, end_user_id: endUserId, end_user: endUser } = header;
    const { by, agent, setup, tools = [], tried_again: triedAgain, cancelled } = header;
    return {
      runId: idFromDigest('prun', digestText(`${header.plan_digest} ${clock}`)),
      ...{ plan, innerPlans, inputs, clock, endUserId, tools, calls: this.#calls },
      ...(endUser && { endUser }),
      ...(by && { by }),
      ...(agent && { agent }),
      ...(setup && { setup }),
      triedAgain: triedAgain ?? { failed: 0, unavailable: 0 },
      ...(cancelled && { isCancelled: true }),
      steps: new Map(Object.entries(end.steps).map(([path, result]) => [path, readStep(result)])),
      end: end.end,
    };
  }

  #readHeader(record: JsonObject, where: string): z.infer<typeof headerSchema> {
    const { recording: version } = record;
    if (typeof version === 'number' && version > RECORDING) {
      throw new PortiaError('newer-version', `${this.#name} was recorded by a newer portia.`, {
        why: `Its version is ${version}; this one reads version ${RECORDING}.`,
        fix: 'Update portia: git pull && npm ci in its folder.',
      });
    }
    return check(headerSchema, record, where);
  }

  /** Nothing vouches for this line itself, so it may not be written otherwise. */
  #checkSum(text: string, sum: z.infer<typeof sumSchema>): void {
    const { lines, digest } = sum;
    const isAsWritten = text === JSON.stringify({ lines, digest });
    if (!isAsWritten || lines !== this.#lines || digest !== this.#sum.copy().digest('hex'))
      throw unreadable(this.#name, 'It is not as it was recorded: its SHA-256 is another one.');
    this.#isWhole = true;
  }
}

function parse(text: string, where: string): JsonObject {
  let record: Json;
  try {
    record = JSON.parse(text);
  } catch {
    throw unreadable(where, 'It is not a line of JSON.');
  }
  if (!isJsonObject(record)) throw unreadable(where, 'It is not an object.');
  if (isDeeperThan(MOST_LEVELS, record)) throw unreadable(where, `It nests deeper than ${MOST_LEVELS} levels.`);
  return record;
}

function check<Shape extends z.ZodType>(schema: Shape, record: JsonObject, where: string): z.infer<Shape> {
  const read = schema.safeParse(record);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw unreadable(where, `/${issue?.path.map(String).join('/') ?? ''}: ${issue?.message ?? 'it is not of the form'}.`);
}

type CallRecord = z.infer<typeof callSchema>;

function readCall(record: CallRecord, where: string): RecordedCall {
  const path = record.path ?? record.at.slice(0, record.at.indexOf('/', record.at.lastIndexOf('.plan.') + 1));
  switch (record.kind) {
    case 'model':
      return { ...record, path, end: record.end && readModelEnd(record.end) };
    case 'tool': {
      const { usage, end, ...call } = record;
      return { ...call, path, end: end as RecordedTool['end'], ...(usage && { usage: readUsage(usage) }) };
    }
    case 'question':
      return readQuestion({ ...record, path }, where);
    case 'hook':
    case 'wait':
    case 'signal':
    case 'settled':
      return { ...record, path } as RecordedCall;
  }
}

/** Ids of calls are only to tell those of a reply apart. */
function readModelEnd(end: NonNullable<Extract<CallRecord, { kind: 'model' }>['end']>): ModelEnd {
  switch (end.kind) {
    case 'late':
      return end;
    case 'failure': {
      const { usage, ...failure } = end;
      return { ...failure, ...(usage && { usage: readUsage(usage) }) };
    }
    case 'reply': {
      const { value, toolCalls, usage, ...reply } = end;
      const calls = toolCalls.map((made, index): Json =>
        isJsonObject(made) ? { id: `call-${index + 1}`, ...made } : made,
      );
      return { ...reply, toolCalls: calls, ...(value !== undefined && { value }), usage: readUsage(usage) };
    }
  }
}

function readUsage([calls, input, output, estimated]: UsageRecord): Usage {
  return { calls, input_tokens: input, output_tokens: output, ...(estimated && { estimated }) };
}

function readQuestion(
  call: Omit<RecordedQuestion, 'question'> & { question: JsonObject },
  where: string,
): RecordedQuestion {
  const digest = digestText(call.at);
  const question = clarificationSchema.safeParse({
    id: idFromDigest('clar', digest),
    plan_run_id: idFromDigest('prun', digest),
    ...{ path: call.path, key: call.at, resolved: false, response: null },
    ...call.question,
  });
  if (question.success) return { ...call, question: question.data };
  throw unreadable(where, 'It is not a question.');
}

function readStep(result: string | { failed: StepError }): StepResult {
  if (typeof result !== 'string') return { kind: 'failed', error: result.failed };
  return result === 'skipped' ? { kind: 'skipped' } : { kind: 'completed', short: result };
}

type StepError = Extract<StepResult, { kind: 'failed' }>['error'];

/** A file that cannot be played, or `where` in it. */
export function unreadable(where: string, why: string): PortiaError {
  return new PortiaError('unreadable', `${where} cannot be played.`, {
    why,
    fix: 'Record it again, or restore it from a backup.',
  });
}
