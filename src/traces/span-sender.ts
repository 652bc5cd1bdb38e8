import type { Agent } from 'node:http';

import { shownUrl } from '../domain/values/secret-names.js';
import type { TraceSpan } from '../domain/run/trace-spans.js';
import { otlpTraces, type Traced } from './otlp.js';
import { agentFor, postSpans } from './post-spans.js';
import type { TraceSettings } from './trace-settings.js';

/** Spans in one request, and those that wait for theirs: what is more is dropped. */
const BATCH = 512;
const MOST_WAITING = 16_384;
/** How long a span waits for others. */
const DELAY_MS = 1_000;
/** How long the end of a process may be delayed by what is being sent. */
const LAST_MS = 5_000;
const TRIES = 5;
const FIRST_WAIT_MS = 1_000;
/** A collector that says to wait longer is not waited for. */
const LONGEST_WAIT_MS = 30_000;

interface SenderParts {
  settings: Pick<TraceSettings, 'collector' | 'resource'>;
  /** Of portia. */
  version: string;
  /** Tells a person that spans are lost, once. */
  warn(message: string): void;
}

/** Sends spans to a collector, some at a time, one request after the other. Nothing waits for it, and nothing fails. */
export class SpanSender {
  readonly #parts: SenderParts;
  #waiting: Traced[] = [];
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<void> | undefined;
  #agent: Agent | undefined;
  #isClosing = false;
  #hasWarned = false;
  /** Ends what is under way. */
  #stop = new AbortController();

  constructor(parts: SenderParts) {
    this.#parts = parts;
  }

  add(spans: readonly TraceSpan[], traceId: string): void {
    if (spans.length === 0) return;
    if (this.#waiting.length + spans.length > MOST_WAITING) {
      this.#lose('it takes them too slowly');
      return;
    }
    for (const span of spans) this.#waiting.push({ span, traceId });
    if (this.#waiting.length >= BATCH) this.#begin();
    else this.#timer ??= setTimeout(() => this.#begin(), DELAY_MS);
  }

  /** Gives what is left a moment to arrive. What comes later is sent, too. */
  async close(): Promise<void> {
    this.#isClosing = true;
    const late = setTimeout(() => this.#stop.abort(), LAST_MS);
    this.#begin();
    await this.#sending;
    clearTimeout(late);
    this.#agent?.destroy();
    this.#agent = undefined;
    this.#isClosing = false;
    this.#stop = new AbortController();
  }

  #begin(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#sending ??= this.#sendAll().finally(() => (this.#sending = undefined));
  }

  async #sendAll(): Promise<void> {
    while (this.#waiting.length > 0) await this.#send(this.#waiting.splice(0, BATCH));
  }

  async #send(spans: readonly Traced[]): Promise<void> {
    const { settings, version } = this.#parts;
    const { collector, resource } = settings;
    this.#agent ??= agentFor(collector);
    const body = JSON.stringify(otlpTraces(spans, { resource, version }));
    for (let tries = 1; ; tries += 1) {
      const taken = await postSpans(collector, body, { agent: this.#agent, signal: this.#stop.signal });
      if (taken.kind === 'taken') return;
      const waitMs = taken.kind === 'later' ? (taken.waitMs ?? backOff(tries)) : Infinity;
      const isOver = tries === TRIES || waitMs > LONGEST_WAIT_MS || this.#stop.signal.aborted;
      // At the end nobody waits for a collector that is not there.
      if (isOver || (this.#isClosing && taken.kind === 'later' && !taken.hasAnswered)) return this.#lose(taken.why);
      await this.#wait(waitMs);
    }
  }

  /** Shorter when the process ends meanwhile and nothing more can be sent. */
  async #wait(ms: number): Promise<void> {
    const { signal } = this.#stop;
    if (signal.aborted) return;
    await new Promise<void>((resolve) => {
      // A program may end meanwhile.
      const timer = setTimeout(resolve, ms).unref();
      signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
    });
  }

  #lose(why: string): void {
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    const { url } = this.#parts.settings.collector;
    this.#parts.warn(`Spans of the trace are lost, because ${shownUrl(url.href)} does not take them: ${why}.`);
  }
}

/** Doubled with each try, and never the same for two processes. */
function backOff(tries: number): number {
  return FIRST_WAIT_MS * 2 ** (tries - 1) * (0.5 + Math.random() / 2);
}
