import { createHash } from 'node:crypto';
import { isUtf8 } from 'node:buffer';

import { errnoOf, messageOf, PortiaError } from '../domain/errors.js';
import { advice, portia, portiaTyped, type Advice, type CommandStep } from '../domain/next-step.js';
import { planDigest } from '../domain/plan/plan-digest.js';
import type { Plan } from '../domain/plan/plan.js';
import { planningExchangesSchema, type PlanningExchange } from '../domain/run/planning-exchange.js';
import { isEndUser, type EndUser } from '../domain/run/end-user.js';
import { isExportRecord } from '../domain/run/export-records.js';
import { MAX_VALUE_BYTES } from '../domain/run/value-too-large.js';
import { isRunId, type RunId } from '../domain/values/ids.js';
import { isJsonObject, type JsonObject } from '../domain/values/json.js';
import { parseTextOrThrow } from '../storage/read-file.js';
import type { ReceivedRun, RunReceiver } from '../storage/run-receiver.js';
import { readPlanDocument } from '../storage/upgrade/upgrade.js';
import { linesOf, type Line } from './lines-of-file.js';

/** What an exported file holds; its runs are with the receiver. */
export interface ReadExport {
  /** The run that was exported. */
  run: ReceivedRun;
  /** The runs inside it and itself, which comes last. */
  runs: ReceivedRun[];
  plans: { plan: Plan; planning: PlanningExchange[] }[];
  user: EndUser | undefined;
  /** Values were taken out of it. */
  isRedacted: boolean;
}

/** What messages call an exported file. */
export interface ExportName {
  name: string;
  /** Shows it; by default under its name. */
  shownBy?: CommandStep | undefined;
}

/**
 * Reads an exported file to its end and gives its runs to the receiver, which checks them. Rejects with `unreadable`,
 * `newer-version`, `log-edited`, `stale` or `run-locked`; without `takesRedacted` also for a redacted run, with `usage`.
 */
export async function readExport(
  source: AsyncIterable<Uint8Array>,
  { name, shownBy, receiver, takesRedacted = false }: ExportName & { receiver: RunReceiver; takesRedacted?: boolean },
): Promise<ReadExport> {
  try {
    const reader = new ExportReader({ name, shownBy }, receiver, takesRedacted);
    for await (const line of linesOf(source, { name, most: MAX_LINE_BYTES })) reader.add(line);
    return await reader.end();
  } catch (error) {
    throw withFix(error, name);
  }
}

/** Advice about a log of this project does not help here. */
function withFix(error: unknown, name: string): unknown {
  if (errnoOf(error) !== undefined)
    return new PortiaError('unreadable', `Cannot read ${name}.`, { why: messageOf(error) });
  if (!(error instanceof PortiaError) || !BROKEN.has(error.code)) return error;
  return new PortiaError(error.code, error.message, { ...error.details, fix: EXPORT_AGAIN });
}

const BROKEN: ReadonlySet<string> = new Set(['unreadable', 'log-edited', 'invalid-plan']);

const EXPORT_AGAIN: Advice = advice`Nothing was imported. Export it again where it is: ${portiaTyped('export', 'RUN -o FILE')}`;

/** Longest line: a large value with what stands around it. */
const MAX_LINE_BYTES = MAX_VALUE_BYTES + 1_000;

class ExportReader {
  readonly #name: string;
  readonly #shownBy: CommandStep;
  readonly #receiver: RunReceiver;
  readonly #sum = createHash('sha256');
  readonly #plans: ReadExport['plans'] = [];
  readonly #takesRedacted: boolean;
  #runId: RunId | undefined;
  #isRedacted = false;
  #user: EndUser | undefined;
  #lines = 0;
  #isFinished = false;

  constructor({ name, shownBy = portia('show', name) }: ExportName, receiver: RunReceiver, takesRedacted: boolean) {
    this.#name = name;
    this.#shownBy = shownBy;
    this.#receiver = receiver;
    this.#takesRedacted = takesRedacted;
  }

  add({ bytes, number, hasEnd }: Line): void {
    const where = `${this.#name}:${number}`;
    if (!hasEnd) throw number === 1 ? notExported(this.#name) : cutOff(this.#name, `Line ${number} has no end.`);
    if (this.#isFinished) throw unreadable(where, 'It comes after the end of the exported run.');
    if (!isUtf8(bytes)) throw number === 1 ? notExported(this.#name) : unreadable(where, 'It is not UTF-8 text.');
    const text = Buffer.from(bytes).toString();
    if (number === 1) this.#start(text);
    else if (isExportRecord(text)) this.#addRecord(asObject(parseTextOrThrow(text, where)), where);
    else this.#receiver.addLine(text, where);
    this.#sum.update(bytes).update('\n');
    this.#lines = number;
  }

  #start(text: string): void {
    const { v, type, run_id: runId, redacted } = firstRecord(text, this.#name);
    if (type !== 'export.started') throw notExported(this.#name);
    if (typeof v === 'number' && v > 1) throw newer(this.#name, v);
    if (v !== 1 || !isRunId(runId)) throw notExported(this.#name);
    this.#isRedacted = redacted === true;
    if (this.#isRedacted && !this.#takesRedacted) throw wasRedacted(this.#name, this.#shownBy);
    this.#runId = runId;
  }

  #addRecord(record: JsonObject, where: string): void {
    switch (record['type']) {
      case 'export.plan': {
        const createdAt = new Date(0).toISOString();
        const { plan } = readPlanDocument(record['plan'], { createdAt, name: `The plan in ${where}` });
        this.#plans.push({ plan, planning: readPlanning(record['planning'] ?? [], where) });
        return;
      }
      case 'export.end_user':
        this.#user = readUser(record['user'], where);
        return;
      case 'export.value': {
        const { run_id: id, digest, value } = record;
        if (typeof digest !== 'string' || value === undefined || !isRunId(id)) {
          throw unreadable(where, 'It is not a value of a run.');
        }
        this.#receiver.addValue(id, { digest, value }, where);
        return;
      }
      case 'export.finished':
        if (record['digest'] !== this.#sum.copy().digest('hex') || record['lines'] !== this.#lines) {
          throw unreadable(this.#name, 'It is not as it was exported: its SHA-256 is another one.');
        }
        this.#isFinished = true;
        return;
      default:
        // A later version may add records that this one can do without.
        return;
    }
  }

  async end(): Promise<ReadExport> {
    if (this.#lines === 0) throw notExported(this.#name);
    if (!this.#isFinished) throw cutOff(this.#name, 'Its last line is missing.');
    const runs = await this.#receiver.check();
    const run = runs.at(-1);
    if (run === undefined || run.run.id !== this.#runId) {
      throw unreadable(this.#name, `The run ${this.#runId} does not come last in it.`);
    }
    if (!this.#isRedacted) for (const received of runs) this.#refuseOtherPlans(received);
    return { run, runs, plans: this.#plans, user: this.#user, isRedacted: this.#isRedacted };
  }

  #refuseOtherPlans({ run, plans }: ReceivedRun): void {
    for (const { plan } of this.#plans) {
      const digest = plans.get(plan.id) ?? '';
      if (digest === '' || digest === planDigest(plan)) continue;
      throw unreadable(this.#name, `Its plan ${plan.id} is not the one that ${run.id} was started from.`);
    }
  }
}

function readPlanning(value: unknown, where: string): PlanningExchange[] {
  const read = planningExchangesSchema.safeParse(value);
  if (read.success) return read.data;
  throw unreadable(where, 'It does not say what a planning model was sent.');
}

function readUser(value: unknown, where: string): EndUser {
  if (isEndUser(value)) return value;
  throw unreadable(where, 'It is not an end user.');
}

function firstRecord(text: string, name: string): JsonObject {
  try {
    return asObject(parseTextOrThrow(text, name));
  } catch (error) {
    if (error instanceof PortiaError) throw notExported(name);
    throw error;
  }
}

function asObject(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}

function notExported(name: string): PortiaError {
  return new PortiaError('unreadable', `${name} is not an exported run.`, {
    why: 'Such a file begins with a line of JSON of the type export.started.',
  });
}

function newer(name: string, version: number): PortiaError {
  return new PortiaError('newer-version', `${name} was exported by a newer portia.`, {
    why: `Its version is ${version}; this one reads version 1.`,
    fix: 'Update portia: git pull && npm ci in its folder; nothing was imported.',
  });
}

function wasRedacted(name: string, shownBy: CommandStep): PortiaError {
  return new PortiaError('usage', `${name} was redacted, so it cannot be imported.`, {
    why: 'Its values were taken out, and nothing could continue without them.',
    fix: shownBy,
  });
}

function cutOff(name: string, why: string): PortiaError {
  return new PortiaError('unreadable', `${name} is cut off.`, { why });
}

function unreadable(where: string, why: string): PortiaError {
  return new PortiaError('unreadable', `${where} cannot be imported.`, { why });
}
