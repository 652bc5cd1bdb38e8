import { ExpressionError } from '../expression-error.js';
import { parseExpression, type Expression } from '../expression.js';
import type { JsonObject, JsonSchema } from '../json.js';
import { bareName, isVariableName } from '../names.js';
import type { Step } from '../plan.js';
import { stepBlocks, stepOutput } from '../plan-steps.js';
import { parseTemplate, templatesIn } from '../template.js';
import type { PlanScope } from './plan-scope.js';
import type { ProblemList } from './problem-list.js';

/** Names: every one that is used is defined before, and can be spelled in expressions. */
export class ReferenceRules {
  readonly #problems: ProblemList;
  /** Where each output name is made, wherever it is: to tell "later" from "nowhere". */
  readonly #madeAt = new Map<string, string>();

  constructor(problems: ProblemList) {
    this.#problems = problems;
  }

  collectOutputs(steps: Step[], at: string): void {
    for (const [index, step] of steps.entries()) {
      const output = stepOutput(step);
      if (output !== undefined) this.#madeAt.set(bareName(output), `${at}/${index}`);
      for (const block of stepBlocks(step)) this.collectOutputs(block.steps, `${at}/${index}${block.at}`);
    }
  }

  checkName(name: string, pointer: string): void {
    if (isVariableName(name)) return;
    this.#problems.warn('name', {
      message: `Expressions cannot refer to ${JSON.stringify(name)}; it works as an input only.`,
      pointer,
      fix: 'Use letters, digits and _, no digit first, and no name of a JSONata function.',
    });
  }

  checkUse(name: string, pointer: string, scope: PlanScope): void {
    if (scope.use(name)) return;
    const later = this.#madeAt.get(bareName(name));
    if (later === undefined) {
      const fix = 'Use an output of an earlier step, or declare it under plan_inputs.';
      this.#problems.error('unknown-reference', { message: `Nothing defines $${bareName(name)}.`, pointer, fix });
    } else {
      this.#problems.error('used-too-early', {
        message: `$${bareName(name)} does not exist here: it is made at ${later}.`,
        pointer,
        fix: 'Move the step that makes it before this one, outside of other blocks; a circle cannot be run.',
      });
    }
  }

  checkTemplates(values: JsonObject, pointer: string, scope: PlanScope): void {
    for (const template of templatesIn(values, pointer)) {
      this.#guardSyntax(template.pointer, () => {
        for (const part of parseTemplate(template.text)) {
          if (part.kind === 'expression') this.#checkReferences(part.expression, template.pointer, scope);
        }
      });
    }
  }

  /** Gives the type of the result, as far as it is known. */
  checkExpression(source: string, pointer: string, scope: PlanScope): JsonSchema | undefined {
    let type: JsonSchema | undefined;
    this.#guardSyntax(pointer, () => {
      const expression = parseExpression(source);
      this.#checkReferences(expression, pointer, scope);
      type = typeOfResult(expression, scope);
    });
    return type;
  }

  #guardSyntax(pointer: string, check: () => void): void {
    try {
      check();
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      this.#problems.error('expression', { message: `Character ${error.position}: ${error.message}`, pointer });
    }
  }

  #checkReferences(expression: Expression, pointer: string, scope: PlanScope): void {
    for (const name of expression.variables.keys()) this.checkUse(name, pointer, scope);
    for (const name of expression.functionValues) {
      if (!scope.use(name)) continue;
      this.#problems.error('name-of-function', {
        message: `In expressions $${name} is a function of JSONata, so the value of that name cannot be used here.`,
        pointer,
        fix: 'Give the value another name where it is made.',
      });
    }
  }
}

/** A JSON Schema that what the expression gives here fits; undefined when it is not known. */
export function typeOfResult({ result }: Expression, scope: PlanScope): JsonSchema | undefined {
  return result.schema ?? (result.variable === undefined ? undefined : scope.typeOf(result.variable));
}
