export interface Pool<Item, Result> {
  /** How many pieces of work may be under way at a time. */
  jobs: number;
  /** How many items may be taken and not yet be handed over: work that is done waits for slower work before it. */
  ahead: number;
  work(item: Item): Promise<Result>;
  /** Gets the results in the order of their items, one at a time, each as soon as all before it are handed over. */
  take(result: Result): Promise<void>;
}

/**
 * Does the work for every item. An item is asked for only when there is room for it, so that nothing piles up when the
 * work or the consumer is slow. Rejects with the first failure of the items, the work or the consumer, after all work
 * that was begun has ended.
 */
export async function eachInOrder<Item, Result>(items: AsyncIterable<Item>, pool: Pool<Item, Result>): Promise<void> {
  const running = new Set<Promise<Result>>();
  const waiting: Promise<void>[] = [];
  const handOver = async (work: Promise<Result>, before: Promise<void>) => {
    await before;
    await pool.take(await work);
    void waiting.shift();
  };
  let last = Promise.resolve();
  try {
    for await (const item of items) {
      const work = pool.work(item);
      running.add(work);
      last = handOver(work, last);
      waiting.push(last);
      const forget = () => running.delete(work);
      work.then(forget, forget);
      // It is awaited below; until then a failure must not count as one that nobody handles.
      last.catch(() => undefined);
      while (running.size >= pool.jobs) await Promise.race(running);
      while (waiting.length >= pool.ahead) await waiting[0];
    }
  } finally {
    await Promise.allSettled([...running, last]);
  }
  await last;
}
