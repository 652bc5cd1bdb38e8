import { assertNever } from '../errors.js';
import type { Json, JsonSchema } from '../values/json.js';
import { bareName } from '../values/names.js';
import {
  EXHAUSTED,
  outputTypeOf,
  passingBlocks,
  setsExhausted,
  stepBlocks,
  stepOutput,
  toolsOfStep,
} from '../plan/plan-steps.js';
import { LLM_TOOL } from '../plan/llm-tool.js';
import { placeOf } from '../plan/step-path.js';
import type { ForEachStep, IfStep, Step, WhileStep } from '../plan/plan.js';
import { itemTypeOf } from '../plan/step-kinds/for-each.js';
import { textsOf } from '../plan/step-kinds/model-work.js';
import type { TypeSources } from '../plan/step-kinds/step-kind.js';
import { kindOf } from '../plan/step-kinds/step-kinds.js';
import { privateNames } from '../plan/private-data.js';
import { ConditionRules } from './condition-rules.js';
import { checkFlow, checkResult } from './flow-rules.js';
import { checkKeys, checkPlanKeys } from './key-rules.js';
import { notePlan } from './plan-notes.js';
import { PlanScope } from './plan-scope.js';
import { ProblemList } from './problem-list.js';
import { ReferenceRules } from './reference-rules.js';
import { SECRET_VALUE } from './secret-rules.js';
import { SubPlanRules, type CheckedPlan, type Nesting } from './sub-plan-rules.js';
import type { PlanContent, KnownToolsAndPlans } from './known-tools-and-plans.js';
import { ToolRules } from './tool-rules.js';
import { checkWrites } from './writes-rules.js';

/** What a step says of the value that it leaves, beside its own schema. */
type Found = Omit<TypeSources, 'tools'>;

const NOTHING: Found = { expression: undefined, plan: undefined };

/** One walk through a plan, in the written order, with the names that exist at each place. */
export class PlanCheck {
  readonly #plan: PlanContent;
  readonly #known: KnownToolsAndPlans;
  /** Pointer of the plan in its document. */
  readonly #at: string;
  readonly #problems = new ProblemList();
  readonly #references = new ReferenceRules(this.#problems);
  readonly #conditions = new ConditionRules(this.#problems, this.#references);
  readonly #tools: ToolRules | undefined;
  readonly #subPlans: SubPlanRules;
  readonly #inputs = new Set<string>();

  constructor(plan: PlanContent, known: KnownToolsAndPlans, place: { at: string; nesting: Nesting }) {
    const { tools, plans, hasOtherTools = false } = known;
    this.#plan = plan;
    this.#known = known;
    this.#at = place.at;
    this.#tools = tools === undefined ? undefined : new ToolRules(this.#problems, tools, hasOtherTools);
    this.#subPlans = new SubPlanRules({
      problems: this.#problems,
      plans,
      nesting: place.nesting,
      check: (inner, at, nesting) => new PlanCheck(inner, known, { at, nesting }).run(),
    });
  }

  run(): CheckedPlan {
    const { steps } = this.#plan;
    const pointer = `${this.#at}/steps`;
    const scope = new PlanScope();
    if (steps.length === 0) {
      this.#problems.error('no-steps', { message: 'The plan has no steps.', pointer, fix: 'Add at least one step.' });
    }
    this.#references.collectOutputs(steps, pointer);
    checkPlanKeys(this.#plan, this.#at, this.#problems);
    this.#checkInputs(scope);
    this.#checkSteps(steps, pointer, scope);
    this.#checkUnused(scope, new Set(lastOutputs(steps)));
    for (const name of lastOutputs(steps)) {
      const at = `${pointer}/${steps.length - 1}/output`;
      this.#references.secrets.refuse(name, { pointer: at, scope, rule: SECRET_VALUE });
    }
    checkFlow(steps, pointer, this.#problems);
    checkResult(steps, pointer, this.#problems);
    this.#note(steps, pointer);
    return { problems: this.#problems.all, depth: this.#subPlans.depth };
  }

  #note(steps: Step[], pointer: string): void {
    const { tools, plans = new Map() } = this.#known;
    const names = tools === undefined ? new Set<string>() : privateNames(steps, [], { tools, plans });
    notePlan(steps, pointer, { problems: this.#problems, tools, privateNames: names });
  }

  #checkUnused(scope: PlanScope, results: ReadonlySet<string>): void {
    for (const { name, pointer } of scope.unused()) {
      if (!results.has(name)) this.#problems.warn('unused', { message: `Nothing uses $${name}.`, pointer });
    }
  }

  #checkInputs(scope: PlanScope): void {
    for (const [index, input] of this.#plan.plan_inputs.entries()) {
      const { name, schema } = input;
      const pointer = `${this.#at}/plan_inputs/${index}/name`;
      if (this.#inputs.has(bareName(name))) {
        const fix = 'Remove one of them; $x and x are the same name.';
        this.#problems.error('duplicate-input', { message: `The plan input ${name} is declared twice.`, pointer, fix });
      }
      this.#inputs.add(bareName(name));
      this.#references.checkName(name, pointer);
      const secret = this.#references.secrets.checkInput(input, `${this.#at}/plan_inputs/${index}/default`);
      scope.define(name, pointer, { type: schema, secret });
    }
  }

  #checkSteps(steps: Step[], at: string, scope: PlanScope): void {
    const outputs = new Map<string, string>();
    for (const [index, step] of steps.entries()) {
      const pointer = `${at}/${index}`;
      checkKeys(step, pointer, this.#problems);
      if (!kindOf(step).decidesRounds) this.#conditions.check(step, pointer, scope);
      const found = this.#checkContent(step, pointer, scope);
      this.#tools?.checkTools(step, pointer);
      checkWrites(step, pointer, { problems: this.#problems, tools: this.#known.tools });
      if (setsExhausted(step)) {
        scope.define(EXHAUSTED, pointer, { type: { type: 'boolean' } });
        // Nobody has to use the value that says whether the limit was reached.
        scope.use(EXHAUSTED);
      }
      const output = stepOutput(step);
      if (output === undefined) continue;
      this.#checkOutput(output, { step, pointer, outputs });
      const type = outputTypeOf(step, { ...found, tools: this.#known.tools });
      const secret = this.#references.secrets.checkOutput(step, `${pointer}/options`);
      scope.define(output, `${pointer}/output`, { type, secret });
      // Its effect is its purpose.
      if (this.#acts(step)) scope.use(output);
    }
  }

  #acts(step: Step): boolean {
    const { tools } = this.#known;
    return toolsOfStep(step).some((id) => (tools?.get(id)?.effect ?? 'read') !== 'read');
  }

  #checkOutput(output: string, at: { step: Step; pointer: string; outputs: Map<string, string> }): void {
    const { step, outputs } = at;
    const pointer = `${at.pointer}/output`;
    this.#references.checkName(output, pointer);
    if (this.#inputs.has(bareName(output))) {
      const message = `This step leaves ${output}, which is a plan input.`;
      this.#problems.error('duplicate-output', { message, pointer, fix: 'Give the output another name.' });
    }
    const guarded = JSON.stringify([bareName(output), step.when ?? '', step.condition ?? '']);
    const first = outputs.get(guarded);
    if (first !== undefined) {
      this.#problems.error('duplicate-output', {
        message: `This step and ${placeOf(first)} both leave ${output} under the same condition.`,
        pointer,
        fix: 'Give one of them another output name or another condition.',
      });
    }
    outputs.set(guarded, at.pointer);
  }

  #checkContent(step: Step, pointer: string, scope: PlanScope): Found {
    switch (step.kind) {
      case undefined:
      case 'llm':
      case 'react':
        for (const [index, input] of step.inputs.entries()) {
          const at = `${pointer}/inputs/${index}/name`;
          this.#references.checkUse(input.name, at, scope);
          this.#references.secrets.refuse(input.name, { pointer: at, scope });
        }
        this.#references.checkTemplates(textsOf(step), pointer, scope);
        return NOTHING;
      case 'tool':
        // The arguments of this tool go to a model.
        this.#references.checkTemplates(step.args, `${pointer}/args`, { scope, maySecret: step.tool_id !== LLM_TOOL });
        this.#tools?.checkArguments(step, `${pointer}/args`, scope);
        return NOTHING;
      case 'compute':
        return {
          ...NOTHING,
          expression: this.#references.checkExpression(step.expression, `${pointer}/expression`, scope),
        };
      case 'user_input':
        this.#checkOptions(step.options, pointer, scope);
        this.#references.checkTemplates({ message: step.message }, pointer, scope);
        return NOTHING;
      case 'user_verify':
      case 'exit':
        this.#references.checkTemplates({ message: step.message }, pointer, scope);
        return NOTHING;
      case 'plan':
        this.#references.checkTemplates(step.inputs, `${pointer}/inputs`, { scope, maySecret: true });
        return { ...NOTHING, plan: this.#subPlans.check(step, pointer, scope) };
      case 'if':
        this.#checkBranches(step, pointer, scope);
        return NOTHING;
      case 'for_each':
      case 'while':
      case 'do_while':
        this.#checkLoop(step, pointer, scope);
        return NOTHING;
      default:
        return assertNever(step);
    }
  }

  #checkOptions(options: string | Json[] | undefined, pointer: string, scope: PlanScope): void {
    const isList = typeof options === 'string' && /^[^$"'[{(]*,/.test(options);
    if (isList) {
      this.#problems.error('expression', {
        message: 'Options are a list, or an expression that gives one.',
        pointer: `${pointer}/options`,
        fix: `Write ${JSON.stringify(options.split(',').map((option) => option.trim()))}.`,
      });
    } else if (typeof options === 'string') this.#references.checkBareOrTemplate(options, `${pointer}/options`, scope);
    else if (options !== undefined) this.#references.checkTemplates({ options }, pointer, scope);
  }

  /** What a branch leaves is there after it, but not in the other branches. */
  #checkBranches(step: IfStep, at: string, scope: PlanScope): void {
    for (const [index, branch] of step.branches.entries()) {
      const pointer = `${at}/branches/${index}`;
      this.#conditions.require(branch, pointer);
      this.#conditions.check(branch, pointer, scope);
    }
    const left = stepBlocks(step).map((block) => {
      const inner = new PlanScope(scope);
      this.#checkSteps(block.steps, `${at}${block.at}`, inner);
      return inner;
    });
    for (const inner of left) scope.adopt(inner);
  }

  /** What an iteration leaves is not there after the loop, but for the condition that ends it. */
  #checkLoop(step: ForEachStep | WhileStep, at: string, scope: PlanScope): void {
    // A round may see what the one before it left, under a name that is also around the loop.
    const left = step.kind === 'for_each' ? [] : namesLeftBy(step.steps);
    const inner = new PlanScope(scope, new Set(left.filter((name) => scope.has(name))));
    if (step.kind === 'for_each') {
      const list = this.#checkOver(step.over, at, scope);
      this.#references.checkName(step.as, `${at}/as`);
      inner.define(step.as, `${at}/as`, { type: itemTypeOf(step, list) });
    } else this.#conditions.require(step, at);
    this.#checkSteps(step.steps, `${at}/steps`, inner);
    if (step.kind !== 'for_each') {
      if (step.kind === 'while') this.#checkFirstLook(step, at, scope);
      this.#conditions.check(step, at, inner);
    }
    if (step.collect !== undefined) this.#references.checkExpression(step.collect, `${at}/collect`, inner);
    scope.remake(namesLeftBy(step.steps), at);
    const carried = step.kind === 'for_each' ? [bareName(step.as)] : left.filter((name) => scope.has(name));
    this.#checkUnused(inner, new Set([...lastOutputs(step.steps), ...carried]));
  }

  /** A `while` looks before its first round, when its own steps have made nothing. */
  #checkFirstLook({ when, steps }: WhileStep, at: string, scope: PlanScope): void {
    if (when === undefined) return;
    const made = new Set(namesLeftBy(steps).filter((name) => !scope.has(name)));
    const name = this.#references.namesOf(when).find((used) => made.has(used));
    if (name === undefined) return;
    this.#problems.warn('looks-too-early', {
      message: `$${name} does not exist at the first look: only the steps of this loop make it.`,
      pointer: `${at}/when`,
      fix: 'Use "kind": "do_while", which looks after each round, or make the value before the loop.',
    });
  }

  #checkOver(over: string | Json[], at: string, scope: PlanScope): JsonSchema | undefined {
    if (typeof over === 'string') return this.#references.checkBareOrTemplate(over, `${at}/over`, scope);
    this.#references.checkTemplates({ over }, at, scope);
    return undefined;
  }
}

/** Names of the outputs that the steps end with: nothing needs to use them. */
function lastOutputs(steps: Step[]): string[] {
  const last = steps.at(-1);
  if (last === undefined) return [];
  const inside = passingBlocks(last).flatMap((block) => lastOutputs(block.steps));
  const output = stepOutput(last);
  return output === undefined ? inside : [bareName(output), ...inside];
}

/** Names that a round leaves: its own steps' and those of its branches. */
function namesLeftBy(steps: Step[]): string[] {
  return steps.flatMap((step) => {
    const output = stepOutput(step);
    const branches = passingBlocks(step).flatMap((block) => namesLeftBy(block.steps));
    return output === undefined ? branches : [bareName(output), ...branches];
  });
}
