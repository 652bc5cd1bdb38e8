import { assertNever, type Problem } from './errors.js';
import { ExpressionError } from './expression-error.js';
import { parseExpression, type Expression } from './expression.js';
import { depthOf, escapePointer, isJsonObject, MAX_DEPTH, type JsonObject, type JsonSchema } from './json.js';
import { bareName, isVariableName } from './names.js';
import type { BlockStep, Branch, IfStep, Plan, Step } from './plan.js';
import { PlanScope } from './plan-scope.js';
import { stepBlocks, stepKind, stepOutput, toolsOfStep, type StepKind } from './plan-steps.js';
import { parseTemplate, templatesIn } from './template.js';

export interface PlanSurroundings {
  /** The tools that exist here: their arguments' schemas by id. Without it, tools are not judged. */
  tools?: ReadonlyMap<string, { inputSchema(): JsonSchema }> | undefined;
  /** Step kinds that can be run. Without it, all are fine. */
  kinds?: ReadonlySet<StepKind> | undefined;
}

/** What is judged of a plan. */
export type PlanContent = Pick<Plan, 'plan_inputs' | 'steps'>;

/** Everything that is wrong with a plan, at once, each with a pointer. Pure; without errors it can be run. */
export function checkPlan(plan: PlanContent, surroundings: PlanSurroundings = {}): Problem[] {
  if (depthOf({ plan_inputs: plan.plan_inputs, steps: plan.steps }) > MAX_DEPTH) {
    const message = `The plan nests deeper than ${MAX_DEPTH} levels.`;
    return [
      { severity: 'error', rule: 'too-deep', message, pointer: '', fix: 'Move inner steps to a plan of their own.' },
    ];
  }
  return new PlanCheck(plan, surroundings).run();
}

class PlanCheck {
  readonly #plan: PlanContent;
  readonly #surroundings: PlanSurroundings;
  readonly #problems: Problem[] = [];
  /** Where each output name is made, wherever it is: to tell "later" from "nowhere". */
  readonly #madeAt = new Map<string, string>();
  readonly #inputs = new Set<string>();

  constructor(plan: PlanContent, surroundings: PlanSurroundings) {
    this.#plan = plan;
    this.#surroundings = surroundings;
  }

  run(): Problem[] {
    const { steps } = this.#plan;
    const scope = new PlanScope();
    if (steps.length === 0)
      this.#error('no-steps', { message: 'The plan has no steps.', pointer: '/steps', fix: 'Add at least one step.' });
    this.#collectOutputs(steps, '/steps');
    this.#checkInputs(scope);
    this.#checkSteps(steps, '/steps', scope);
    const results = new Set(lastOutputs(steps));
    for (const { name, pointer } of scope.unused()) {
      if (!results.has(name)) this.#warn('unused', { message: `Nothing uses $${name}.`, pointer });
    }
    return this.#problems;
  }

  #collectOutputs(steps: Step[], at: string): void {
    for (const [index, step] of steps.entries()) {
      const output = stepOutput(step);
      if (output !== undefined) this.#madeAt.set(bareName(output), `${at}/${index}`);
      for (const block of stepBlocks(step)) this.#collectOutputs(block.steps, `${at}/${index}${block.at}`);
    }
  }

  #checkInputs(scope: PlanScope): void {
    for (const [index, { name }] of this.#plan.plan_inputs.entries()) {
      const pointer = `/plan_inputs/${index}/name`;
      if (this.#inputs.has(bareName(name))) {
        const fix = 'Remove one of them; $x and x are the same name.';
        this.#error('duplicate-input', { message: `The plan input ${name} is declared twice.`, pointer, fix });
      }
      this.#inputs.add(bareName(name));
      this.#checkName(name, pointer);
      scope.define(name, pointer);
    }
  }

  #checkSteps(steps: Step[], at: string, scope: PlanScope): void {
    const outputs = new Map<string, number>();
    for (const [index, step] of steps.entries()) {
      const pointer = `${at}/${index}`;
      this.#checkKind(step, pointer);
      const isLoop = step.kind === 'while' || step.kind === 'do_while';
      if (!isLoop) this.#checkGuards(step, pointer, scope);
      this.#checkContent(step, pointer, scope);
      this.#checkTools(step, pointer);
      const output = stepOutput(step);
      if (output === undefined) continue;
      this.#checkOutput(output, { step, pointer, index, outputs });
      scope.define(output, `${pointer}/output`);
    }
  }

  #checkOutput(output: string, at: { step: Step; pointer: string; index: number; outputs: Map<string, number> }): void {
    const { step, index, outputs } = at;
    const pointer = `${at.pointer}/output`;
    this.#checkName(output, pointer);
    if (this.#inputs.has(bareName(output))) {
      const message = `Step ${index + 1} leaves ${output}, which is a plan input.`;
      this.#error('duplicate-output', { message, pointer, fix: 'Give the output another name.' });
    }
    const guarded = JSON.stringify([bareName(output), step.when ?? '', step.condition ?? '']);
    const first = outputs.get(guarded);
    if (first !== undefined) {
      this.#error('duplicate-output', {
        message: `Step ${index + 1} and step ${first + 1} both leave ${output} under the same condition.`,
        pointer,
        fix: 'Give one of them another output name or another condition.',
      });
    }
    outputs.set(guarded, index);
  }

  #checkKind(step: Step, pointer: string): void {
    const { kinds } = this.#surroundings;
    const kind = stepKind(step);
    if (kinds === undefined || kinds.has(kind)) return;
    const can = [...kinds].map((name) => (name === 'agent' ? 'a step without kind' : name)).join(', ');
    this.#error('unknown-kind', {
      message: `This version cannot run steps of kind ${kind}.`,
      pointer: `${pointer}/kind`,
      fix: `It runs: ${can}.`,
    });
  }

  #checkGuards(owner: Pick<Branch, 'when' | 'condition'>, pointer: string, scope: PlanScope): void {
    if (owner.when !== undefined && owner.condition) {
      this.#error('two-conditions', {
        message: 'There is when or condition, not both.',
        pointer: `${pointer}/condition`,
        fix: 'Keep when for what can be computed, condition for what a model has to judge.',
      });
    }
    if (owner.when !== undefined) this.#checkExpression(owner.when, `${pointer}/when`, scope);
    // Whoever judges a sentence is shown the values that it names.
    for (const [, name = ''] of (owner.condition ?? '').matchAll(/\$?([\p{L}_][\p{L}\p{N}_]*)/gu)) scope.use(name);
  }

  #requireGuard(owner: Pick<Branch, 'when' | 'condition'>, pointer: string): void {
    if (owner.when !== undefined || owner.condition) return;
    this.#error('no-condition', {
      message: 'It has neither when nor condition.',
      pointer,
      fix: 'Add "when": an expression that gives true or false, or "condition": a sentence.',
    });
  }

  #checkContent(step: Step, pointer: string, scope: PlanScope): void {
    switch (step.kind) {
      case undefined:
      case 'llm':
      case 'react':
        for (const [index, input] of step.inputs.entries()) {
          this.#checkUse(input.name, `${pointer}/inputs/${index}/name`, scope);
        }
        this.#checkTemplates({ task: step.task }, pointer, scope);
        return;
      case 'tool':
        this.#checkTemplates(step.args, `${pointer}/args`, scope);
        this.#checkArguments(step.tool_id, step.args, `${pointer}/args`);
        return;
      case 'compute':
        this.#checkExpression(step.expression, `${pointer}/expression`, scope);
        return;
      case 'user_input':
      case 'user_verify':
      case 'exit':
        this.#checkTemplates({ message: step.message }, pointer, scope);
        return;
      case 'plan':
        this.#checkTemplates(step.inputs, `${pointer}/inputs`, scope);
        return;
      case 'if':
        this.#checkBranches(step, pointer, scope);
        return;
      case 'for_each':
      case 'while':
      case 'do_while':
        this.#checkLoop(step, pointer, scope);
        return;
      default:
        assertNever(step);
    }
  }

  /** What a branch leaves is there after it, but not in the other branches. */
  #checkBranches(step: IfStep, at: string, scope: PlanScope): void {
    for (const [index, branch] of step.branches.entries()) {
      const pointer = `${at}/branches/${index}`;
      this.#requireGuard(branch, pointer);
      this.#checkGuards(branch, pointer, scope);
    }
    const left = stepBlocks(step).map((block) => {
      const inner = new PlanScope(scope);
      this.#checkSteps(block.steps, `${at}${block.at}`, inner);
      return inner;
    });
    for (const inner of left) scope.adopt(inner);
  }

  /** What an iteration leaves is not there after the loop, but for the condition that ends it. */
  #checkLoop(step: Exclude<BlockStep, IfStep>, at: string, scope: PlanScope): void {
    const inner = new PlanScope(scope);
    if (step.kind === 'for_each') {
      if (typeof step.over === 'string') this.#checkExpression(step.over, `${at}/over`, scope);
      this.#checkName(step.as, `${at}/as`);
      inner.define(step.as, `${at}/as`);
    } else this.#requireGuard(step, at);
    this.#checkSteps(step.steps, `${at}/steps`, inner);
    if (step.kind !== 'for_each') this.#checkGuards(step, at, inner);
  }

  #checkTemplates(values: JsonObject, pointer: string, scope: PlanScope): void {
    for (const template of templatesIn(values, pointer)) {
      this.#guardSyntax(template.pointer, () => {
        for (const part of parseTemplate(template.text)) {
          if (part.kind === 'expression') this.#checkReferences(part.expression, template.pointer, scope);
        }
      });
    }
  }

  #checkExpression(source: string, pointer: string, scope: PlanScope): void {
    this.#guardSyntax(pointer, () => this.#checkReferences(parseExpression(source), pointer, scope));
  }

  #guardSyntax(pointer: string, check: () => void): void {
    try {
      check();
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      this.#error('expression', { message: `Character ${error.position}: ${error.message}`, pointer });
    }
  }

  #checkReferences(expression: Expression, pointer: string, scope: PlanScope): void {
    for (const name of expression.variables.keys()) this.#checkUse(name, pointer, scope);
    for (const name of expression.functionValues) {
      if (!scope.use(name)) continue;
      this.#error('name-of-function', {
        message: `In expressions $${name} is a function of JSONata, so the value of that name cannot be used here.`,
        pointer,
        fix: 'Give the value another name where it is made.',
      });
    }
  }

  #checkUse(name: string, pointer: string, scope: PlanScope): void {
    if (scope.use(name)) return;
    const later = this.#madeAt.get(bareName(name));
    if (later === undefined) {
      const fix = 'Use an output of an earlier step, or declare it under plan_inputs.';
      this.#error('unknown-reference', { message: `Nothing defines $${bareName(name)}.`, pointer, fix });
    } else {
      this.#error('used-too-early', {
        message: `$${bareName(name)} does not exist here: it is made at ${later}.`,
        pointer,
        fix: 'Move the step that makes it before this one, outside of other blocks; a circle cannot be run.',
      });
    }
  }

  #checkTools(step: Step, pointer: string): void {
    const { tools } = this.#surroundings;
    if (tools === undefined) return;
    for (const [index, id] of toolsOfStep(step).entries()) {
      if (tools.has(id)) continue;
      this.#error('unknown-tool', {
        message: `There is no tool ${id}.`,
        pointer: step.kind === 'react' ? `${pointer}/tools/${index}` : `${pointer}/tool_id`,
        fix: 'portia tools list',
      });
    }
  }

  #checkArguments(id: string, args: JsonObject, pointer: string): void {
    const schema = this.#surroundings.tools?.get(id)?.inputSchema();
    if (schema === undefined) return;
    const known = namedArguments(schema);
    for (const name of Object.keys(args)) {
      if (known === undefined || known.has(name)) continue;
      this.#error('unknown-argument', {
        message: `${id} has no argument ${name}.`,
        pointer: `${pointer}/${escapePointer(name)}`,
        fix: `It has: ${[...known].join(', ') || 'none'}.`,
      });
    }
    const required = Array.isArray(schema['required']) ? schema['required'] : [];
    for (const name of required) {
      if (typeof name !== 'string' || Object.hasOwn(args, name)) continue;
      this.#warn('asks', {
        message: `${id} needs ${name}, which the plan does not give: the run will ask for it.`,
        pointer,
      });
    }
  }

  #checkName(name: string, pointer: string): void {
    if (isVariableName(name)) return;
    const message = `Expressions cannot refer to ${JSON.stringify(name)}; it works as an input only.`;
    this.#warn('name', {
      message,
      pointer,
      fix: 'Use letters, digits and _, no digit first, and no name of a JSONata function.',
    });
  }

  #error(rule: string, at: { pointer: string; message: string; fix?: string }): void {
    this.#problems.push({ severity: 'error', rule, ...at });
  }

  #warn(rule: string, at: { pointer: string; message: string; fix?: string }): void {
    this.#problems.push({ severity: 'warning', rule, ...at });
  }
}

/** Names of what the steps end with: nobody needs to use that. */
function lastOutputs(steps: Step[]): string[] {
  const last = steps.at(-1);
  if (last === undefined) return [];
  if (last.kind === 'if') return stepBlocks(last).flatMap((block) => lastOutputs(block.steps));
  const output = stepOutput(last);
  return output === undefined ? [] : [bareName(output)];
}

/** Everything in a schema that may allow an argument without naming it under `properties`. */
const OPEN_KEYS = ['$ref', 'allOf', 'anyOf', 'oneOf', 'if', 'patternProperties', 'unevaluatedProperties'];

/** The only arguments that a schema knows; undefined when it does not say. */
function namedArguments(schema: JsonSchema): Set<string> | undefined {
  const { properties, additionalProperties = null } = schema;
  if (OPEN_KEYS.some((key) => key in schema)) return undefined;
  const named = isJsonObject(properties) ? Object.keys(properties) : [];
  const isClosed = additionalProperties === false || (additionalProperties === null && named.length > 0);
  return isClosed ? new Set(named) : undefined;
}
