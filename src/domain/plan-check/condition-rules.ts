import type { Branch } from '../plan/plan.js';
import type { PlanScope } from './plan-scope.js';
import type { ProblemList } from './problem-list.js';
import type { ReferenceRules } from './reference-rules.js';
import { clashOf } from '../values/value-types.js';

type Guarded = Pick<Branch, 'when' | 'condition'>;

/** Conditions: one each, of names that exist, and true or false. */
export class ConditionRules {
  readonly #problems: ProblemList;
  readonly #references: ReferenceRules;

  constructor(problems: ProblemList, references: ReferenceRules) {
    this.#problems = problems;
    this.#references = references;
  }

  check({ when, condition }: Guarded, pointer: string, scope: PlanScope): void {
    if (when !== undefined && condition) {
      this.#problems.error('two-conditions', {
        message: 'There is when or condition, not both.',
        pointer: `${pointer}/condition`,
        fix: 'Keep when for what can be computed, condition for what a model has to judge.',
      });
    }
    if (when !== undefined) this.#checkWhen(when, `${pointer}/when`, scope);
    if (condition) this.#references.checkTemplates({ condition }, pointer, scope);
    // The model that judges a sentence sees the values that it names.
    for (const [written, name = ''] of (condition ?? '').matchAll(/\$?([\p{L}_][\p{L}\p{N}_]*)/gu)) {
      scope.use(name);
      const isName = written.startsWith('$') && !written.startsWith('{');
      if (isName && !condition?.includes('{{')) {
        this.#references.secrets.refuse(name, { pointer: `${pointer}/condition`, scope });
      }
    }
  }

  require({ when, condition }: Guarded, pointer: string): void {
    if (when !== undefined || condition) return;
    this.#problems.error('no-condition', {
      message: 'It has neither when nor condition.',
      pointer,
      fix: 'Add "when": an expression that gives true or false, or "condition": a sentence.',
    });
  }

  #checkWhen(when: string, pointer: string, scope: PlanScope): void {
    const type = this.#references.checkBareOrTemplate(when, pointer, scope);
    const clash = type === undefined ? undefined : clashOf(type, { type: 'boolean' });
    if (clash === undefined) return;
    this.#problems.error('type-clash', {
      message: `The value of when ${clash}.`,
      pointer,
      fix: 'Write a comparison, such as "$count($list) > 0".',
    });
  }
}
