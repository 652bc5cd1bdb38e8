import { bareName } from '../values/names.js';
import { isSecretSchema } from '../values/secret-values.js';
import type { PlanInput, Step } from '../plan/plan.js';
import type { PlanScope } from './plan-scope.js';
import type { ProblemList } from './problem-list.js';

/** A problem: a secret in a place where somebody or something would see it. */
export const SECRET_USE = 'secret-use';

/**
 * A secret in what the plan computes or gives. A run may have this: it has the placeholder there, says so in a warning,
 * and shows nothing of the secret.
 */
export const SECRET_VALUE = 'secret-value';

/** Secrets: answers and plan inputs that must never be recorded, so they may go to tools and nowhere else. */
export class SecretRules {
  readonly #problems: ProblemList;

  constructor(problems: ProblemList) {
    this.#problems = problems;
  }

  refuse(name: string, at: { pointer: string; scope: PlanScope; rule?: string }): void {
    if (!at.scope.isSecret(name)) return;
    const bare = bareName(name);
    this.#problems.error(at.rule ?? SECRET_USE, {
      message: `$${bare} is a secret: it may be used only in arguments of tool steps.`,
      pointer: at.pointer,
      fix: `Give it to the tool that needs it, alone or inside a text: {{ $${bare} }}`,
    });
  }

  checkInput({ name, schema, default: standard }: PlanInput, pointer: string): boolean {
    const isSecret = isSecretSchema(schema);
    if (isSecret && standard !== undefined) {
      this.#problems.error('secret-default', {
        message: `The plan input ${name} is a secret and has a default, which everybody who has the plan can read.`,
        pointer,
        fix: 'Remove the default; the value is given or asked for when the plan is run.',
      });
    }
    return isSecret;
  }

  /** Whether what the step leaves is a secret. */
  checkOutput(step: Step, pointer: string): boolean {
    if (step.kind !== 'user_input' || !isSecretSchema(step.schema)) return false;
    if (step.output_schema !== undefined) {
      this.#problems.error(SECRET_USE, {
        message: 'The answer is a secret, and no model may bring it into another form.',
        pointer: `${pointer}/output_schema`,
        fix: 'Remove output_schema: the answer has to fit schema.',
      });
    }
    if (step.options === undefined) return true;
    this.#problems.error('secret-options', {
      message: 'The answer is a secret, but its options would be shown.',
      pointer: `${pointer}/options`,
      fix: 'Remove the options, or format: password and writeOnly from the schema.',
    });
    return false;
  }
}
