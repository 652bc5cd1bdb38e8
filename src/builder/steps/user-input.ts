import type { JsonObject } from '../../domain/values/json.js';
import { guards, leaves, type Draft } from '../draft.js';
import type { Expression, Leaving, Schema, Value } from '../step-options.js';
import { compact } from '../step-writer.js';
import { asking, type Asking } from './asking.js';

export interface UserInputOptions<Output extends string, Name extends string> extends Leaving<Output, Name>, Asking {
  message: string;
  /** What to choose from: a list, or an expression that gives one. */
  options?: Expression | readonly Value[] | undefined;
  /** What the answer must look like. */
  schema?: Schema | undefined;
}

export function userInput(options: UserInputOptions<string, string>, draft: Draft): JsonObject {
  return compact({
    kind: 'user_input',
    name: options.stepName,
    message: options.message,
    options: options.options === undefined ? undefined : draft.write.list(options.options, '/options'),
    schema: draft.write.schema(options.schema, '/schema'),
    ...leaves(options, draft),
    ...asking(options, draft),
    ...guards(options, draft),
  });
}
