import { describeFailure, ExpressionError } from '../domain/expressions/expression-error.js';
import { parseBareOrTemplate } from '../domain/expressions/template.js';
import type { PolicyRule } from '../domain/values/policies.js';

/** A sentence for each case of the rules whose expression can never be judged: about its calls, a person is asked. */
export function brokenRules(rules: readonly PolicyRule[]): string[] {
  return rules.flatMap(({ policy, source }) => {
    if (typeof policy === 'string') return [];
    return policy.flatMap(({ when }, index) => {
      const problem = problemOf(when);
      return problem === undefined
        ? []
        : [`The rule ${source}[${index}] cannot be judged, so a person is asked about such calls. ${problem}`];
    });
  });
}

function problemOf(when: string): string | undefined {
  try {
    const unknown = [...parseBareOrTemplate(when).needs].find((name) => name !== 'args');
    if (unknown === undefined) return undefined;
    return `The expression ${JSON.stringify(when)} uses $${unknown}, and a rule sees only $args.`;
  } catch (error) {
    if (error instanceof ExpressionError) return describeFailure(error, when);
    throw error;
  }
}
