import type { RunWatch, WatchedRuns } from '../../storage/run-watch.js';
import type { WebSession } from './sessions.js';

/** Streams of one session: a browser opens six connections to a server, and has to load pages, too. */
const MOST_OF_SESSION = 4;
/** Streams in all. */
const MOST = 500;
/** Changes that come closer than this are told together, in milliseconds. */
const APART_MS = 100;
/** How often a page is told that the server is still there, in milliseconds. */
const ALIVE_MS = 15_000;

/** For whom a stream is, and what it tells of. */
export interface LiveOptions {
  watched: WatchedRuns;
  session: WebSession;
  /** Whether the session still holds. */
  isHere(): boolean;
}

/**
 * What tells open pages that there is something new, which they then load: nothing is told twice, and a page that does not
 * read has one hint waiting at most.
 */
export class LiveStreams {
  readonly #store: RunWatch;
  /** The oldest first. */
  readonly #open = new Set<LiveStream>();

  constructor(store: RunWatch) {
    this.#store = store;
  }

  /** A stream of server-sent events; undefined when there are too many. Of one session the newest are kept. */
  async open(options: LiveOptions): Promise<ReadableStream<Uint8Array> | undefined> {
    // All pages of a session have its mark.
    const own = [...this.#open].filter(({ session }) => session.csrf === options.session.csrf);
    const [oldest] = own;
    if (own.length >= MOST_OF_SESSION) oldest?.end('Newer pages of yours are live instead.');
    if (this.#open.size >= MOST) return undefined;
    const stream = new LiveStream(options, () => this.#open.delete(stream));
    this.#open.add(stream);
    try {
      // Before the page hears that it is live: from then on it misses nothing.
      stream.endsWith(await this.#store.watch(options.watched, () => stream.hint()));
    } catch (error) {
      stream.end();
      throw error;
    }
    return stream.body;
  }

  /** Ends all of them, and gives back what they hold. */
  async close(): Promise<void> {
    const all = [...this.#open];
    for (const stream of all) stream.end();
    await Promise.all(all.map(({ stopped }) => stopped));
  }
}

class LiveStream {
  readonly session: WebSession;
  readonly body: ReadableStream<Uint8Array>;
  /** When nothing is watched for it any more. */
  stopped: Promise<void> = Promise.resolve();
  readonly #options: LiveOptions;
  readonly #ended: () => void;
  readonly #alive: NodeJS.Timeout;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #stop: (() => Promise<void>) | undefined;
  /** There is something new that the page does not know of. */
  #isDue = false;
  #next: NodeJS.Timeout | undefined;
  #isOver = false;

  constructor(options: LiveOptions, ended: () => void) {
    this.#options = options;
    this.session = options.session;
    this.#ended = ended;
    this.#alive = setInterval(() => this.#sayAlive(), ALIVE_MS).unref();
    this.body = new ReadableStream({
      start: (controller) => {
        this.#controller = controller;
        // A browser whose connection broke tries again after this time, in milliseconds.
        this.#write('retry: 1000\n\n');
      },
      pull: () => this.#send(),
      cancel: () => this.#release(),
    });
  }

  endsWith(stop: () => Promise<void>): void {
    this.#stop = stop;
    if (this.#isOver) this.stopped = stop();
  }

  hint(): void {
    this.#isDue = true;
    this.#send();
  }

  /** `why`: said to the page. `left`: whoever it is for is not here any more. */
  end(why?: string, event: 'over' | 'left' = 'over'): void {
    if (this.#isOver) return;
    // First, because what is written may be read at once, and whoever reads asks for more.
    this.#isOver = true;
    if (why !== undefined) this.#write(`event: ${event}\ndata: ${why}\n\n`);
    this.#controller?.close();
    this.#release();
  }

  #release(): void {
    this.#isOver = true;
    clearInterval(this.#alive);
    clearTimeout(this.#next);
    this.#ended();
    this.stopped = this.#stop?.() ?? Promise.resolve();
  }

  #send(): void {
    if (!this.#isDue || this.#next !== undefined || this.#isOver || !this.#isRead()) return;
    if (!this.#isHere()) return;
    this.#isDue = false;
    this.#write('event: changed\ndata: 1\n\n');
    this.#next = setTimeout(() => {
      this.#next = undefined;
      this.#send();
    }, APART_MS);
  }

  /** Whoever has not read the last word by now gets no more. */
  #sayAlive(): void {
    if (!this.#isRead()) this.end();
    else if (this.#isHere()) this.#write('event: alive\ndata: 1\n\n');
  }

  #isHere(): boolean {
    if (this.#options.isHere()) return true;
    this.end('You are not signed in here any more.', 'left');
    return false;
  }

  #isRead(): boolean {
    return (this.#controller?.desiredSize ?? 0) > 0;
  }

  #write(text: string): void {
    this.#controller?.enqueue(new TextEncoder().encode(text));
  }
}
