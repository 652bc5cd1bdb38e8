import { isIPv6 } from 'node:net';

/** Who tries to sign in, and from where. */
export interface Attempt {
  name: string;
  /** IP address. */
  address: string;
}

const SECOND_MS = 1_000;
/** The first wait; each further wrong password doubles it. */
const FIRST_WAIT_MS = 30 * SECOND_MS;
const LONGEST_WAIT_MS = 15 * 60 * SECOND_MS;
/** After this time without a wrong password all is forgotten. */
const MEMORY_MS = 60 * 60 * SECOND_MS;
/** Wrong passwords before the first wait: of one name from one address, of all names from one, of one name from all. */
const FREE = { pair: 5, address: 20, name: 30 };
/** Counts that are kept at a time. */
const MOST = 20_000;

interface Count {
  wrong: number;
  last: number;
  until: number;
}

/**
 * Slows down whoever guesses passwords. Names that are not known count like others. Nobody is locked out for ever: waits end,
 * and where a person signed in before, only wrong passwords for that person from there hold them.
 */
export class Guesses {
  readonly #counts = new Map<string, Count>();
  readonly #proven = new Set<string>();
  readonly #now: () => Date;

  constructor(now: () => Date) {
    this.#now = now;
  }

  /** How long to wait before a password is looked at, in milliseconds. With 0 it counts as wrong until `right` is called. */
  begin(attempt: Attempt): number {
    const now = this.#now().getTime();
    const limits = this.#limitsOf(attempt);
    const waits = limits.map(({ key }) => (this.#countOf(key, now)?.until ?? now) - now);
    const wait = Math.max(0, ...waits);
    if (wait > 0) return wait;
    for (const { key, free } of limits) {
      const wrong = (this.#countOf(key, now)?.wrong ?? 0) + 1;
      const over = wrong - free;
      const ms = over < 0 ? 0 : Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** over);
      this.#keep(key, { wrong, last: now, until: now + ms });
    }
    return 0;
  }

  /** The password was the right one. */
  right(attempt: Attempt): void {
    const { pair } = keysOf(attempt);
    for (const { key } of this.#limitsOf(attempt)) {
      const count = this.#counts.get(key);
      if (count === undefined || key === pair) this.#counts.delete(key);
      else this.#counts.set(key, { ...count, wrong: count.wrong - 1, until: 0 });
    }
    if (this.#proven.size >= MOST) this.#proven.clear();
    this.#proven.add(pair);
  }

  #limitsOf(attempt: Attempt) {
    const { pair, address, name } = keysOf(attempt);
    const own = { key: pair, free: FREE.pair };
    if (this.#proven.has(pair)) return [own];
    return [own, { key: address, free: FREE.address }, { key: name, free: FREE.name }];
  }

  #countOf(key: string, now: number): Count | undefined {
    const found = this.#counts.get(key);
    return found === undefined || found.last + MEMORY_MS < now ? undefined : found;
  }

  #keep(key: string, count: Count): void {
    // Moved to the end, so that the first one is the oldest.
    this.#counts.delete(key);
    const [oldest] = this.#counts.keys();
    if (this.#counts.size >= MOST && oldest !== undefined) this.#counts.delete(oldest);
    this.#counts.set(key, count);
  }
}

function keysOf({ name, address }: Attempt) {
  const from = networkOf(address);
  return { pair: JSON.stringify([name, from]), address: JSON.stringify([null, from]), name: JSON.stringify([name]) };
}

/** Whoever has one address of IPv6 has those of its network, too: the first four groups, however zeros are left out. */
function networkOf(address: string): string {
  if (!isIPv6(address) || address.includes('.')) return address;
  const [before = [], after = []] = address.split('::').map((part) => part.split(':').filter((group) => group !== ''));
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0');
  return [...before, ...zeros, ...after].slice(0, 4).join(':');
}
