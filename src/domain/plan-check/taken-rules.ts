import type { JsonSchema } from '../values/json.js';
import type { Step } from '../plan/plan.js';
import type { NameSource } from '../plan/step-kinds/step-kind.js';
import { kindOf } from '../plan/step-kinds/step-kinds.js';
import type { PlanScope } from './plan-scope.js';
import type { ProblemList } from './problem-list.js';
import type { ReferenceRules } from './reference-rules.js';

/** What a step takes: its names exist, its expressions and templates can be read. */
export class TakenRules {
  readonly #problems: ProblemList;
  readonly #references: ReferenceRules;

  constructor(problems: ProblemList, references: ReferenceRules) {
    this.#problems = problems;
    this.#references = references;
  }

  /** Gives the type of the expression that the step has, when it has one, as far as that is known. */
  check(step: Step, pointer: string, scope: PlanScope): JsonSchema | undefined {
    const types = kindOf(step)
      .takes(step)
      .map((source) => this.#checkSource(source, `${pointer}${source.at}`, scope));
    return types.find((type) => type !== undefined);
  }

  #checkSource(source: NameSource, pointer: string, scope: PlanScope): JsonSchema | undefined {
    if ('expression' in source) return this.#references.checkExpression(source.expression, pointer, scope);
    if ('list' in source) return this.#checkList(source.list, pointer, scope);
    if ('names' in source) {
      for (const [index, name] of source.names.entries()) this.#checkName(name, `${pointer}/${index}/name`, scope);
    } else {
      const { templates, maySecret = false } = source;
      this.#references.checkTemplates(templates, pointer, { scope, maySecret });
    }
    return undefined;
  }

  #checkName(name: string, pointer: string, scope: PlanScope): void {
    this.#references.checkUse(name, pointer, { scope, isNeeded: true });
    this.#references.secrets.refuse(name, { pointer, scope });
  }

  #checkList(list: string, pointer: string, scope: PlanScope): JsonSchema | undefined {
    const isWrittenOut = /^[^$"'[{(]*,/.test(list);
    if (!isWrittenOut) return this.#references.checkBareOrTemplate(list, pointer, scope);
    this.#problems.error('expression', {
      message: 'This is a list, or an expression that gives one.',
      pointer,
      fix: `Write ${JSON.stringify(list.split(',').map((item) => item.trim()))}.`,
    });
    return undefined;
  }
}
