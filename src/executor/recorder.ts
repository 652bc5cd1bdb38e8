import { measureJson } from '../domain/values/digest.js';
import type { EventBody, KeptRequest, Recorded, RunEvent } from '../domain/run/events.js';
import type { RunId } from '../domain/values/ids.js';
import { MOST_REQUEST_BYTES } from '../domain/run/model-exchange.js';
import { holdsBytes } from '../domain/values/images.js';
import { hasMoreTokens, type Json } from '../domain/values/json.js';
import { bareName } from '../domain/values/names.js';
import { isStored, type Output, type Run } from '../domain/run/run.js';
import { ValueTooLarge } from '../domain/run/value-too-large.js';
import type { RunLog } from '../storage/store.js';
import type { Budget } from './budget.js';
import { holdAnswer, type RunSecrets } from './held-secrets.js';
import { referenceTo } from './kept-value.js';
import { withoutLongTexts } from './long-texts.js';
import type { RunIndex } from './run-index.js';
import { RunQuestions } from './run-questions.js';

/** Longer values are kept beside the log, however high the user's threshold is, because an event has a size limit. */
const MOST_TOKENS_IN_EVENT = 20_000;

/** What happens with every event of a run, before and after it is written. */
export interface RecorderOptions {
  /** Called with every event after it is written. */
  listener: (event: RunEvent) => void;
  /** Counts what is used up, at once. */
  budget: Budget;
  /** A copy without secrets, of everything that is about to be written. */
  redact: <Value>(value: Value) => Value;
  largeOutputTokens: number;
  /** Where answers that are secrets go instead of the log. */
  secrets: RunSecrets;
  /** What is recorded so far. */
  index: RunIndex;
  /** Called with the run after each event. */
  trace?: ((run: Run, event: RunEvent) => void) | undefined;
}

/** The run's log as the executor uses it: writes events without secrets, tells listeners, and keeps large values beside it. */
export class Recorder {
  /** What is recorded so far, found by path and key. */
  readonly index: RunIndex;
  readonly questions = new RunQuestions();
  readonly #log: RunLog;
  readonly #listener: (event: RunEvent) => void;
  readonly #budget: Budget;
  readonly #redact: RecorderOptions['redact'];
  readonly #largeOutputTokens: number;
  readonly #secrets: RunSecrets;
  readonly #trace: RecorderOptions['trace'];
  readonly #awaiting = new Set<() => void>();
  /** Answers that came from outside while steps worked. */
  answersTaken = 0;

  constructor(log: RunLog, options: RecorderOptions) {
    this.#log = log;
    this.#listener = options.listener;
    this.#budget = options.budget;
    this.#redact = options.redact;
    this.#largeOutputTokens = options.largeOutputTokens;
    this.#secrets = options.secrets;
    this.#trace = options.trace;
    this.index = options.index;
  }

  get run(): Run {
    return this.#log.run;
  }

  /** How long this process has the run after each renewal, in milliseconds; 0 where it has the run until it ends. */
  get leaseMs(): number {
    return this.#log.leaseMs;
  }

  /** A value as it will be recorded, so that steps see the same value now and when the run continues. */
  redact<Value>(value: Value): Value {
    return this.#redact(value);
  }

  /** Records an event: it is written soon, but certainly on disk only after `flush`. Gives it as it is recorded. */
  append(body: EventBody): RunEvent {
    const event = this.#log.append(this.#redact(withoutLongTexts(this.#withoutSecret(body))), this.#listener);
    this.index.add(event);
    this.questions.add(event, this.run.outputs.clarifications);
    this.#budget.count(event);
    this.#trace?.(this.#log.run, event);
    return event;
  }

  /** Says that an answer was recorded that came from outside. */
  answered(): void {
    this.answersTaken += 1;
    for (const told of this.#awaiting) told();
  }

  /** Calls back when an answer came from outside, until the function that it gives is called. */
  onAnswer(told: () => void): () => void {
    this.#awaiting.add(told);
    return () => void this.#awaiting.delete(told);
  }

  /** An answer that is a secret is held by this process and never recorded. */
  #withoutSecret(body: EventBody): EventBody {
    if (body.type !== 'clarification.resolved') return body;
    const question = this.run.outputs.clarifications.find(({ id }) => id === body.id);
    return question === undefined ? body : holdAnswer(this.#secrets, question, body);
  }

  /** Whoever is told of events knows of all that are recorded so far. */
  tell(): void {
    this.#log.write();
  }

  /** Everything recorded so far survives power loss. */
  async flush(): Promise<void> {
    await this.#log.flush();
  }

  /** Records, and returns once it survives power loss. */
  async appendDurably(body: EventBody): Promise<RunEvent> {
    const event = this.append(body);
    await this.#log.flush();
    return event;
  }

  /** Records an intent: only the owner may, and nothing acts before it is on disk. */
  async appendIntent(body: EventBody): Promise<RunEvent> {
    await this.#log.assertOwner();
    const intent = await this.appendDurably(body);
    // The process may have been frozen since it was written.
    this.#log.lost.throwIfAborted();
    return intent;
  }

  /** A value as an event carries it: large ones are kept beside the log first. Rejects with `ValueTooLarge`. */
  async record(path: string, value: Json): Promise<Recorded> {
    if (!this.#isLarge(value)) return { value };
    const redacted = this.#redact(value);
    const memory = measureJson(redacted);
    if (this.index.isStored(memory.digest)) return { memory };
    await this.#log.storeMemory(redacted, { measured: memory });
    this.append({ type: 'memory.stored', path, ...memory });
    return { memory };
  }

  /** Keeps what a model is sent, each request once; undefined for one that is too large. */
  async keepRequest(request: Json): Promise<KeptRequest | undefined> {
    const measured = measureJson(request);
    if (measured.bytes > MOST_REQUEST_BYTES) return undefined;
    if (this.index.isKeptRequest(measured.digest)) return measured;
    if (!this.#isLarge(request)) return { ...measured, value: request };
    await this.#log.storeMemory(request, { measured, sync: false });
    return measured;
  }

  #isLarge(value: Json): boolean {
    // Base64 is for nobody's eyes.
    return hasMoreTokens(value, Math.min(this.#largeOutputTokens, MOST_TOKENS_IN_EVENT)) || holdsBytes(value);
  }

  /** The value that an event carries. */
  async recall(recorded: Recorded): Promise<Json> {
    if ('value' in recorded) return recorded.value;
    return this.#log.readMemory(recorded.memory.digest ?? '');
  }

  /** A value as a step's output in the run. */
  async toOutput(path: string, name: string, value: Json): Promise<Output> {
    const recorded = await this.record(path, value);
    return 'value' in recorded
      ? { value, summary: null }
      : referenceTo(value, { name, runId: this.run.id, ...recorded });
  }

  /** An input of a run that is about to be created: its log has no events yet. */
  async toInput(runId: RunId, name: string, value: Json): Promise<Output> {
    if (!this.#isLarge(value)) return { value, summary: null };
    try {
      return referenceTo(value, { name, runId, memory: await this.#log.storeMemory(this.#redact(value)) });
    } catch (error) {
      throw error instanceof ValueTooLarge ? error.of(`The input ${bareName(name)}`, 'invalid-input') : error;
    }
  }

  /** The value of a step's output. */
  async fromOutput(output: Output): Promise<Json> {
    if (!isStored(output)) return output.value;
    return output.digest === undefined ? output.summary : this.#log.readMemory(output.digest);
  }
}
