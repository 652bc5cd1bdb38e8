import { expect, test } from 'vitest';

import type { ClarificationId } from '../../src/domain/values/ids.js';
import type { Store } from '../../src/storage/store.js';
import { makeRun, RUN_ID } from './examples.js';

const ONE: ClarificationId = 'clar-01890000-0000-7000-8000-0000000000c1';
const OTHER: ClarificationId = 'clar-01890000-0000-7000-8000-0000000000c2';

/** What every store promises of sealed answers. `opened` gives the store of the test. */
export function describeSealed(opened: () => { store: Store; reopen: () => Store }): void {
  test('when a sealed answer is kept then it is read by its question, until it is forgotten or its run is removed', async () => {
    const { store, reopen } = opened();
    await makeRun(store);
    expect(await store.readSealed(RUN_ID)).toEqual(new Map());
    await store.keepSealed(RUN_ID, ONE, 'first');
    await store.keepSealed(RUN_ID, ONE, 'second');
    await store.keepSealed(RUN_ID, OTHER, 'third');
    expect(await reopen().readSealed(RUN_ID)).toEqual(
      new Map([
        [ONE, 'second'],
        [OTHER, 'third'],
      ]),
    );
    await store.forgetSealed(RUN_ID, [ONE, ONE]);
    expect(await reopen().readSealed(RUN_ID)).toEqual(new Map([[OTHER, 'third']]));
    await store.removeRun(RUN_ID);
    await makeRun(store);
    expect(await store.readSealed(RUN_ID)).toEqual(new Map());
  });
}
