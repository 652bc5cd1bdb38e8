import type { RunEvent } from '../../domain/run/events.js';
import type { StreamEvent } from '../../domain/run/stream-event.js';
import type { Json } from '../../domain/values/json.js';
import { createBatchProgress, type BatchProgress } from '../../ui/batch-progress.js';
import { batchSummary, lineResultView, type LineOutcome, type LineResult } from '../../ui/batch-view.js';
import { lookOf, makeLook, type Look } from '../../ui/look.js';
import { junitReport, type TestCase } from '../../ui/reports/junit.js';
import { openResultLines, type ResultLines } from '../output/result-lines.js';
import { openEventFile } from '../output/event-sink.js';
import { outputValue } from '../../app/output-value.js';
import { recordLine, type Session } from '../session/session.js';
import { caseOf, recordOf, type LineRecord } from './line-result.js';

/** Runs whose command is printed at the end. */
const MOST_LISTED = 20;
/** Warnings that differ; 10,000 lines with the same slip are reported once. */
const MOST_WARNINGS = 20;

/** What a batch prints: results on standard output, events to their file, the rest on standard error. */
export class BatchReport {
  readonly #session: Session;
  readonly #progress: BatchProgress | undefined;
  readonly #lines: ResultLines;
  readonly #file: ReturnType<typeof openEventFile>;
  readonly #look: Look;
  readonly #counts = new Map<LineOutcome, number>();
  readonly #listed: LineResult[] = [];
  /** For a report of tests, which begins with its totals. */
  readonly #cases: TestCase[] = [];
  readonly #warnings = new Set<string>();
  #resumable = 0;
  /** Exit codes of the lines, those that occurred. */
  readonly exitCodes = new Set<number>();

  private constructor(session: Session, progress: BatchProgress | undefined, look: Look) {
    this.#session = session;
    this.#progress = progress;
    this.#look = look;
    this.#file = openEventFile(session);
    this.#lines = openResultLines(session);
    this.#writeEvent({ v: 1, type: 'stream.started', version: session.io.version });
  }

  static async open(session: Session): Promise<BatchReport> {
    const { io, options, services } = session;
    const now = services.now();
    const { spell } = session.look;
    const look =
      options.out === undefined ? await lookOf(io.streams.out, { ...io, now, spell }) : makeLook({ now, spell });
    return new BatchReport(session, await openProgress(session), look);
  }

  /** `count` tells how many lines there are, and is asked only where somebody sees it. */
  async expect(count: () => Promise<number | undefined>): Promise<void> {
    const total = this.#progress?.isMoving === true ? await count() : undefined;
    if (total !== undefined) this.#progress?.expect(total);
  }

  began(): void {
    this.#progress?.began();
  }

  event(line: number, event: RunEvent): void {
    this.#writeEvent(event);
    this.#progress?.event(line, event);
  }

  /** The run of a line has ended, though it may not be its turn yet. */
  ended(result: LineResult): void {
    this.#counts.set(result.outcome, (this.#counts.get(result.outcome) ?? 0) + 1);
    this.exitCodes.add(result.exitCode);
    this.#progress?.ended(result, this.#counts);
  }

  /** Its turn has come. */
  async take(result: LineResult): Promise<void> {
    if (result.isResumable) {
      this.#resumable += 1;
      if (this.#listed.length < MOST_LISTED) this.#listed.push(result);
    }
    const record = recordOf(result, this.#session.look.spell);
    this.#writeEvent(record);
    if (this.#session.report !== undefined) {
      this.#cases.push(caseOf(result));
      return;
    }
    const text = await this.#lineText(result, record);
    await this.#aside(() => this.#lines.write(text));
  }

  /** Once for each message, however many lines it applies to. */
  async warn(line: number, message: string): Promise<void> {
    if (this.#warnings.has(message) || this.#warnings.size >= MOST_WARNINGS) return;
    this.#warnings.add(message);
    await this.#aside(() => this.#session.warn(`Line ${line}: ${message}`));
  }

  /**
   * Must be called once, whatever happened; `isAtEnd`: whether all lines were read. Rejects with `storage-failed` when an
   * output file is not whole.
   */
  async end(isAtEnd: boolean): Promise<void> {
    const { io, isQuiet, look, speech } = this.#session;
    this.#progress?.stop();
    const isComplete = this.#counts.size === (this.#counts.has('complete') ? 1 : 0);
    // Before the first line it is not known whether there are any.
    const isUnread = !isAtEnd && this.#counts.size === 0;
    if (!isUnread && (!isQuiet || !isComplete)) {
      const tally = { counts: this.#counts, listed: this.#listed, resumable: this.#resumable };
      await io.streams.err.write(speech.redact(batchSummary(tally, look)));
    }
    if (this.#session.report !== undefined) await this.#lines.write(junitReport('portia run-plan', this.#cases));
    await this.#lines.end();
    this.#file?.close();
  }

  async #lineText(result: LineResult, record: LineRecord): Promise<string> {
    const session = this.#session;
    switch (session.format) {
      case 'json':
      case 'ndjson':
        return recordLine(session, record);
      case 'value':
        // What is left to a worker has no value yet.
        return result.outcome === 'queued'
          ? `${result.runId}\n`
          : `${JSON.stringify(await finalValue(session, result))}\n`;
      case 'human':
        return lineResultView(result, this.#look);
    }
  }

  #writeEvent(event: RunEvent | StreamEvent | LineRecord): void {
    this.#file?.write(`${this.#session.speech.redact(JSON.stringify(event))}\n`);
  }

  async #aside(write: () => Promise<void>): Promise<void> {
    if (this.#progress === undefined) await write();
    else await this.#progress.aside(write);
  }
}

async function openProgress(session: Session): Promise<BatchProgress | undefined> {
  if (session.isQuiet) return undefined;
  const { streams, environment } = session.io;
  return createBatchProgress({
    streams,
    environment,
    look: session.look,
    verbose: session.isVerbose,
    // For a person the rows of the answer say the same.
    plainResults: session.format !== 'human',
    print: (text) => void session.note(text),
  });
}

async function finalValue(session: Session, { outcome, runId, finalOutput }: LineResult): Promise<Json> {
  if (outcome !== 'complete' || runId === null || finalOutput === null) return null;
  return outputValue(session.services.store, { id: runId }, finalOutput);
}
