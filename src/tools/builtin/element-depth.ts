import type { Parser } from 'htmlparser2';

import { ContentRefused } from './content-refused.js';

export type ElementHandler = NonNullable<ConstructorParameters<typeof Parser>[0]>;

/** Elements in one another. Nothing that people read comes near it, and the work grows faster than the depth. */
const MAX_DEPTH = 500;

/** The same handler; it throws ContentRefused for elements that are too deep in one another. */
export function limitDepth(handler: ElementHandler): ElementHandler {
  let depth = 0;
  return {
    ...handler,
    onopentagname() {
      depth += 1;
      if (depth > MAX_DEPTH) throw new ContentRefused(`its elements are more than ${MAX_DEPTH} deep in one another`);
    },
    onclosetag(element, isImplied) {
      depth -= 1;
      handler.onclosetag?.(element, isImplied);
    },
  };
}
