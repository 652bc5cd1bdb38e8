import { createOwnEvaluator } from '../../app/evaluator.js';
import { ExpressionError, resultAsJson } from '../../domain/expressions/expression-error.js';
import { parseExpression } from '../../domain/expressions/expression.js';
import { isStored, type Run } from '../../domain/run/run.js';
import type { Json } from '../../domain/values/json.js';
import type { Collect } from '../../ui/partial-output.js';
import type { Session } from '../session/session.js';

/** Evaluates the `collect` of a loop with the values that the record of the run has. */
export function collectRecorded({ io }: Session, run: Run): Collect {
  const evaluate = createOwnEvaluator(io);
  const startedAt = run.metadata.created_at;
  return async (expression, names) => {
    // Without a prototype, so that a name like __proto__ is a name like any other.
    const values: Record<string, Json> = Object.create(null);
    try {
      const { source, variables, needs } = parseExpression(expression);
      for (const name of variables.keys()) {
        const output = names.get(name);
        if (output !== undefined && !isStored(output)) values[name] = output.value;
        else if (output !== undefined || needs.has(name)) return undefined;
      }
      return { value: resultAsJson(await evaluate(source, values, { startedAt }), source), summary: null };
    } catch (error) {
      // The run itself tells what is wrong with it.
      if (error instanceof ExpressionError) return undefined;
      throw error;
    }
  };
}
