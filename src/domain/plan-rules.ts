import { assertNever, type Problem } from './errors.js';
import { ExpressionError, parseExpression, type Expression } from './expression.js';
import { bareName, isVariableName } from './names.js';
import type { JsonObject, JsonSchema } from './json.js';
import type { Plan, Step } from './plan.js';
import { stepBlocks, stepKind, stepOutput, toolsOfStep, type StepKind } from './plan-steps.js';
import { escapePointer, parseTemplate, templatesIn } from './template.js';

export interface PlanSurroundings {
  /** The tools that exist here: their arguments' schemas by id. Without it, tools are not judged. */
  tools?: ReadonlyMap<string, { inputSchema(): JsonSchema }> | undefined;
  /** Step kinds that can be run. Without it, all are fine. */
  kinds?: ReadonlySet<StepKind> | undefined;
}

/** What is judged of a plan. */
export type PlanContent = Pick<Plan, 'plan_inputs' | 'steps'>;

/** Everything that is wrong with a plan, at once, each with a pointer. Pure; an empty list means it can be run. */
export function checkPlan(plan: PlanContent, surroundings: PlanSurroundings = {}): Problem[] {
  const check = new PlanCheck(plan, surroundings);
  return check.run();
}

/** Names that a place in the plan can use; a block sees those around it. */
class Scope {
  readonly #names = new Map<string, { pointer: string; used: boolean }>();
  readonly #outer: Scope | undefined;

  constructor(outer?: Scope) {
    this.#outer = outer;
  }

  define(name: string, pointer: string): void {
    this.#names.set(bareName(name), { pointer, used: false });
  }

  use(name: string): boolean {
    const own = this.#names.get(bareName(name));
    if (own === undefined) return this.#outer?.use(name) ?? false;
    own.used = true;
    return true;
  }

  unused(): { name: string; pointer: string }[] {
    return [...this.#names]
      .filter(([, entry]) => !entry.used)
      .map(([name, entry]) => ({ name, pointer: entry.pointer }));
  }
}

class PlanCheck {
  readonly #plan: PlanContent;
  readonly #surroundings: PlanSurroundings;
  readonly #problems: Problem[] = [];
  /** Where each output name is made, wherever it is: to tell "later" from "nowhere". */
  readonly #madeAt = new Map<string, string>();

  constructor(plan: PlanContent, surroundings: PlanSurroundings) {
    this.#plan = plan;
    this.#surroundings = surroundings;
  }

  run(): Problem[] {
    const { plan_inputs: inputs, steps } = this.#plan;
    const scope = new Scope();
    if (steps.length === 0)
      this.#error('no-steps', { message: 'The plan has no steps.', pointer: '/steps', fix: 'Add at least one step.' });
    this.#collectOutputs(steps, '/steps');
    for (const [index, input] of inputs.entries()) {
      const pointer = `/plan_inputs/${index}/name`;
      if (inputs.findIndex((other) => bareName(other.name) === bareName(input.name)) !== index) {
        this.#error('duplicate-input', { message: `The plan input ${input.name} is declared twice.`, pointer });
      }
      this.#checkName(input.name, pointer);
      scope.define(input.name, pointer);
    }
    this.#checkSteps(steps, '/steps', scope);
    const last = steps.at(-1);
    const lastOutput = last === undefined ? undefined : stepOutput(last);
    for (const { name, pointer } of scope.unused()) {
      if (lastOutput !== undefined && bareName(lastOutput) === name) continue;
      this.#warn('unused', { message: `Nothing uses $${name}.`, pointer });
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

  #checkSteps(steps: Step[], at: string, scope: Scope): void {
    const outputs = new Map<string, string>();
    for (const [index, step] of steps.entries()) {
      const pointer = `${at}/${index}`;
      this.#checkKind(step, pointer);
      this.#checkGuards(step, pointer, scope);
      this.#checkContent(step, pointer, scope);
      for (const id of toolsOfStep(step)) this.#checkTool(id, pointer);
      const output = stepOutput(step);
      if (output === undefined) continue;
      this.#checkName(output, `${pointer}/output`);
      const guarded = `${bareName(output)}\n${step.when ?? ''}\n${step.condition ?? ''}`;
      if (outputs.has(guarded)) {
        this.#error('duplicate-output', {
          message: `Step ${index + 1} and step ${outputs.get(guarded)} both leave ${output} under the same condition.`,
          pointer: `${pointer}/output`,
          fix: 'Give one of them another output name or another condition.',
        });
      }
      outputs.set(guarded, String(index + 1));
      scope.define(output, `${pointer}/output`);
    }
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

  #checkGuards(step: Step, pointer: string, scope: Scope): void {
    if (step.when !== undefined && step.condition) {
      this.#error('two-conditions', {
        message: 'A step has when or condition, not both.',
        pointer: `${pointer}/condition`,
      });
    }
    if (step.when !== undefined) this.#checkExpression(step.when, `${pointer}/when`, scope);
  }

  #checkContent(step: Step, pointer: string, scope: Scope): void {
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
      case 'for_each':
      case 'while':
      case 'do_while':
        this.#checkBlocks(step, pointer, scope);
        return;
      default:
        assertNever(step);
    }
  }

  #checkBlocks(
    step: Extract<Step, { kind: 'if' | 'for_each' | 'while' | 'do_while' }>,
    at: string,
    scope: Scope,
  ): void {
    if (step.kind === 'for_each' && typeof step.over === 'string')
      this.#checkExpression(step.over, `${at}/over`, scope);
    if (step.kind === 'if') {
      for (const [index, branch] of step.branches.entries()) {
        if (branch.when !== undefined) this.#checkExpression(branch.when, `${at}/branches/${index}/when`, scope);
      }
    }
    for (const block of stepBlocks(step)) {
      // What a branch leaves is there after it; what an iteration leaves is not.
      const inner = step.kind === 'if' ? scope : new Scope(scope);
      if (step.kind === 'for_each') inner.define(step.as, `${at}/as`);
      this.#checkSteps(block.steps, `${at}${block.at}`, inner);
    }
  }

  #checkTemplates(values: JsonObject, pointer: string, scope: Scope): void {
    for (const template of templatesIn(values, pointer)) {
      this.#guardSyntax(template.pointer, () => {
        for (const part of parseTemplate(template.text)) {
          if (part.kind === 'expression') this.#checkReferences(part.expression, template.pointer, scope);
        }
      });
    }
  }

  #checkExpression(source: string, pointer: string, scope: Scope): void {
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

  #checkReferences(expression: Expression, pointer: string, scope: Scope): void {
    for (const name of expression.variables.keys()) this.#checkUse(name, pointer, scope);
  }

  #checkUse(name: string, pointer: string, scope: Scope): void {
    if (scope.use(name)) return;
    const later = this.#madeAt.get(bareName(name));
    if (later === undefined) {
      const fix = 'Use an output of an earlier step, or declare it under plan_inputs.';
      this.#error('unknown-reference', { message: `Nothing defines $${bareName(name)}.`, pointer, fix });
    } else {
      const what = `$${bareName(name)} is used before it exists: it is made at ${later}.`;
      this.#error('used-too-early', {
        message: what,
        pointer,
        fix: 'Move the step that makes it before this one; a circle cannot be run.',
      });
    }
  }

  #checkTool(id: string, pointer: string): void {
    const { tools } = this.#surroundings;
    if (tools === undefined || tools.has(id)) return;
    this.#error('unknown-tool', {
      message: `There is no tool ${id}.`,
      pointer: `${pointer}/tool_id`,
      fix: 'portia tools list',
    });
  }

  #checkArguments(id: string, args: JsonObject, pointer: string): void {
    const schema = this.#surroundings.tools?.get(id)?.inputSchema();
    if (schema === undefined) return;
    const properties = schema['properties'] ?? {};
    for (const name of Object.keys(args)) {
      if (Object.hasOwn(properties as object, name)) continue;
      const known = Object.keys(properties as object).join(', ') || 'none';
      this.#error('unknown-argument', {
        message: `${id} has no argument ${name}.`,
        pointer: `${pointer}/${escapePointer(name)}`,
        fix: `It has: ${known}.`,
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
