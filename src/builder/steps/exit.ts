import type { JsonObject } from '../../domain/values/json.js';
import { guards, type Draft } from '../draft.js';
import type { Common } from '../step-options.js';
import { compact } from '../step-writer.js';

export interface ExitOptions<Name extends string> extends Common<Name> {
  message?: string | undefined;
  /** Whether the run fails. Default false: it is complete. */
  error?: boolean | undefined;
}

export function exit(options: ExitOptions<string>, draft: Draft): JsonObject {
  const { stepName: name, message = '', error } = options;
  return compact({ kind: 'exit', name, message, error, ...guards(options, draft) });
}
