import { messageOf } from '../../domain/errors.js';
import type { Json } from '../../domain/values/json.js';
import type { Guest, GuestEnd } from '../../processes/guests.js';
import { keepAlive, letEnd } from '../../processes/kept-alive.js';
import type { LastWords } from '../../processes/printed-lines.js';
import { settleWithin, startTimer } from '../../timing/limit.js';
import { endUserDataProblem } from '../end-user.js';
import { readProgress } from '../read-progress.js';
import { fromThrown } from './host-errors.js';
import { Listening } from './listening.js';
import { OpenRequest, type RequestHandlers } from './open-request.js';
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

/** Why nobody knows what to think of what a request gave. */
const SPOILT = 'what the calls in its process share was changed';

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

/**
 * A request came to nothing, and perhaps not by what it did: the process ended before it heard of it, or something went
 * wrong there while others were done, too. It can be made again.
 */
export class Undone extends Error {}

/**
 * Another process asked this one to end, as whoever takes a run over from a driver that seemed frozen does with the call
 * of that run, in whose process another one may be made by now. What was asked for may have happened, and may be done
 * again where its effect allows it.
 */
export class EndedByOthers extends Error {}

/** A process in which tool modules run, seen from the process that started it. */
export class Host {
  readonly pid: number | undefined;
  /** Modules that it loads, or has loaded. */
  readonly loaded = new Map<string, Promise<void>>();
  /** A tool or a hook was called in it: what that left behind may keep it busy. */
  hasCalled = false;
  /** Resolves when the process has ended. */
  readonly gone: Promise<void>;
  readonly #parts: HostParts;
  readonly #open = new Map<number, OpenRequest>();
  readonly #listening: Listening;
  #last = 0;
  #fault: string | undefined;
  #reason: string | undefined;
  #isSpoilt = false;
  /** Before its channel was lost it was asked to end from here. */
  #wasAsked = false;

  constructor(parts: HostParts) {
    this.#parts = parts;
    const { guest } = parts;
    const { child } = guest;
    this.pid = child.pid;
    child.on('message', (message) => this.#take(readFromHost(message)));
    const disconnected = new Promise<void>((resolve) => child.once('disconnect', resolve));
    // Without its channel it cannot say anything any more.
    child.once('disconnect', () => {
      this.#wasAsked = guest.isAsked;
      void guest.end();
    });
    this.gone = this.#untilGone(disconnected);
    this.#listening = new Listening({
      ask: () => this.#send({ type: 'ping' }),
      gone: this.gone,
      end: async (why) => this.end(why),
    });
    this.#send({ type: 'set-up', setup: parts.setup });
    letEnd(child);
  }

  async #untilGone(disconnected: Promise<void>): Promise<void> {
    const { child, ended } = this.#parts.guest;
    const end = await ended;
    if (child.connected) await Promise.race([disconnected, wait(LAST_MESSAGES_MS)]);
    const reason = this.#reasonOf(end);
    this.#reason = reason;
    const isByOthers = end.signal === 'SIGTERM' && !this.#wasAsked;
    for (const open of this.#open.values()) {
      const isUndone = open.isUnheard || open.hasCompany;
      const error = isUndone ? new Undone(reason) : isByOthers ? new EndedByOthers(reason) : new Error(reason);
      this.#settle(open).reject(error);
    }
  }

  /** Whether a request can be made in it alone. */
  get isUsable(): boolean {
    return this.isSharable && this.#open.size === 0;
  }

  /** Whether a request can be made in it beside others. */
  get isSharable(): boolean {
    return !this.#isSpoilt && !this.#isEnding && ![...this.#open.values()].some(({ isAborted }) => isAborted);
  }

  /** It does nothing that it was asked for. */
  get #isIdle(): boolean {
    return [...this.#open.values()].every(({ isUnheard }) => isUnheard);
  }

  /** Whether no request keeps others from their work. One that does ends the process: then this resolves after its end. */
  async isFair(): Promise<boolean> {
    return this.#open.size < 2 || this.#listening.isGiven();
  }

  /** An error or the loss of its channel ends the process, if it has not ended already. */
  get #isEnding(): boolean {
    return this.#fault !== undefined || !this.#parts.guest.child.connected;
  }

  /**
   * What the host gives. Rejects with what was thrown there, or with why the process ended: with an `Undone` when that
   * may not be the request's own doing.
   */
  async request(request: HostRequest, handlers: RequestHandlers = {}): Promise<Json> {
    if (this.#isEnding) {
      await this.gone;
      throw new Undone(this.#reason);
    }
    this.#last += 1;
    const id = this.#last;
    this.hasCalled ||= request.do === 'run' || request.do === 'hook';
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
      const open = this.#begin(id, handlers);
      this.#send({ type: 'request', id, request }, () => this.#heardUpTo(id - 1));
      if (signal?.aborted) abort();
      else signal?.addEventListener('abort', abort, { once: true });
      return await open.given;
    } finally {
      if (this.#open.size === 0) channel?.unref();
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    }
  }

  #begin(id: number, handlers: RequestHandlers): OpenRequest {
    const begun = new OpenRequest(id, handlers);
    this.#open.set(id, begun);
    if (this.#open.size > 1) {
      for (const open of this.#open.values()) open.hasCompany = true;
      this.#listening.watch(true);
    }
    return begun;
  }

  /** Ends the process as soon as the requests are over that were told to end. */
  async leave(): Promise<void> {
    this.#isSpoilt = true;
    await Promise.all([...this.#open.values()].map(async (open) => open.over()));
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
    for (const open of this.#open.values()) open.isUnheard ||= open.id > last;
  }

  #take(message: FromHost | undefined): void {
    if (message === undefined) return;
    if (message.type === 'read-variable') this.#parts.onRead(message.name);
    else if (message.type === 'fault') this.#takeFault(message);
    else if (message.type === 'late-fault') this.#takeLateFault(message);
    else if (message.type === 'leaving') this.#heardUpTo(message.last);
    else if (message.type === 'pong') this.#listening.hear();
    else {
      const open = this.#open.get(message.id);
      if (open !== undefined) this.#takeOfRequest(message, open);
    }
  }

  #takeFault(fault: Fault): void {
    this.#fault = `an uncaught error ended its process: ${fault.text}`;
    this.#isSpoilt = true;
    if (!this.#isIdle) return;
    this.#parts.onLateFault(fault);
    // It ends by itself, unless something keeps it.
    void this.end();
  }

  /** It ends once all that it does is over. */
  #takeLateFault(fault: Fault): void {
    this.#isSpoilt = true;
    this.#parts.onLateFault(fault);
    if (this.#isIdle) void this.end();
  }

  #takeOfRequest(message: Extract<FromHost, { id: number }>, open: OpenRequest): void {
    switch (message.type) {
      case 'progress':
        open.handlers.progress?.(readProgress(message.report));
        return;
      case 'end-user-data':
        // A tool can write to the channel by itself.
        if (endUserDataProblem(message.name, message.data.value) === undefined) {
          open.handlers.setEndUserData?.(message.name, message.data.value);
        }
        return;
      case 'question':
        void this.#answer(message.question, message.asked, open);
        return;
      case 'question-dropped':
        open.questions.get(message.question)?.abort();
        return;
      case 'refused':
        this.#isSpoilt = true;
        this.#settle(open).reject(new Undone(SPOILT));
        return;
      case 'done':
        if (!this.#isInDoubt(message, open)) this.#settle(open).resolve(message.value);
        return;
      case 'thrown': {
        if (this.#isInDoubt(message, open)) return;
        const { question = 0 } = message.error;
        this.#settle(open).reject(open.errors.has(question) ? open.errors.get(question) : fromThrown(message.error));
        return;
      }
    }
  }

  /** Whether another request may have had a part in what this one gives: what they share was changed, by any of them. */
  #isInDoubt({ isSpoilt = false }: { isSpoilt?: boolean }, open: OpenRequest): boolean {
    this.#isSpoilt ||= isSpoilt;
    if (!isSpoilt || !open.hasCompany) return false;
    this.#settle(open).reject(new Undone(SPOILT));
    return true;
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

  /** It is over from now on. */
  #settle(open: OpenRequest): OpenRequest {
    this.#open.delete(open.id);
    if (this.#open.size < 2) this.#listening.watch(false);
    open.dropQuestions();
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
