import type { Json } from '../../../domain/values/json.js';
import type { FromHost, HostQuestion, ThrownError, ToHost } from '../protocol.js';
import { thrownError } from './thrown-error.js';

/** Questions to the process that owns the host, until each is answered. */
export class OwnerQuestions {
  readonly #send: (message: FromHost) => void;
  readonly #open = new Map<number, { resolve(value: Json): void; reject(error: Error): void }>();
  /** Errors that are answers, by the question: what lets one through is told apart from what throws its own. */
  readonly #refused = new WeakMap<object, number>();
  #last = 0;

  constructor(send: (message: FromHost) => void) {
    this.#send = send;
  }

  /** For a request of the owner that is not done yet. */
  async ask(id: number, asked: HostQuestion, signal?: AbortSignal): Promise<Json> {
    signal?.throwIfAborted();
    this.#last += 1;
    const question = this.#last;
    const drop = () => {
      this.#send({ type: 'question-dropped', id, question });
      this.#open.get(question)?.reject(signal?.reason);
    };
    signal?.addEventListener('abort', drop, { once: true });
    try {
      return await new Promise<Json>((resolve, reject) => {
        this.#open.set(question, { resolve, reject });
        this.#send({ type: 'question', id, question, asked });
      });
    } finally {
      this.#open.delete(question);
      signal?.removeEventListener('abort', drop);
    }
  }

  take(message: Extract<ToHost, { type: 'answer' | 'no-answer' }>): void {
    const waiting = this.#open.get(message.question);
    if (message.type === 'answer') waiting?.resolve(message.value);
    else waiting?.reject(this.#refusal(message));
  }

  #refusal({ question, message }: { question: number; message: string }): Error {
    const error = new Error(message);
    this.#refused.set(error, question);
    return error;
  }

  /** What was thrown, with the question whose error it is. */
  thrown(error: unknown): ThrownError {
    const question = typeof error === 'object' && error !== null ? this.#refused.get(error) : undefined;
    return { ...thrownError(error), ...(question !== undefined && { question }) };
  }
}
