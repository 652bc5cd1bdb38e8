import type { Json, JsonObject, JsonSchema } from '../../domain/values/json.js';
import type { ModelTool } from '../../models/model.js';

/** Name of the function by which an agent ends its work. */
export const FINAL_RESULT = 'final_result';

/** The function by which an agent ends its work, and how its answer is found in the arguments. */
export interface FinalResult {
  readonly function: ModelTool;
  /** Undefined when the arguments hold no answer. */
  answerIn(args: JsonObject): Json | undefined;
}

const ANSWER = 'result';
const description = 'Ends the work with the answer to the task. Call it alone, once all other results are there.';

/** Endpoints refuse them at the root of a function's parameters. */
const NO_ROOT_KEYS = ['$ref', 'allOf', 'anyOf', 'oneOf', 'not', 'enum', 'const'];

/** An answer that is an object is the arguments themselves; any other one is an argument of its own. */
export function finalResult(schema: JsonSchema | undefined): FinalResult {
  if (schema?.['type'] === 'object' && !NO_ROOT_KEYS.some((key) => key in schema)) {
    return { function: { name: FINAL_RESULT, description, parameters: schema }, answerIn: (args) => args };
  }
  const parameters = wrapSchema(schema ?? { type: 'string', description: 'The answer, complete and in words.' });
  return {
    function: { name: FINAL_RESULT, description, parameters },
    answerIn: (args) => (Object.hasOwn(args, ANSWER) ? args[ANSWER] : undefined),
  };
}

function wrapSchema({ $schema, $defs, definitions, ...schema }: JsonSchema): JsonSchema {
  return {
    ...($schema !== undefined && { $schema }),
    type: 'object',
    properties: { [ANSWER]: schema },
    required: [ANSWER],
    additionalProperties: false,
    // References to them start at the root.
    ...($defs !== undefined && { $defs }),
    ...(definitions !== undefined && { definitions }),
  };
}
