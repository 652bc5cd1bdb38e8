import type { Clarification } from '../domain/run/clarification.js';
import { filesMadeBy } from '../domain/run/consents.js';
import { measureJson } from '../domain/values/digest.js';
import type { EventBody, EventOf, Recorded, RunEvent } from '../domain/run/events.js';
import type { RunId } from '../domain/values/ids.js';
import { hasMoreTokens, type Json } from '../domain/values/json.js';
import { bareName } from '../domain/values/names.js';
import { isStored, type Output, type Run } from '../domain/run/run.js';
import { countsHere, signerOf, type Signing } from '../domain/run/signatures.js';
import { ValueTooLarge } from '../domain/run/value-too-large.js';
import type { RunLog } from '../storage/store.js';
import { referenceTo } from './kept-value.js';
import { FinishedSteps, type Condition } from './finished-steps.js';
import { withoutLongTexts } from './long-texts.js';
import { holdAnswer, type RunSecrets } from './held-secrets.js';

/** What is longer is kept beside the log, however high the user's threshold is: an event has its limit. */
const MOST_TOKENS_IN_EVENT = 20_000;

/** Everything recorded about one effect, by its key. */
export interface EffectRecord {
  toolStarted?: EventOf<'tool.started'>;
  toolFinished?: EventOf<'tool.finished'>;
  toolFailed?: EventOf<'tool.failed'>;
  modelFinished?: EventOf<'model.finished'>;
  /** How often the call was begun. */
  starts: number;
}

export interface RecorderOptions {
  /** Told of every event after it is written. */
  listener: (event: RunEvent) => void;
  /** A copy without secrets, of everything that is about to be written. */
  redact: <Value>(value: Value) => Value;
  largeOutputTokens: number;
  /** Where answers that are secrets go instead of the log. */
  secrets: RunSecrets;
  /** Whose record of files that this run made counts. Without it everybody's does. */
  judge?: Signing['judge'] | undefined;
}

/** The run's log as the executor uses it: writes events, tells listeners, and finds what is recorded by key. */
export class Recorder {
  readonly #log: RunLog;
  readonly #listener: (event: RunEvent) => void;
  readonly #redact: RecorderOptions['redact'];
  readonly #largeOutputTokens: number;
  readonly #secrets: RunSecrets;
  /** By the path of their step and their key; those of finished steps are not needed any more. */
  readonly #effects = new Map<string, Map<string, EffectRecord>>();
  /** Key of the latest attempt's effect, by the call's idempotency key. */
  readonly #calls = new Map<string, string>();
  readonly #created = new Set<string>();
  readonly #failures = new Map<string, number>();
  readonly #failuresInARow = new Map<string, number>();
  /** Calls of tools and models that each step has begun. */
  readonly #begun = new Map<string, number>();
  /** Steps of which a failed call is the last that is recorded. */
  readonly #endsInFailedCall = new Set<string>();
  readonly #stored = new Set<string>();
  readonly #finished = new FinishedSteps();
  readonly #questions = new Map<string, Clarification[]>();
  readonly #importedQuestions = new Map<string, Clarification[]>();
  #imported: Record<string, Output> = {};
  #startedAt: string;

  constructor(log: RunLog, options: RecorderOptions) {
    this.#log = log;
    this.#listener = options.listener;
    this.#redact = options.redact;
    this.#largeOutputTokens = options.largeOutputTokens;
    this.#secrets = options.secrets;
    this.#startedAt = '';
    for (const event of log.events) this.#index(event);
    const { judge } = options;
    if (judge !== undefined) this.#forgetFilesOfOthers(log.events, judge);
  }

  /** Whoever writes a log by hand could name files there, which would then be overwritten without a question. */
  #forgetFilesOfOthers(events: readonly RunEvent[], judge: Signing['judge']): void {
    this.#created.clear();
    for (const event of events) {
      if (event.type !== 'tool.finished') continue;
      const files = filesMadeBy(event);
      if (files.length > 0 && countsHere(signerOf(event, { judge }))) for (const path of files) this.#created.add(path);
    }
  }

  get run(): Run {
    return this.#log.run;
  }

  /** When the run was created: the time that expressions see. */
  get startedAt(): string {
    return this.#startedAt;
  }

  /** Absolute paths of files that tools made in this run. */
  get created(): ReadonlySet<string> {
    return this.#created;
  }

  /** A value as it will be recorded: what acts on it sees the same, now and when the run continues. */
  redact<Value>(value: Value): Value {
    return this.#redact(value);
  }

  append(body: EventBody): RunEvent {
    const event = this.#log.append(this.#redact(withoutLongTexts(this.#withoutSecret(body))));
    this.#index(event);
    this.#findQuestions(event);
    this.#listener(event);
    return event;
  }

  /** An answer that is a secret is held by this process and never recorded. */
  #withoutSecret(body: EventBody): EventBody {
    if (body.type !== 'clarification.resolved') return body;
    const question = this.run.outputs.clarifications.find(({ id }) => id === body.id);
    return question === undefined ? body : holdAnswer(this.#secrets, question, body);
  }

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
    return this.appendDurably(body);
  }

  effect(key: string): EffectRecord {
    return this.#effects.get(pathOf(key))?.get(key) ?? { starts: 0 };
  }

  /** What is recorded about the same call in the latest attempt that made it. */
  latestCall(idempotencyKey: string): EffectRecord | undefined {
    const key = this.#calls.get(idempotencyKey);
    return key === undefined ? undefined : this.#effects.get(pathOf(key))?.get(key);
  }

  condition(path: string): Condition | undefined {
    return this.#finished.condition(path);
  }

  /** The questions that were raised under a key, in their order; of one that was asked again only the latest. */
  questions(key: string): Clarification[] {
    return this.#questions.get(key) ?? [];
  }

  /** Answers to questions of a step that another tool asked: no effect of the step has their key. */
  importedAnswers(path: string): Clarification[] {
    return (this.#importedQuestions.get(path) ?? []).filter(({ resolved }) => resolved);
  }

  /** How often the step has failed so far. */
  failuresOf(path: string): number {
    return this.#failures.get(path) ?? 0;
  }

  /** How often it has failed since the run was last given up. */
  failuresInARow(path: string): number {
    return this.#failuresInARow.get(path) ?? 0;
  }

  /** How many calls of tools and models the step has begun. */
  callsBegun(path: string): number {
    return this.#begun.get(path) ?? 0;
  }

  /** Whether a failed call is the last that is recorded of the step: what became of the step is not. */
  endsInFailedCall(path: string): boolean {
    return this.#endsInFailedCall.has(path);
  }

  /** Whether the step is completed or skipped: it never runs again. */
  isFinished(path: string): boolean {
    return this.#finished.has(path);
  }

  isSkipped(path: string): boolean {
    return this.#finished.isSkipped(path);
  }

  /** Whether the step is a loop that was ended by its limit. */
  isExhausted(path: string): boolean {
    return this.#finished.isExhausted(path);
  }

  /** What a completed step left. */
  outputOf(path: string): { name: string; output: Output } | undefined {
    return this.#finished.outputOf(path);
  }

  /** Outputs that the run already had when its log was begun. */
  get importedOutputs(): Readonly<Record<string, Output>> {
    return this.#imported;
  }

  /** A value as an event carries it: large ones are kept beside the log first. Rejects with `ValueTooLarge`. */
  async record(path: string, value: Json): Promise<Recorded> {
    if (!this.#isLarge(value)) return { value };
    const redacted = this.#redact(value);
    const memory = measureJson(redacted);
    if (this.#stored.has(memory.digest)) return { memory };
    await this.#log.storeMemory(redacted, memory);
    this.append({ type: 'memory.stored', path, ...memory });
    return { memory };
  }

  #isLarge(value: Json): boolean {
    return hasMoreTokens(value, Math.min(this.#largeOutputTokens, MOST_TOKENS_IN_EVENT));
  }

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

  async fromOutput(output: Output): Promise<Json> {
    if (!isStored(output)) return output.value;
    return output.digest === undefined ? output.summary : this.#log.readMemory(output.digest);
  }

  #index(event: RunEvent): void {
    switch (event.type) {
      case 'run.created':
        this.#startedAt = event.ts;
        return;
      case 'run.imported':
        this.#indexImported(event);
        return;
      case 'step.completed':
      case 'step.skipped':
        this.#finished.add(event);
        this.#forgetCalls(event.path);
        return;
      case 'model.started':
        this.#begin(event.path);
        return;
      case 'tool.started': {
        this.#begin(event.path);
        // A call that is begun again has no result yet, whatever the one before it had.
        const { starts } = this.#effectOf(event);
        this.#keepEffect(event.key, { toolStarted: event, starts: starts + 1 });
        this.#calls.set(event.idempotency_key, event.key);
        return;
      }
      case 'tool.finished': {
        this.#effectOf(event).toolFinished = event;
        this.#calls.set(event.idempotency_key, event.key);
        for (const path of filesMadeBy(event)) this.#created.add(path);
        if (event.outcome.kind === 'too-large') this.#endsInFailedCall.add(event.path);
        return;
      }
      case 'tool.failed':
        this.#effectOf(event).toolFailed = event;
        this.#endsInFailedCall.add(event.path);
        return;
      case 'model.finished':
        this.#effectOf(event).modelFinished = event;
        return;
      case 'condition.evaluated':
        this.#finished.judge(event);
        return;
      case 'step.failed':
        this.#endsInFailedCall.delete(event.path);
        this.#failures.set(event.path, this.failuresOf(event.path) + 1);
        this.#failuresInARow.set(event.path, this.failuresInARow(event.path) + 1);
        return;
      case 'run.failed':
        this.#failuresInARow.clear();
        return;
      case 'run.paused':
        if (event.reason === 'unavailable') this.#failuresInARow.clear();
        return;
      case 'memory.stored':
        this.#stored.add(event.digest);
        return;
      default:
        return;
    }
  }

  #indexImported({ snapshot }: EventOf<'run.imported'>): void {
    this.#startedAt = snapshot.metadata.created_at;
    for (const step of snapshot.steps) {
      if (step.status === 'completed' || step.status === 'skipped')
        this.#finished.add({ type: 'step.completed', path: step.path });
    }
    this.#imported = snapshot.outputs.step_outputs;
  }

  /** They are the record's own, so that they show when they are answered. */
  #findQuestions(event: RunEvent): void {
    const { type } = event;
    if (type !== 'run.resumed' && type !== 'clarification.raised') return;
    const { clarifications } = this.run.outputs;
    if (type === 'run.resumed') for (const question of clarifications) this.#keepQuestion(question);
    else this.#keepQuestion(clarifications.findLast(({ id }) => id === event.clarification.id));
  }

  #keepQuestion(question: Clarification | undefined): void {
    if (question === undefined) return;
    if (question.key !== undefined) this.#keepUnder(question.key, question);
    else if (question.path !== undefined) addTo(this.#importedQuestions, question.path, question);
  }

  #keepUnder(key: string, question: Clarification): void {
    const known = this.questions(key);
    const replaced = known.findIndex(({ id }) => id === question.replaces);
    if (replaced === -1) addTo(this.#questions, key, question);
    else known[replaced] = question;
  }

  #effectOf({ key }: { key: string }): EffectRecord {
    const known = this.#effects.get(pathOf(key))?.get(key);
    return known ?? this.#keepEffect(key, { starts: 0 });
  }

  #keepEffect(key: string, record: EffectRecord): EffectRecord {
    const ofStep = this.#effects.get(pathOf(key)) ?? new Map<string, EffectRecord>();
    this.#effects.set(pathOf(key), ofStep.set(key, record));
    return record;
  }

  #begin(path: string): void {
    this.#begun.set(path, this.callsBegun(path) + 1);
    this.#endsInFailedCall.delete(path);
  }

  /** Of a step that never runs again nothing that it did is needed. */
  #forgetCalls(path: string): void {
    this.#endsInFailedCall.delete(path);
    this.#begun.delete(path);
    for (const { toolStarted } of this.#effects.get(path)?.values() ?? []) {
      if (toolStarted !== undefined) this.#calls.delete(toolStarted.idempotency_key);
    }
    this.#effects.delete(path);
  }
}

function addTo<Item>(lists: Map<string, Item[]>, key: string, item: Item): void {
  const known = lists.get(key);
  if (known === undefined) lists.set(key, [item]);
  else known.push(item);
}

/** A key begins with the path of its step. */
function pathOf(key: string): string {
  return key.slice(0, key.indexOf('/'));
}
