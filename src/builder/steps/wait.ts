import type { JsonObject } from '../../domain/values/json.js';
import { guards, namedOutput, type Draft } from '../draft.js';
import type { Common } from '../step-options.js';
import { compact } from '../step-writer.js';
import type { Reference } from '../reference.js';

export interface WaitOptions<Output extends string, Name extends string> extends Common<Name> {
  /** The time that is waited for, with its zone: `2026-12-01T09:00:00Z`. */
  until?: string | Reference | undefined;
  /** How long instead: `90s`, `2h`, `7d`. */
  for?: string | Reference | undefined;
  /** The name of the time that was waited for. Without it the step leaves nothing. */
  output?: Output | undefined;
}

export function wait(options: WaitOptions<string, string>, draft: Draft): JsonObject {
  const { stepName: name, until, for: length } = options;
  return compact({
    kind: 'wait',
    name,
    until: until === undefined ? undefined : draft.write.value(until, '/until'),
    for: length === undefined ? undefined : draft.write.value(length, '/for'),
    output: namedOutput(options, draft),
    ...guards(options, draft),
  });
}
