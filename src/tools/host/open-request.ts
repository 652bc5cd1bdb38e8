import type { Json } from '../../domain/values/json.js';
import type { ToolProgress } from '../tool.js';
import type { HostQuestion } from './protocol.js';

/** What a request may need of its owner while it is done. */
export interface RequestHandlers {
  /** Its end is told to the host; if that does not end the request soon, the process is ended. */
  signal?: AbortSignal;
  answer?(question: HostQuestion, signal: AbortSignal): Promise<Json>;
  progress?(report: ToolProgress): void;
  setEndUserData?(name: string, value: string | null): void;
}

/** A request of which a host has not said yet what it gives. */
export class OpenRequest {
  readonly id: number;
  readonly handlers: RequestHandlers;
  /** What the host gives; rejects with what was thrown, or with why the process ended. */
  readonly given: Promise<Json>;
  /** Questions of it that are being answered, and what they were answered with when that was an error. */
  readonly questions = new Map<number, AbortController>();
  readonly errors = new Map<number, unknown>();
  /** The process has ended, or will end, without having heard of it. */
  isUnheard = false;
  /** Another one was open in the same process at the same time. */
  hasCompany = false;
  resolve = (_value: Json): void => undefined;
  reject = (_error: unknown): void => undefined;

  constructor(id: number, handlers: RequestHandlers) {
    this.id = id;
    this.handlers = handlers;
    this.given = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  /** Resolves when it is over, whatever it gave. */
  async over(): Promise<void> {
    await this.given.catch(() => undefined);
  }

  get isAborted(): boolean {
    return this.handlers.signal?.aborted === true;
  }

  /** What was asked for it is not needed any more. */
  dropQuestions(): void {
    for (const controller of this.questions.values()) controller.abort();
  }
}
