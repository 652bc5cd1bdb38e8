import { AsyncLocalStorage } from 'node:async_hooks';

/** What this process does, or did: a request of its owner, or the loading of a module. */
export interface Work {
  /** Id of the tool, when there is one. */
  tool: string | undefined;
  isOver: boolean;
}

const works = new AsyncLocalStorage<Work>();

/** Does the work; whatever it leaves behind, such as timers and sockets, belongs to it for ever. */
export async function doWork<Value>(tool: string | undefined, work: () => Promise<Value>): Promise<Value> {
  const own: Work = { tool, isOver: false };
  try {
    return await works.run(own, work);
  } finally {
    own.isOver = true;
  }
}

/** To what the code belongs that runs now; undefined where Node does not say. */
export function workOfThis(): Work | undefined {
  return works.getStore();
}
