import { untilAborted } from '../../timing/limit.js';
import type { Host } from './host.js';

/** How many may work in one host that is shared. */
const MOST_IN_ONE = 64;

/** A host in which several work under the same key. */
interface SharedHost {
  key: string;
  starting: Promise<Host>;
  /** Once it is started. */
  host?: Host;
  users: number;
}

/** Hosts that are started when they are needed, and used again. */
export class HostPool {
  readonly #start: () => Promise<Host>;
  readonly #most: number;
  readonly #hosts = new Set<Host>();
  #idle: Host[] = [];
  readonly #shared = new Set<SharedHost>();
  readonly #waiting: (() => void)[] = [];
  /** Hosts that are being ended, by what they did last. */
  readonly #leaving = new Map<Host, string>();
  #starting = 0;

  constructor(start: () => Promise<Host>, most: number) {
    this.#start = start;
    this.#most = most;
  }

  /**
   * A host for work under this key, as soon as there is one and none is left that did such work and had to be ended.
   * Rejects when it cannot be started, or with the signal's reason. Whoever takes it gives it back. With `mayShare` there
   * may be others in it who take it in the same way.
   */
  async take(key: string, signal: AbortSignal, mayShare = false): Promise<Host> {
    for (;;) {
      signal.throwIfAborted();
      // One may have ended since its last call, or be about to.
      this.#idle = this.#idle.filter(({ isUsable }) => isUsable);
      const leaving = [...this.#leaving].filter(([, last]) => last === key).map(([host]) => host.gone);
      const shared = mayShare ? this.#joinable(key) : undefined;
      if (leaving.length > 0) await untilAborted(Promise.all(leaving), signal);
      else if (shared !== undefined) return this.#join(shared);
      else if (this.#idle.length > 0 || this.#hosts.size + this.#starting < this.#most) break;
      else await untilAborted(this.#turn(), signal);
    }
    if (!mayShare) return this.#idle.pop() ?? this.#begin();
    const shared = { key, starting: Promise.resolve(this.#idle.pop() ?? this.#begin()), users: 0 };
    this.#shared.add(shared);
    return this.#join(shared);
  }

  /** Nobody joins while others wait for a host of their own: there may be room for them in the end. */
  #joinable(key: string): SharedHost | undefined {
    if (this.#waiting.length > 0) return undefined;
    return [...this.#shared].find(
      (shared) => shared.key === key && shared.users < MOST_IN_ONE && shared.host?.isSharable !== false,
    );
  }

  async #join(shared: SharedHost): Promise<Host> {
    shared.users += 1;
    try {
      return (shared.host = await shared.starting);
    } catch (error) {
      this.#shared.delete(shared);
      throw error;
    }
  }

  async #turn(): Promise<void> {
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  async #begin(): Promise<Host> {
    this.#starting += 1;
    try {
      const host = await this.#start();
      this.#hosts.add(host);
      void host.gone.then(() => this.#forget(host));
      return host;
    } finally {
      this.#starting -= 1;
      // When it could not be started, there is room for another.
      this.#next();
    }
  }

  /** A host that cannot be used again is ended, unless it has ended by itself. */
  giveBack(host: Host, key: string): void {
    const shared = [...this.#shared].find((candidate) => candidate.host === host);
    if (shared !== undefined) {
      shared.users -= 1;
      // Whoever leaves last gives it back.
      if (shared.users > 0) return this.#next();
      this.#shared.delete(shared);
    }
    if (host.isUsable) this.#idle.push(host);
    else if (this.#hosts.has(host)) {
      this.#leaving.set(host, key);
      void host.leave();
    }
    this.#next();
  }

  #forget(host: Host): void {
    this.#hosts.delete(host);
    this.#leaving.delete(host);
    this.#next();
  }

  /** Whoever waits looks again, in turn. */
  #next(): void {
    for (const look of this.#waiting.splice(0)) look();
  }

  async end(): Promise<void> {
    await Promise.all([...this.#hosts].map(async (host) => host.end()));
  }
}
