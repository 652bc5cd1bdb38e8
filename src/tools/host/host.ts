import { messageOf } from '../../domain/errors.js';
import type { Json } from '../../domain/values/json.js';
import type { Guest, GuestEnd } from '../../processes/guests.js';
import { keepAlive, letEnd } from '../../processes/kept-alive.js';
import type { LastWords } from '../../processes/printed-lines.js';
import { settleWithin, startTimer } from '../../timing/limit.js';
import { readProgress } from '../read-progress.js';
import type { ToolProgress } from '../tool.js';
import { fromThrown } from './host-errors.js';
import {
  readFromHost,
  type Fault,
  type FromHost,
  type HostQuestion,
  type HostRequest,
  type HostSetup,
  type ToHost,
} from './protocol.js';

/** How long a call may take to end by itself once it is told to. */
const PATIENCE_MS = 1_000;

/** How long an idle host may take to end by itself. */
const GRACE_MS = 500;

/** How long messages may take that were sent before a host ended. */
const LAST_MESSAGES_MS = 1_000;

export interface HostParts {
  guest: Guest;
  setup: HostSetup;
  /** What it wrote last to standard error. */
  lastWords: LastWords;
  /** A variable that it was not given was read. */
  onRead(name: string): void;
  /** Something was thrown that nothing caught, by what was over already. */
  onLateFault(fault: Fault): void;
}

/** What a request may need of its owner while it is done. */
export interface RequestHandlers {
  /** Its end is told to the host; if that does not end the request soon, the process is ended. */
  signal?: AbortSignal;
  answer?(question: HostQuestion, signal: AbortSignal): Promise<Json>;
  progress?(report: ToolProgress): void;
}

/** A request was not made: the process ended before it heard of it. */
export class NotHeard extends Error {}

interface OpenRequest {
  id: number;
  /** The process has ended, or will end, without having heard of it. */
  isUnheard: boolean;
  handlers: RequestHandlers;
  /** Questions of it that are being answered, and what they were answered with when that was an error. */
  questions: Map<number, AbortController>;
  errors: Map<number, unknown>;
  resolve(value: Json): void;
  reject(error: unknown): void;
}

/** A process in which tool modules run, seen from the process that started it. It does one thing at a time. */
export class Host {
  readonly pid: number | undefined;
  /** Modules that it has loaded. */
  readonly loaded = new Set<string>();
  /** A tool was called in it: what that left behind may keep it busy. */
  hasCalled = false;
  /** Resolves when the process has ended. */
  readonly gone: Promise<void>;
  readonly #parts: HostParts;
  #open: OpenRequest | undefined;
  /** Resolves when the last request is over, whatever it gave. */
  #over: Promise<void> = Promise.resolve();
  #last = 0;
  #fault: string | undefined;
  #reason: string | undefined;
  #isSpoilt = false;

  constructor(parts: HostParts) {
    this.#parts = parts;
    const { guest } = parts;
    const { child } = guest;
    this.pid = child.pid;
    child.on('message', (message) => this.#take(readFromHost(message)));
    const disconnected = new Promise<void>((resolve) => child.once('disconnect', resolve));
    // Without its channel it cannot say anything any more.
    child.once('disconnect', () => void guest.end());
    this.gone = this.#untilGone(disconnected);
    this.#send({ type: 'set-up', setup: parts.setup });
    letEnd(child);
  }

  async #untilGone(disconnected: Promise<void>): Promise<void> {
    const { child, ended } = this.#parts.guest;
    const end = await ended;
    if (child.connected) await Promise.race([disconnected, wait(LAST_MESSAGES_MS)]);
    const reason = this.#reasonOf(end);
    this.#reason = reason;
    const open = this.#settle();
    open?.reject(open.isUnheard ? new NotHeard(reason) : new Error(reason));
  }

  /** Whether another request can be made. */
  get isUsable(): boolean {
    return !this.#isSpoilt && !this.#isEnding && this.#open === undefined;
  }

  /** It does nothing that it was asked for. */
  get #isIdle(): boolean {
    return this.#open === undefined || this.#open.isUnheard;
  }

  /** An error or the loss of its channel ends the process, if it has not ended already. */
  get #isEnding(): boolean {
    return this.#fault !== undefined || !this.#parts.guest.child.connected;
  }

  /**
   * What the host gives. Rejects with what was thrown there, or with why the process ended: with a `NotHeard` when that
   * was before it heard of the request.
   */
  async request(request: HostRequest, handlers: RequestHandlers = {}): Promise<Json> {
    if (this.#isEnding) {
      await this.gone;
      throw new NotHeard(this.#reason);
    }
    this.#last += 1;
    const id = this.#last;
    this.hasCalled ||= request.do === 'run';
    const { signal } = handlers;
    // Until it is over this process must not end; the channel alone is enough for that.
    const { channel } = this.#parts.guest.child;
    channel?.ref();
    let timer: NodeJS.Timeout | undefined;
    const abort = () => {
      this.#send({ type: 'abort', id, reason: messageOf(signal?.reason) });
      timer = startTimer(PATIENCE_MS, () => void this.end('it did not end in time'));
    };
    try {
      const given = new Promise<Json>((resolve, reject) => {
        this.#open = { id, isUnheard: false, handlers, questions: new Map(), errors: new Map(), resolve, reject };
      });
      this.#over = given.then(ignore, ignore);
      this.#send({ type: 'request', id, request }, () => this.#heardUpTo(id - 1));
      if (signal?.aborted) abort();
      else signal?.addEventListener('abort', abort, { once: true });
      return await given;
    } finally {
      channel?.unref();
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    }
  }

  /** Ends the process as soon as the request is over that was told to end. */
  async leave(): Promise<void> {
    this.#isSpoilt = true;
    await this.#over;
    await this.end();
  }

  /** Ends the process and all that it has started. An idle one may end by itself first. */
  async end(reason?: string): Promise<void> {
    const { guest } = this.#parts;
    const isIdle = this.#isIdle;
    this.#isSpoilt = true;
    this.#fault ??= reason;
    keepAlive(guest.child);
    // Node never says that a child is closed whose channel was closed from here.
    this.#send({ type: 'end' });
    if (isIdle) await settleWithin(guest.ended, GRACE_MS).catch(() => undefined);
    await guest.end();
    await this.gone;
  }

  #send(message: ToHost, onFailure: () => void = ignore): void {
    const { child } = this.#parts.guest;
    // A host that has just ended says so by its end.
    if (!child.connected) return;
    child.send(message, (error) => {
      if (error !== null) onFailure();
    });
  }

  #heardUpTo(last: number): void {
    if (this.#open !== undefined) this.#open.isUnheard = this.#open.id > last;
  }

  #take(message: FromHost | undefined): void {
    if (message === undefined) return;
    if (message.type === 'read-variable') this.#parts.onRead(message.name);
    else if (message.type === 'fault') this.#takeFault(message);
    else if (message.type === 'late-fault') this.#parts.onLateFault(message);
    else if (message.type === 'leaving') this.#heardUpTo(message.last);
    else if (message.type === 'question-dropped') this.#open?.questions.get(message.question)?.abort();
    else if (message.id === this.#open?.id) this.#takeOfRequest(message, this.#open);
  }

  #takeFault(fault: Fault): void {
    this.#fault = `an uncaught error ended its process: ${fault.text}`;
    this.#isSpoilt = true;
    if (!this.#isIdle) return;
    this.#parts.onLateFault(fault);
    // It ends by itself, unless something keeps it.
    void this.end();
  }

  #takeOfRequest(message: Extract<FromHost, { id: number }>, open: OpenRequest): void {
    switch (message.type) {
      case 'progress':
        open.handlers.progress?.(readProgress(message.report));
        return;
      case 'question':
        void this.#answer(message.question, message.asked, open);
        return;
      case 'done':
        this.#isSpoilt ||= message.isSpoilt === true;
        this.#settle()?.resolve(message.value);
        return;
      case 'thrown': {
        this.#isSpoilt ||= message.isSpoilt === true;
        const { question = 0 } = message.error;
        this.#settle()?.reject(open.errors.has(question) ? open.errors.get(question) : fromThrown(message.error));
        return;
      }
    }
  }

  async #answer(question: number, asked: HostQuestion, { handlers, questions, errors }: OpenRequest): Promise<void> {
    const controller = new AbortController();
    questions.set(question, controller);
    try {
      if (handlers.answer === undefined) throw new Error('this cannot be asked now');
      this.#send({ type: 'answer', question, value: await handlers.answer(asked, controller.signal) });
    } catch (error) {
      errors.set(question, error);
      this.#send({ type: 'no-answer', question, message: messageOf(error) });
    } finally {
      questions.delete(question);
    }
  }

  /** The request that is open until now. What was asked for it is not needed any more. */
  #settle(): OpenRequest | undefined {
    const open = this.#open;
    this.#open = undefined;
    for (const controller of open?.questions.values() ?? []) controller.abort();
    return open;
  }

  #reasonOf({ code, signal, error }: GuestEnd): string {
    if (error !== undefined) return `its process could not be started: ${error.message}`;
    if (this.#fault !== undefined) return this.#fault;
    if (/heap out of memory/.test(this.#parts.lastWords.text)) return 'its process ran out of memory';
    if (signal !== null) return `its process was ended by ${signal}`;
    return `it ended its own process, with exit code ${code ?? 0}`;
  }
}

function ignore(): void {}

async function wait(ms: number): Promise<void> {
  await new Promise<void>((resolve) => startTimer(ms, resolve));
}
