import type { Environment } from '../domain/environment.js';
import { RunSpans } from '../domain/run/run-spans.js';
import type { Run } from '../domain/run/run.js';
import { traceId } from '../domain/run/trace-spans.js';
import { readTraceparent } from '../domain/run/traceparent.js';
import type { RunId } from '../domain/values/ids.js';
import type { RunTraces } from '../executor/services.js';
import { SpanSender } from '../traces/span-sender.js';
import { readTraceSettings, type TraceSettings } from '../traces/trace-settings.js';
import { builtVersion } from './built-package.js';

export interface OpenTraces extends RunTraces {
  /** Gives what is left a moment to be sent. */
  close(): Promise<void>;
}

/** Sends what runs do as traces, as OpenTelemetry's variables say; undefined when they say that nothing is sent. */
export function openRunTraces(environment: Environment, warn: (message: string) => void): OpenTraces | undefined {
  const read = readTraceSettings(environment);
  if (read.kind === 'unusable') warn(`No traces are sent: ${read.problem}. Fix: ${read.fix}.`);
  const traceparent = environment['TRACEPARENT'];
  const outer = readTraceparent(traceparent);
  // Whoever began the trace decided that it is not kept.
  if (read.kind !== 'on' || outer?.isSampled === false) return undefined;
  return new SentTraces(read.settings, { traceparent: outer && traceparent, warn });
}

class SentTraces implements OpenTraces {
  readonly traceparent: string | undefined;
  readonly #sender: SpanSender;
  readonly #hasContent: boolean;
  /** Of runs that are driven, for the runs inside them. */
  readonly #traces = new Map<RunId, string>();

  constructor(
    { hasContent, ...settings }: TraceSettings,
    { traceparent, warn }: { traceparent: string | undefined; warn(message: string): void },
  ) {
    this.traceparent = traceparent;
    this.#hasContent = hasContent;
    this.#sender = new SpanSender({ settings, version: builtVersion(), warn });
  }

  follow(since: string | undefined): ReturnType<RunTraces['follow']> {
    let spans: RunSpans | undefined;
    return (run, event) => {
      spans ??= new RunSpans(run, { hasContent: this.#hasContent, since });
      this.#sender.add(spans.add(run, event), this.#traceOf(run));
      if (hasStopped(run)) this.#traces.delete(run.id);
    };
  }

  async close(): Promise<void> {
    await this.#sender.close();
  }

  #traceOf(run: Run): string {
    const known = this.#traces.get(run.id);
    if (known !== undefined) return known;
    const { parent_run: outer } = run;
    const trace = outer === undefined ? traceId(run) : (this.#traces.get(outer.id) ?? traceId(outer));
    this.#traces.set(run.id, trace);
    return trace;
  }
}

function hasStopped({ state, pause }: Run): boolean {
  return state === 'COMPLETE' || state === 'FAILED' || pause !== null;
}
