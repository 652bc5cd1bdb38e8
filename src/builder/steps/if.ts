import type { JsonObject } from '../../domain/values/json.js';
import { guards, type Draft } from '../draft.js';
import type { Common } from '../step-options.js';
import { compact } from '../step-writer.js';

/** A choice without its branches. */
export function choice(options: Common<string>, draft: Draft): JsonObject {
  return compact({ kind: 'if', name: options.stepName, ...guards(options, draft) });
}
