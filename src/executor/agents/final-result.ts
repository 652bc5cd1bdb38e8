import type { Json, JsonObject, JsonSchema } from '../../domain/values/json.js';
import { unwrapRoot, withObjectRoot } from '../../domain/values/object-root.js';
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

/** An answer that is an object is the arguments themselves; any other one is an argument of its own. */
export function finalResult(schema: JsonSchema | undefined): FinalResult {
  const root = withObjectRoot(schema ?? { type: 'string', description: 'The answer, complete and in words.' }, ANSWER);
  return {
    function: { name: FINAL_RESULT, description, parameters: root.schema },
    answerIn: (args) => unwrapRoot(args, root),
  };
}
