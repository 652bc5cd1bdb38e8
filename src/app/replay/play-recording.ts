import { differingSteps, isSameEnd, type Difference } from '../../domain/recording/differences.js';
import type { RecordedQuestion, RecordedSettlement, RecordedSignal } from '../../domain/recording/recorded-call.js';
import type { Recording, StepResult } from '../../domain/recording/recording.js';
import { Shelf, type Note } from '../../domain/recording/shelf.js';
import type { Answer } from '../../domain/run/clarification.js';
import { asksForReadiness } from '../../domain/run/readiness-questions.js';
import type { RunEvent } from '../../domain/run/events.js';
import { isFinal, type Run } from '../../domain/run/run.js';
import type { Person } from '../../domain/run/person.js';
import { Interruption } from '../../executor/interruption.js';
import type { DriveOptions } from '../../executor/open-run.js';
import { resumeRun } from '../../executor/resume-run.js';
import type { Settlement } from '../../executor/settle-steps.js';
import { startRun } from '../../executor/start-run.js';
import { createMemoryStore } from '../../storage/memory-store.js';
import type { Store } from '../../storage/store.js';
import { keepSubPlans } from '../plans/load-sub-plans.js';
import type { ProcessFacts } from '../this-process.js';
import { endOf, stepEnd } from './recorded-run.js';
import { RecordedAnswers } from './recorded-answers.js';
import { RecordedPlayback } from './recorded-playback.js';
import { replayServices } from './replay-services.js';

/** What came of playing a recording. */
export interface Played {
  run: Run;
  /** Where the run is that was played. */
  store: Store;
  differences: Difference[];
  notes: Record<Note, number>;
  /** Calls that were given from the recording. */
  calls: number;
  /** The step at which the play was to stop. */
  stoppedAt?: string | undefined;
}

export interface PlayOptions extends Pick<ProcessFacts, 'cpuTime'> {
  signal: AbortSignal;
  /** Stops before the first step with one of these paths. */
  until?: ((path: string) => boolean) | undefined;
}

/** Plays a recording in memory: expressions, conditions and loops are done again, and all else is given as it was. */
export async function playRecording(recording: Recording, options: PlayOptions): Promise<Played> {
  const play = new Play(recording, options);
  const run = await play.toEnd();
  return play.result(run);
}

class Play {
  readonly #recording: Recording;
  readonly #options: PlayOptions;
  readonly #store: Store;
  readonly #playback: RecordedPlayback;
  readonly #answers: RecordedAnswers;
  readonly #steps = new Map<string, StepResult>();
  readonly #stop = new AbortController();
  readonly #triedAgain: Recording['triedAgain'];
  #settlements: readonly RecordedSettlement[];
  #now: string;
  #stoppedAt: string | undefined;
  #given: Answer[] = [];
  #calls = 0;

  constructor(recording: Recording, options: PlayOptions) {
    this.#recording = recording;
    this.#options = options;
    this.#now = recording.clock;
    this.#triedAgain = { ...recording.triedAgain };
    this.#store = createMemoryStore({ now: () => new Date(this.#now) });
    this.#playback = new RecordedPlayback(new Shelf(recording.calls), isOpenEnded(recording));
    this.#answers = new RecordedAnswers(recording.calls, this.#playback);
    this.#settlements = recording.calls.filter((call) => call.kind === 'settled');
  }

  async toEnd(): Promise<Run> {
    const { plan, innerPlans, endUser, runId, endUserId, inputs, by } = this.#recording;
    for (const each of [plan, ...innerPlans]) await this.#store.savePlan(each);
    if (endUser !== undefined) await this.#store.keepEndUser(endUser);
    let run = await startRun(plan, { ...this.#drive(by), id: runId, endUserId, inputs });
    while (this.#isContinued(run)) {
      const settlements = this.#takeSettlements(run);
      const given = this.#given;
      this.#given = [];
      run = await resumeRun(runId, { ...this.#drive(by), answers: async () => given, settlements });
    }
    return run;
  }

  async result(run: Run): Promise<Played> {
    const { differences, notes } = this.#playback;
    const end = await endOf(run, this.#store);
    const isWhole = !this.#playback.hasEnded && this.#stoppedAt === undefined;
    const isFinished = isWhole && !isOpenEnded(this.#recording);
    return {
      run,
      store: this.#store,
      notes,
      calls: this.#calls,
      stoppedAt: this.#stoppedAt,
      differences: [
        ...differences,
        ...this.#answers.differences(isWhole),
        ...differingSteps(this.#recording.steps, this.#steps, isWhole).filter(
          ({ kind }) => isFinished || kind !== 'step new',
        ),
        ...(isWhole ? this.#playback.unused().map((before): Difference => ({ kind: 'call gone', before })) : []),
        ...(isFinished && !isSameEnd(this.#recording.end, end)
          ? [{ kind: 'end changed' as const, before: this.#recording.end, now: end }]
          : []),
      ],
    };
  }

  #drive(by: Person | undefined): DriveOptions {
    const { signal, cpuTime } = this.#options;
    return {
      store: this.#store,
      services: replayServices(this.#recording, this.#playback, { cpuTime }),
      readSubPlans: async (plan) => keepSubPlans(plan, this.#store),
      listener: (event) => this.#listen(event),
      signal: AbortSignal.any([signal, this.#stop.signal]),
      answering: { handler: this.#answers, by },
      staying: { ms: 0, isRehearsal: false, isInstant: true },
    };
  }

  #listen(event: RunEvent): void {
    this.#playback.listen(event);
    if (event.type === 'clarification.raised') this.#answers.raised(event.clarification);
    const at = (key: string) => this.#playback.placeOf({ runId: event.run_id, key });
    if (event.type === 'model.finished' || event.type === 'tool.finished') this.#calls += 1;
    if (event.type === 'wait.started') this.#send(at(event.key));
    if (event.type === 'step.started' && this.#options.until?.(at(event.path)) === true) {
      this.#stoppedAt ??= at(event.path);
      this.#stop.abort(new Interruption('its end'));
    }
    const end = stepEnd(event);
    if (end !== undefined) this.#steps.set(at(end.path), end.result);
  }

  /** A step gets the event that it got when it was recorded. */
  #send(at: string): void {
    const { calls } = this.#recording;
    const got = calls.find((call): call is RecordedSignal => call.kind === 'signal' && call.at === at);
    // In memory it is there at once.
    if (got !== undefined) void this.#store.sendSignal({ event: got.event, key: got.key, data: got.data });
  }

  #isContinued(run: Run): boolean {
    if (run.state === 'COMPLETE' || this.#playback.hasEnded || this.#stoppedAt !== undefined) return false;
    if (run.state === 'FAILED') return !isFinal(run) && this.#triesAgain('failed');
    if (run.pause?.reason === 'unavailable') return this.#triesAgain('unavailable');
    const expiry = this.#answers.nextExpiry(run);
    if (expiry !== undefined) this.#now = expiry;
    this.#given = this.#answers.givenElsewhere(run);
    return expiry !== undefined || this.#given.length > 0 || this.#settled(run).length > 0;
  }

  #triesAgain(after: keyof Recording['triedAgain']): boolean {
    this.#triedAgain[after] -= 1;
    return this.#triedAgain[after] >= 0;
  }

  #settled({ steps }: Run): RecordedSettlement[] {
    const open = new Set(steps.filter(({ status }) => !FINISHED.has(status)).map(({ path }) => path));
    return this.#settlements.filter(({ path }) => open.has(path));
  }

  #takeSettlements(run: Run): Settlement[] {
    const settled = this.#settled(run);
    this.#settlements = this.#settlements.filter((each) => !settled.includes(each));
    return settled.map(({ path, how, value }) => ({ selector: path, how, value, channel: 'api' }));
  }
}

/** Whether the run was stopped where more was to come: interrupted, given up, out of budget, or before its tools were ready. */
function isOpenEnded({ end: { state, error }, calls, isCancelled }: Recording): boolean {
  if (isCancelled === true) return true;
  const waits = calls.some((call) => call.kind === 'question' && isOpen(call) && asksForReadiness(call.question));
  if (state === 'NEED_CLARIFICATION' && waits) return true;
  return state !== 'COMPLETE' && state !== 'FAILED' && (state !== 'NEED_CLARIFICATION' || error !== undefined);
}

const isOpen = ({ answers, expired }: RecordedQuestion) => answers.length === 0 && expired !== true;

const FINISHED: ReadonlySet<string> = new Set(['completed', 'skipped']);
