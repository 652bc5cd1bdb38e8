import type { JsonObject } from '../../domain/values/json.js';
import { guards, leaves, type Draft } from '../draft.js';
import type { Reference } from '../reference.js';
import type { Leaving, Value } from '../step-options.js';
import { compact } from '../step-writer.js';

export interface WaitForOptions<Output extends string, Name extends string> extends Leaving<Output, Name> {
  /** The name of the event, as `portia signal` tells it. */
  event: string | Reference;
  /** What the event must be about. Default: an event without a key. */
  key?: string | Reference | undefined;
  /** How long it is waited for at most: `90s`, `2h`, `7d`. */
  timeout?: string | Reference | undefined;
  /** After that time the step fails (default), or leaves this value. */
  onTimeout?: 'fail' | { value: Value } | undefined;
}

export function waitFor(options: WaitForOptions<string, string>, draft: Draft): JsonObject {
  const { stepName: name, event, key, timeout, onTimeout } = options;
  const { write } = draft;
  return compact({
    kind: 'wait_for',
    name,
    event: write.value(event, '/event'),
    key: key === undefined ? undefined : write.value(key, '/key'),
    timeout: timeout === undefined ? undefined : write.value(timeout, '/timeout'),
    on_timeout: onTimeout === undefined ? undefined : write.value(onTimeout, '/on_timeout'),
    ...leaves(options, draft),
    ...guards(options, draft),
  });
}
