import type { GivenAnswer } from '../../clarifications/answer-flags.js';
import { PortiaError } from '../../domain/errors.js';
import { advice, portia } from '../../domain/next-step.js';
import type { RunEvent } from '../../domain/run/events.js';
import type { RunId } from '../../domain/values/ids.js';
import type { Json } from '../../domain/values/json.js';
import { shellCommand } from '../../domain/values/shell-quote.js';
import type { LineResult } from '../../ui/batch-view.js';
import { driveOptions } from '../runs/drive.js';
import { EXIT, exitCodeOfBatch, exitCodeOfSignal } from '../session/exit-codes.js';
import { createGivenAnswers, parseGivenAnswers } from '../input/given-answers.js';
import { RUNS_AT_A_TIME } from '../../app/run-limits.js';
import { loadPlan } from '../input/references.js';
import { toPortiaError } from '../output/report-error.js';
import { inputsError } from '../../app/inputs/check-inputs.js';
import type { StartingWith } from '../../executor/start-run.js';
import type { PreparedRun } from '../../app/prepare-run.js';
import { fromCwd } from '../../app/services.js';
import type { StartOptions } from '../session/options.js';
import type { Session } from '../session/session.js';
import { readGivenInputs } from '../input/given-inputs.js';
import { prepareRunHere } from '../runs/start.js';
import { queueOf, refuseSecretInputs } from '../runs/submit.js';
import { refuseFieldsBut } from '../session/output-fields.js';
import { Stopping } from '../session/stopping.js';
import type { BatchLine } from './batch-lines.js';
import { BatchReport } from './batch-report.js';
import { openBatch, type BatchSource } from './batch-source.js';
import { readLineInputs } from './line-inputs.js';
import { LINE_KEYS, resultOfError, resultOfRun } from './line-result.js';
import { eachInOrder } from './ordered-pool.js';

/** For each job, how many lines may wait for a slow one before them. */
const AHEAD = 4;

function streamOfBatch(): PortiaError {
  return new PortiaError('usage', '--stream cannot be given with --batch.', {
    why: 'Many runs are done at a time, and what their models say would be mixed.',
    fix: advice`Leave --stream out, or run the lines one by one: ${portia('run-plan', 'PLAN', '-i', 'NAME=VALUE', '--stream')}`,
  });
}

/** Runs a plan once for every line of a file of inputs. Nobody is asked; what needs a person pauses its own run. */
export async function runBatch(session: Session<StartOptions>, planText: string, file: string): Promise<number> {
  refuseFieldsBut(LINE_KEYS, session.options.fields);
  if (session.options.stream === true) throw streamOfBatch();
  // Before the plan is read, so that a plan on standard input is refused instead of waited for.
  const open = openBatch(session, file);
  const found = await loadPlan(session, planText);
  const answers = await parseGivenAnswers(session, session.options.answer ?? []);
  createGivenAnswers(answers, session.warn).early.check(found.plan);
  const queue = await queueOf(session);
  const plan = await prepareRunHere(session, found);
  if (queue !== undefined) refuseSecretInputs(plan.check.secrets);
  const inputs = await readGivenInputs(session);
  // What no line can mend is not told of every line.
  const wrongFlags = inputsError({ ...plan.check(inputs), missing: [] });
  if (wrongFlags !== undefined) throw wrongFlags;
  const source = await open(found.plan.plan_inputs);
  // A signal counts from before there is anything to see of the batch.
  const stopping = new Stopping(session.io);
  try {
    const report = await BatchReport.open(session);
    await report.expect(() => source.count());
    return await new Batch(session, { plan, inputs, source, answers, report, stopping, queue }).run(file);
  } finally {
    stopping.release();
  }
}

interface BatchParts {
  plan: PreparedRun;
  /** Those of the flags. */
  inputs: Record<string, Json>;
  source: BatchSource;
  answers: GivenAnswer[];
  report: BatchReport;
  stopping: Stopping;
  /** How its runs are left to workers; undefined when they are driven here. */
  queue: StartingWith['queue'];
}

class Batch {
  readonly #session: Session<StartOptions>;
  readonly #parts: BatchParts;
  readonly #stopping: Stopping;
  /** Aborted when no more lines are to be begun. */
  readonly #enough = new AbortController();
  #isAtEnd = false;
  /** The last one that was begun. */
  #lastLine = 0;
  #unusedAnswers: GivenAnswer[];

  constructor(session: Session<StartOptions>, parts: BatchParts) {
    this.#session = session;
    this.#parts = parts;
    this.#unusedAnswers = parts.answers;
    this.#stopping = parts.stopping;
  }

  async run(file: string): Promise<number> {
    const { report } = this.#parts;
    const jobs = this.#session.options.jobs ?? RUNS_AT_A_TIME;
    try {
      await this.#stopping.guard(async (signal) => {
        signal.addEventListener('abort', () => this.#enough.abort(), { once: true });
        await eachInOrder(this.#read(), {
          jobs,
          ahead: AHEAD * jobs,
          work: (line) => this.#work(line),
          take: (result) => report.take(result),
        });
      });
    } finally {
      await this.#tellEnd(file);
    }
    return this.#exitCode();
  }

  async *#read(): AsyncGenerator<BatchLine> {
    const { signal } = this.#enough;
    yield* this.#parts.source.read(signal);
    this.#isAtEnd = !signal.aborted;
  }

  async #work(line: BatchLine): Promise<LineResult> {
    const { report } = this.#parts;
    this.#lastLine = line.number;
    report.began();
    const result = await this.#runLine(line);
    // What cannot be kept for one line cannot be kept for the next.
    if (result.exitCode === EXIT.storage) this.#enough.abort();
    report.ended(result);
    return result;
  }

  async #runLine(line: BatchLine): Promise<LineResult> {
    const { plan, inputs, answers, report, queue } = this.#parts;
    const { number } = line;
    let runId: RunId | null = null;
    try {
      const values = readLineInputs(line, inputs, plan.check);
      const given = createGivenAnswers(answers, (message) => report.warn(number, message));
      const listener = (event: RunEvent) => {
        runId ??= event.run_id;
        report.event(number, event);
      };
      const run = await this.#stopping.guard(async (signal) =>
        plan.start(values, { ...(await driveOptions(this.#session, { given, listener, signal })), queue }),
      );
      const unused = given.unused();
      this.#unusedAnswers = this.#unusedAnswers.filter((answer) => unused.includes(answer));
      return resultOfRun(number, run, this.#stopping.stoppedBy);
    } catch (error) {
      return resultOfError(number, runId, toPortiaError(error, this.#session.io));
    }
  }

  async #tellEnd(file: string): Promise<void> {
    const session = this.#session;
    for (const { origin } of this.#unusedAnswers) await session.warn(`${origin} was not used by any line.`);
    await this.#parts.report.end(this.#isAtEnd);
    if (this.#isAtEnd) return;
    const last = this.#lastLine;
    const where = session.options.dir === undefined ? file : fromCwd(session.services, file);
    const rest = shellCommand(['tail', '-n', `+${last + 1}`, where]);
    const { part } = this.#parts.source;
    const text = last === 0 ? `No ${part} was started.` : `No ${part} after ${part} ${last} was started.`;
    const command =
      last === 0 || file === '-' || part !== 'line' ? '' : `   ${rest} > rest.ndjson   # the lines that are left\n`;
    await session.io.streams.err.write(session.speech.redact(`${text}\n${command}`));
  }

  #exitCode(): number {
    const codes = [...this.#parts.report.exitCodes];
    const { stoppedBy } = this.#stopping;
    if (stoppedBy !== undefined && !this.#isAtEnd) codes.push(exitCodeOfSignal(stoppedBy));
    return exitCodeOfBatch(codes);
  }
}
