import { untilAborted } from '../../timing/limit.js';
import type { Host } from './host.js';

/** Hosts that are started when they are needed, and used again. */
export class HostPool {
  readonly #start: () => Promise<Host>;
  readonly #most: number;
  readonly #hosts = new Set<Host>();
  #idle: Host[] = [];
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
   * Rejects when it cannot be started, or with the signal's reason. Whoever takes it gives it back.
   */
  async take(key: string, signal: AbortSignal): Promise<Host> {
    for (;;) {
      signal.throwIfAborted();
      // One may have ended since its last call, or be about to.
      this.#idle = this.#idle.filter(({ isUsable }) => isUsable);
      const leaving = [...this.#leaving].filter(([, last]) => last === key).map(([host]) => host.gone);
      if (leaving.length > 0) await untilAborted(Promise.all(leaving), signal);
      else if (this.#idle.length > 0 || this.#hosts.size + this.#starting < this.#most) break;
      else await untilAborted(this.#turn(), signal);
    }
    return this.#idle.pop() ?? this.#begin();
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
