import { isJsonObject, type JsonObject } from '../../domain/values/json.js';
import type { Guest, Guests } from '../../processes/guests.js';
import { LastWords } from '../../processes/printed-lines.js';
import { untilAborted } from '../../timing/limit.js';
import { PageFault } from '../browser-port.js';
import type { FromBrowser, ToBrowser } from './protocol.js';

export interface BrowserProcessOptions {
  guests: Guests;
  /** Node, and the program that has the browser: absolute paths. */
  node: string;
  program: string;
  /** All that it sees of the environment. */
  environment: Readonly<Record<string, string | undefined>>;
  /** Absolute path of a folder that is its alone. */
  folder: string;
}

type Question = ToBrowser extends infer Each ? (Each extends ToBrowser ? Omit<Each, 'id'> : never) : never;

interface Open {
  resolve(value: JsonObject | null): void;
  reject(error: unknown): void;
}

const KEPT_CHARACTERS = 4_000;
const GRACE_MS = 5_000;

/** The process that has a browser, seen from the process that started it. It ends with the browser. */
export class BrowserProcess {
  readonly #guest: Guest;
  readonly #open = new Map<number, Open>();
  #last = 0;

  constructor({ guests, node, program, environment, folder }: BrowserProcessOptions) {
    this.#guest = guests.start({
      command: node,
      args: [program],
      // What the package and Chromium keep on the disk is removed with the folder.
      environment: { ...environment, HOME: folder, TMPDIR: folder, XDG_CONFIG_HOME: folder, XDG_CACHE_HOME: folder },
      directory: folder,
      folder,
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    const words = new LastWords(this.#guest.child.stderr, KEPT_CHARACTERS);
    this.#guest.child.on('message', (message) => this.#take(message));
    void this.#rejectAtEnd(words);
  }

  /** Rejects with a PageFault, with an Error that says why there is no answer, or with the signal's reason. */
  async ask(question: Question, signal: AbortSignal): Promise<JsonObject | null> {
    this.#last += 1;
    const id = this.#last;
    const answered = new Promise<JsonObject | null>((resolve, reject) => {
      this.#open.set(id, { resolve, reject });
      this.#guest.child.send({ id, ...question }, (error) => {
        if (error !== null) this.#settle(id)?.reject(new Error('The browser has ended.'));
      });
    });
    return untilAborted(answered, signal);
  }

  async end(): Promise<void> {
    await this.#guest.end(GRACE_MS);
  }

  #take(message: unknown): void {
    if (!isAnswer(message)) return;
    const open = this.#settle(message.id);
    if (message.ok) open?.resolve(message.value);
    else open?.reject(message.isPage ? new PageFault(message.message) : new Error(message.message));
  }

  #settle(id: number): Open | undefined {
    const open = this.#open.get(id);
    this.#open.delete(id);
    return open;
  }

  async #rejectAtEnd(words: LastWords): Promise<void> {
    const { error: unstarted } = await this.#guest.ended;
    const said = (unstarted?.message ?? words.text).trim().split('\n').slice(-3).join(' ');
    const error = new Error(`The browser has ended${said === '' ? '' : `: ${said}`}.`);
    for (const id of this.#open.keys()) this.#settle(id)?.reject(error);
  }
}

function isAnswer(message: unknown): message is FromBrowser {
  return isJsonObject(message) && typeof message['id'] === 'number' && typeof message['ok'] === 'boolean';
}
