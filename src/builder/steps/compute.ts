import type { JsonObject } from '../../domain/values/json.js';
import { guards, leaves, type Draft } from '../draft.js';
import type { Expression, Leaving } from '../step-options.js';
import { compact } from '../step-writer.js';

export interface ComputeOptions<Output extends string, Name extends string> extends Leaving<Output, Name> {
  expression: Expression;
}

export function compute(options: ComputeOptions<string, string>, draft: Draft): JsonObject {
  const expression = draft.write.expression(options.expression, '/expression');
  const { stepName: name } = options;
  return compact({ kind: 'compute', name, expression, ...leaves(options, draft), ...guards(options, draft) });
}
