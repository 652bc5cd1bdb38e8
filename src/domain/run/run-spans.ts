import { isInside } from '../plan/step-path.js';
import type { EventOf, RunEvent } from './events.js';
import type { Run, StepRecord } from './run.js';
import { createFold } from './run-transitions.js';
import {
  callSpanId,
  callSpanPrefix,
  modelSpan,
  questionSpan,
  runSpan,
  runSpanId,
  stepSpan,
  stepSpanId,
  toolSpan,
  type StepDone,
  type TraceOptions,
  type TraceSpan,
} from './trace-spans.js';

/** Of a step that is not over; `failedAt`: it failed, and may be tried again. */
interface OpenStep extends StepDone {
  failedAt?: string | undefined;
}

type CallStart = EventOf<'model.started' | 'tool.started'>;
type CallEnd = EventOf<'model.finished' | 'model.failed' | 'tool.finished' | 'tool.failed'>;

/** The spans of a run as they end, from its events as they are recorded. */
export class RunSpans {
  readonly #options: TraceOptions;
  readonly #callPrefix: string;
  readonly #runSpanId: string;
  readonly #steps = new Map<string, OpenStep>();
  /** By key. */
  readonly #calls = new Map<string, CallStart>();
  /** Ids of questions whose span is still to come. */
  readonly #questions = new Set<string>();

  /** `run`: what is known of it so far. `since`: when it was last left, ISO 8601; what ended later has no span yet. */
  constructor(run: Run, { since, ...options }: TraceOptions & { since?: string | undefined }) {
    this.#options = options;
    this.#callPrefix = callSpanPrefix(run.id);
    this.#runSpanId = runSpanId(run.id);
    for (const step of run.steps) if (isOpen(step)) this.#steps.set(step.path, openStep(run, step));
    for (const { id, resolved, resolved_at: at } of run.outputs.clarifications) {
      if (!resolved || (since !== undefined && at !== undefined && at > since)) this.#questions.add(id);
    }
  }

  /** Those that end with this event. `run`: as it is after the event. */
  add(run: Run, event: RunEvent): TraceSpan[] {
    switch (event.type) {
      case 'run.imported':
        return importedSteps(run, this);
      case 'step.started':
        this.#begin(event);
        return [];
      case 'step.completed':
      case 'step.skipped':
      case 'step.failed':
      case 'step.settled':
        return this.#questions.size === 0
          ? this.#endStep(event)
          : [...this.#endStep(event), ...this.#endQuestions(run, event)];
      case 'model.started':
      case 'tool.started':
        this.#calls.set(event.key, event);
        return [];
      case 'model.finished':
      case 'model.failed':
      case 'tool.finished':
      case 'tool.failed':
        return this.#endCall(event);
      case 'clarification.raised':
        this.#questions.add(event.clarification.id);
        return this.#endQuestions(run, event);
      case 'clarification.resolved':
      case 'clarification.expired':
      case 'readiness.checked':
      case 'tool.changed':
      case 'run.started':
        return this.#endQuestions(run, event);
      case 'run.resumed':
      case 'run.paused':
      case 'run.interrupted':
        return [...this.#cutOff(event.ts), ...this.#endQuestions(run, event)];
      case 'run.completed':
      case 'run.failed':
      case 'run.cancelled':
        return [runSpan(run, event.ts), ...this.#endSteps(event.ts), ...this.#cutOff(event.ts)];
      default:
        // All others say nothing of when something ends.
        return [];
    }
  }

  /** Those that have not ended, as if they did at that time: ISO 8601, UTC. */
  open(run: Run, end: string): TraceSpan[] {
    return [runSpan(run, end), ...this.#endSteps(end), ...this.#cutOff(end), ...this.#openQuestions(run, end)];
  }

  /** The id of the span around a path. */
  around(path: string): string {
    return this.#steps.get(path)?.id ?? this.outside(path);
  }

  /** The same for a step itself. */
  outside(path: string): string {
    for (let at = path.lastIndexOf('.'); at > 0; at = path.lastIndexOf('.', at - 1)) {
      const round = path.lastIndexOf('[', at);
      const end = path[at - 1] === ']' && round > 0 ? round : at;
      const step = this.#steps.get(path.slice(0, end));
      if (step !== undefined) return step.id;
    }
    return this.#runSpanId;
  }

  #begin({ run_id: run, path, attempt: attempts, ts }: EventOf<'step.started'>): void {
    const { id, from } = this.#steps.get(path) ?? { id: stepSpanId(run, path), from: ts };
    this.#steps.set(path, { id, status: 'running', attempts, from });
  }

  #endStep(event: EventOf<'step.completed' | 'step.skipped' | 'step.failed' | 'step.settled'>): TraceSpan[] {
    const { run_id: run, path, ts, type } = event;
    const known = this.#steps.get(path);
    const step = known ?? { id: stepSpanId(run, path), status: 'running', attempts: 1, from: ts };
    if (type === 'step.failed') {
      const { error, caught_by: caughtBy } = event;
      // It may be tried again, or what is done instead is still to come.
      this.#steps.set(path, { ...step, status: 'failed', attempts: event.attempt, error, failedAt: ts });
      if (caughtBy === undefined || caughtBy === path) return [];
    } else {
      const isSkipped = type === 'step.skipped' || (type === 'step.settled' && event.how === 'skipped');
      const { id, attempts, from } = step;
      this.#steps.set(path, { id, status: isSkipped ? 'skipped' : 'completed', attempts, from });
    }
    return this.#endSteps(ts, path);
  }

  /** A step with those inside it; without a path all, which a run that failed may still try again. */
  #endSteps(ts: string, path?: string): TraceSpan[] {
    const spans: TraceSpan[] = [];
    const ended: string[] = [];
    for (const [each, step] of this.#steps) {
      if (path !== undefined && each !== path && !isInside(each, path)) continue;
      ended.push(each);
      spans.push(stepSpan(each, step, { parent: this.outside(each), end: step.failedAt ?? ts }));
    }
    if (path !== undefined) for (const each of ended) this.#steps.delete(each);
    return spans;
  }

  #endCall(event: CallEnd): TraceSpan[] {
    const started = this.#calls.get(event.key);
    this.#calls.delete(event.key);
    return started === undefined ? [] : [this.#callSpan(started, event.ts, event)];
  }

  /** Nobody hears how calls end that were under way. */
  #cutOff(end: string): TraceSpan[] {
    const spans = Array.from(this.#calls.values(), (started) => this.#callSpan(started, end));
    this.#calls.clear();
    return spans;
  }

  #callSpan(started: CallStart, end: string, ended?: CallEnd): TraceSpan {
    const around = { id: callSpanId(this.#callPrefix, started), parent: this.around(started.path), end };
    if (started.type === 'model.started') {
      const isOf = ended?.type === 'model.finished' || ended?.type === 'model.failed';
      return modelSpan(started, isOf ? ended : undefined, around);
    }
    const isOf = ended?.type === 'tool.finished' || ended?.type === 'tool.failed';
    return toolSpan(started, isOf ? ended : undefined, { ...around, ...this.#options });
  }

  #endQuestions(run: Run, { ts }: RunEvent): TraceSpan[] {
    if (this.#questions.size === 0) return [];
    return this.#questionSpans(run, ts, (isResolved) => isResolved);
  }

  #openQuestions(run: Run, end: string): TraceSpan[] {
    return this.#questionSpans(run, end, () => true);
  }

  #questionSpans(run: Run, end: string, isWanted: (isResolved: boolean) => boolean): TraceSpan[] {
    return run.outputs.clarifications.flatMap((question): TraceSpan[] => {
      if (!this.#questions.has(question.id) || !isWanted(question.resolved)) return [];
      this.#questions.delete(question.id);
      const path = question.path ?? String(question.step ?? 0);
      const span = questionSpan(run, question, { parent: this.around(path), end, ...this.#options });
      return span === undefined ? [] : [span];
    });
  }
}

/** Whether it is still to end, or may be tried again. */
function isOpen({ path, status, finished_at: at, caught_by: caughtBy }: StepRecord): boolean {
  return at === null || (status === 'failed' && (caughtBy === undefined || caughtBy === path));
}

function openStep({ id: run }: Run, step: StepRecord): OpenStep {
  const { path, status, attempts, started_at: from, finished_at: at, error } = step;
  return { id: stepSpanId(run, path), status, attempts, from, error, failedAt: at ?? undefined };
}

/** Of those that the Python SDK finished, nothing but their records is known. */
function importedSteps(run: Run, spans: RunSpans): TraceSpan[] {
  return run.steps.flatMap((record) => {
    const { path, finished_at: end } = record;
    return end === null ? [] : [stepSpan(path, openStep(run, record), { parent: spans.outside(path), end })];
  });
}

/** The spans of a whole run; what has no end yet ends with the last event. The same as `RunSpans` gives one by one. */
export function traceSpans(events: readonly RunEvent[], options: TraceOptions): TraceSpan[] {
  const fold = createFold({ keeps: () => true });
  const ended = new Map<string, TraceSpan>();
  let spans: RunSpans | undefined;
  for (const event of events) {
    fold.apply(event);
    spans ??= new RunSpans(fold.run, options);
    // What failed and was tried again has ended twice: the last end counts.
    for (const span of spans.add(fold.run, event)) ended.set(span.id, span);
  }
  const last = events.at(-1);
  if (spans === undefined || last === undefined) return [];
  const isOver = fold.run.state === 'COMPLETE' || fold.run.state === 'FAILED';
  for (const span of isOver ? [] : spans.open(fold.run, last.ts)) ended.set(span.id, span);
  return [...ended.values()];
}
