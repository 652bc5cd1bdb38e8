/** Does one thing after the other, so that what costs much memory never happens many times at once. */
export class Turns {
  readonly #most: number;
  #waiting = 0;
  #last: Promise<unknown> = Promise.resolve();

  /** `most`: how many may wait. */
  constructor(most: number) {
    this.#most = most;
  }

  /** The result of the work; undefined when too many wait already. */
  async take<Result>(work: () => Promise<Result>): Promise<Result | undefined> {
    if (this.#waiting >= this.#most) return undefined;
    this.#waiting += 1;
    const mine = this.#last.then(work).finally(() => (this.#waiting -= 1));
    this.#last = mine.catch(() => undefined);
    return mine;
  }
}
