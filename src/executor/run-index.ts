import { filesMadeBy } from '../domain/run/consents.js';
import type { EventOf, RunEvent, WaitingTool } from '../domain/run/events.js';
import type { Output } from '../domain/run/run.js';
import { countsHere, signerOf, type Signing } from '../domain/run/signatures.js';
import { CalledHooks, type HookCalled } from './called-hooks.js';
import { CaughtFailures, type Caught } from './caught-failures.js';
import { Drives } from './drives.js';
import { FinishedSteps } from './finished-steps.js';
import type { EffectRecord } from './effect-record.js';
import type { Decision } from './outcomes.js';

/** What the events of a run say, found by path and key: everything that it needs to continue where it stopped. */
export class RunIndex {
  /** By the path of their step and their key; those of finished steps are no longer needed. */
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
  readonly #requests = new Set<string>();
  /** The warnings about each step, in whatever round of its loops. */
  readonly #warnings = new Set<string>();
  readonly #hooks = new CalledHooks();
  readonly #drives = new Drives();
  readonly #finished = new FinishedSteps();
  readonly #caught = new CaughtFailures();
  readonly #settled = new Map<string, EventOf<'step.settled'>>();
  readonly #judge: Signing['judge'] | undefined;
  #waitingTools: readonly WaitingTool[] = [];
  #imported: Record<string, Output> = {};
  #startedAt = '';

  /** `judge`: whose record of files that this run made counts. Without it everybody's does. */
  constructor(judge?: Signing['judge']) {
    this.#judge = judge;
  }

  /** Takes in the next event of a log that perhaps another process wrote. */
  addPast(event: RunEvent): void {
    if (event.type === 'tool.finished' && !this.#isOurs(event)) this.#addFinishedCall(event);
    else this.add(event);
  }

  /** Whoever writes a log by hand could name files there, which would then be overwritten without a question. */
  #isOurs(event: EventOf<'tool.finished'>): boolean {
    const judge = this.#judge;
    return judge === undefined || filesMadeBy(event).length === 0 || countsHere(signerOf(event, { judge }));
  }

  /** Takes in an event that this process has just recorded. */
  add(event: RunEvent): void {
    this.#drives.add(event);
    switch (event.type) {
      case 'run.created':
        this.#startedAt = event.ts;
        return;
      case 'run.imported':
        this.#indexImported(event);
        return;
      case 'step.completed':
      case 'step.skipped':
        this.#finish(event);
        return;
      case 'model.started':
        this.#addStartedModel(event);
        return;
      case 'tool.started':
        this.#addStartedCall(event);
        return;
      case 'tool.finished':
        this.#addFinishedCall(event);
        for (const path of filesMadeBy(event)) this.#created.add(path);
        return;
      case 'model.failed':
      case 'tool.failed':
        this.#addFailedCall(event);
        return;
      case 'model.finished':
        this.#effectOf(event).modelFinished = event;
        return;
      case 'wait.started':
        this.#effectOf(event).waitStarted = event;
        return;
      case 'signal.received':
        this.#effectOf(event).signalReceived = event;
        return;
      case 'hook.called':
      case 'hook.changed':
        this.#hooks.add(event);
        return;
      case 'condition.evaluated':
        this.#finished.addDecision(event);
        return;
      case 'step.failed':
        this.#addFailure(event);
        return;
      case 'step.settled':
        this.#settled.set(event.path, event);
        return;
      case 'run.failed':
      case 'run.paused':
        this.#addStop(event);
        return;
      default:
        this.#addOther(event);
    }
  }

  #addOther(event: RunEvent): void {
    switch (event.type) {
      case 'readiness.checked':
        this.#waitingTools = event.waiting;
        return;
      case 'memory.stored':
        this.#stored.add(event.digest);
        return;
      case 'warning':
        if (event.path !== undefined) this.#warnings.add(warningKey(event.path, event.message));
        return;
      default:
        return;
    }
  }

  /** When the run was created: the time that expressions see. */
  get startedAt(): string {
    return this.#startedAt;
  }

  /** Absolute paths of files that tools made in this run. */
  get created(): ReadonlySet<string> {
    return this.#created;
  }

  /** Whether the value with this digest is beside the log. */
  isStored(digest: string): boolean {
    return this.#stored.has(digest);
  }

  /** Whether what a model was sent is kept already. */
  isKeptRequest(digest: string): boolean {
    return this.#requests.has(digest);
  }

  /** Whether the same warning was given for this step before, also in another round of a loop. */
  hasWarned(path: string, message: string): boolean {
    return this.#warnings.has(warningKey(path, message));
  }

  effect(key: string): EffectRecord {
    return this.#effects.get(pathOf(key))?.get(key) ?? { starts: 0 };
  }

  /** What is recorded about the same call in the latest attempt that made it. */
  latestCall(idempotencyKey: string): EffectRecord | undefined {
    const key = this.#calls.get(idempotencyKey);
    return key === undefined ? undefined : this.#effects.get(pathOf(key))?.get(key);
  }

  /** What a hook did when it was called under this key. */
  hook(key: string): HookCalled | undefined {
    return this.#hooks.find(key);
  }

  /** How often the run has paused or failed. */
  get stops(): number {
    return this.#hooks.stops;
  }

  decision(path: string): Decision | undefined {
    return this.#finished.decision(path);
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

  /** Whether the last record of the step is a failed call, so that the step's own end is not recorded. */
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

  /** The failure that the step ended with, when the plan says what is done then: it is not tried again. */
  caught(path: string): Caught | undefined {
    return this.#caught.get(path);
  }

  /** What a person said that became of the step, instead of having it tried again. */
  settled(path: string): EventOf<'step.settled'> | undefined {
    return this.#settled.get(path);
  }

  /** The items of a loop that failed. */
  failedItems(path: string): Output | undefined {
    return this.#finished.failedItems(path);
  }

  /** What a completed step left. */
  outputOf(path: string): Output | undefined {
    return this.#finished.outputOf(path);
  }

  /** Tools that were not ready when they were asked last. */
  get waitingTools(): readonly WaitingTool[] {
    return this.#waitingTools;
  }

  /** Outputs that the run already had when its log was begun. */
  get importedOutputs(): Readonly<Record<string, Output>> {
    return this.#imported;
  }

  #indexImported({ snapshot }: EventOf<'run.imported'>): void {
    this.#startedAt = snapshot.metadata.created_at;
    for (const step of snapshot.steps) {
      if (step.status === 'completed' || step.status === 'skipped')
        this.#finished.add({ type: 'step.completed', path: step.path });
    }
    this.#imported = snapshot.outputs.step_outputs;
  }

  #finish(event: EventOf<'step.completed' | 'step.skipped'>): void {
    this.#finished.add(event);
    if (event.type === 'step.completed' && event.output !== undefined) this.#caught.forgetInside(event.path);
    this.#forgetCalls(event.path);
  }

  #addFailure(event: EventOf<'step.failed'>): void {
    const { path } = event;
    this.#endsInFailedCall.delete(path);
    this.#failures.set(path, this.failuresOf(path) + 1);
    this.#failuresInARow.set(path, this.failuresInARow(path) + 1);
    this.#caught.add(event);
  }

  #addStartedCall(event: EventOf<'tool.started'>): void {
    this.#begin(event.path);
    // A call that is begun again has no result yet, even if the previous one had.
    const { starts, toolFinished, kept } = this.#effectOf(event);
    const asked = toolFinished?.outcome.kind === 'clarifications' ? toolFinished.outcome.kept : kept;
    const { current: drive } = this.#drives;
    this.#keepEffect(event.key, { toolStarted: event, starts: starts + 1, kept: asked, drive });
    this.#calls.set(event.idempotency_key, event.key);
  }

  #addFinishedCall(event: EventOf<'tool.finished'>): void {
    this.#effectOf(event).toolFinished = event;
    this.#calls.set(event.idempotency_key, event.key);
    if (event.outcome.kind === 'too-large') this.#endsInFailedCall.add(event.path);
  }

  #addFailedCall(event: EventOf<'model.failed' | 'tool.failed'>): void {
    if (event.type === 'tool.failed') this.#effectOf(event).toolFailed = event;
    else this.#effectOf(event).modelFailed = event;
    if (event.type === 'tool.failed' || isFinalFailure(event)) this.#endsInFailedCall.add(event.path);
  }

  #addStop(event: EventOf<'run.failed' | 'run.paused'>): void {
    this.#hooks.stops += 1;
    if (event.type === 'run.failed') this.#forgetFailures();
    else if (event.reason === 'unavailable') this.#failuresInARow.clear();
  }

  /** A run that is taken up again after it has failed asks its models again. */
  #forgetFailures(): void {
    this.#failuresInARow.clear();
    for (const ofStep of this.#effects.values()) for (const effect of ofStep.values()) delete effect.modelFailed;
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

  #addStartedModel({ path, key, request }: EventOf<'model.started'>): void {
    this.#begin(path);
    this.#keepEffect(key, { starts: 0 });
    if (request !== undefined) this.#requests.add(request.digest);
  }

  #begin(path: string): void {
    this.#begun.set(path, this.callsBegun(path) + 1);
    this.#endsInFailedCall.delete(path);
  }

  /** The details of a step that never runs again are not needed. */
  #forgetCalls(path: string): void {
    this.#endsInFailedCall.delete(path);
    this.#begun.delete(path);
    this.#hooks.forget(path);
    for (const { toolStarted } of this.#effects.get(path)?.values() ?? []) {
      if (toolStarted !== undefined) this.#calls.delete(toolStarted.idempotency_key);
    }
    this.#effects.delete(path);
  }
}

/** A key begins with the path of its step. */
function pathOf(key: string): string {
  return key.slice(0, key.indexOf('/'));
}

/** Whether the failure of a call is that of its step: it was paid, and is not asked for again. */
export function isFinalFailure({ error, asked_again: askedAgain }: EventOf<'model.failed'>): boolean {
  return error.code === 'model-reply-unusable' && askedAgain === undefined;
}

function warningKey(path: string, message: string): string {
  return `${path.replaceAll(/\[\d+\]/g, '[*]')} ${message}`;
}
