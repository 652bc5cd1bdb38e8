import { describe, expect, test } from 'vitest';

import { eachInOrder } from '../../../src/cli/batch/ordered-pool.js';

/** Numbers from 0, and how many of them were asked for. */
function numbers(count: number) {
  const source = {
    asked: 0,
    async *items(): AsyncGenerator<number> {
      for (let item = 0; item < count; item += 1) {
        source.asked += 1;
        yield item;
      }
    },
  };
  return source;
}

/** Work that ends when the test says so. */
function heldWork() {
  const open = new Map<number, () => void>();
  return {
    open,
    work: (item: number) =>
      new Promise<number>((resolve) => {
        open.set(item, () => {
          open.delete(item);
          resolve(item);
        });
      }),
  };
}

/** Everything that can run without outside help has run. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

const nothing = async (): Promise<void> => undefined;

describe('eachInOrder', () => {
  test('when work ends in another order then the results keep that of the items', async () => {
    const { open, work } = heldWork();
    const taken: number[] = [];
    const all = eachInOrder(numbers(3).items(), {
      jobs: 3,
      ahead: 12,
      work,
      take: async (item) => void taken.push(item),
    });
    await settle();
    open.get(2)?.();
    await settle();
    expect(taken).toEqual([]);
    open.get(0)?.();
    await settle();
    expect(taken).toEqual([0]);
    open.get(1)?.();
    await all;
    expect(taken).toEqual([0, 1, 2]);
  });

  test('when there is more to do than jobs then exactly as many are under way', async () => {
    const { open, work } = heldWork();
    const all = eachInOrder(numbers(20).items(), { jobs: 4, ahead: 16, work, take: nothing });
    const seen: number[] = [];
    for (let done = 0; done < 20; done += 1) {
      await settle();
      seen.push(open.size);
      [...open.values()].at(0)?.();
    }
    await all;
    expect(seen).toEqual([...Array.from({ length: 17 }, () => 4), 3, 2, 1]);
  });

  test('when the first of 2,000 items is slow then only a few are read beyond it', async () => {
    const source = numbers(2_000);
    const { open, work } = heldWork();
    const all = eachInOrder(source.items(), {
      jobs: 4,
      ahead: 16,
      work: async (item) => (item === 0 ? work(item) : item),
      take: nothing,
    });
    await settle();
    expect(source.asked).toBe(16);
    open.get(0)?.();
    await all;
    expect(source.asked).toBe(2_000);
  });

  test('when the taker is slow then nothing piles up', async () => {
    const source = numbers(2_000);
    let most = 0;
    await eachInOrder(source.items(), {
      jobs: 4,
      ahead: 16,
      work: async (item) => item,
      async take(item) {
        await settle();
        most = Math.max(most, source.asked - item);
      },
    });
    expect(most).toBe(16);
  });

  test('when there are no items then it ends', async () => {
    await eachInOrder(numbers(0).items(), { jobs: 4, ahead: 16, work: async (item) => item, take: nothing });
  });

  test('when the items break off then what was begun is handed over before it rejects', async () => {
    const taken: number[] = [];
    async function* broken() {
      yield 1;
      throw new Error('torn');
    }
    const pool = {
      jobs: 2,
      ahead: 8,
      work: async (item: number) => item,
      take: async (item: number) => void taken.push(item),
    };
    await expect(eachInOrder(broken(), pool)).rejects.toThrow('torn');
    expect(taken).toEqual([1]);
  });

  test.each([
    ['the taker', { work: async (item: number) => item, take: () => Promise.reject(new Error('full')) }],
    ['the work', { work: (): Promise<number> => Promise.reject(new Error('full')), take: nothing }],
  ])('when %s fails then it rejects, and no more than a few items were begun', async (_who, parts) => {
    const source = numbers(2_000);
    await expect(eachInOrder(source.items(), { jobs: 2, ahead: 8, ...parts })).rejects.toThrow('full');
    expect(source.asked).toBeLessThanOrEqual(8);
  });
});
