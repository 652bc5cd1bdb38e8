import type { JsonSchema } from '../values/json.js';
import { bareName } from '../values/names.js';
import {
  FAILURE,
  EXHAUSTED,
  FAILURES,
  insteadOf,
  keepsFailedItems,
  outputTypeOf,
  passingBlocks,
  setsExhausted,
  stepOutput,
  toolsOfStep,
  workBlocks,
} from '../plan/plan-steps.js';
import { placeOf } from '../plan/step-path.js';
import type { Step, WhileStep } from '../plan/plan.js';
import type { StepBlock, TypeSources } from '../plan/step-kinds/step-kind.js';
import { kindOf } from '../plan/step-kinds/step-kinds.js';
import { privateNames } from '../plan/private-data.js';
import { checkAgent } from './agent-rules.js';
import { checkAsking } from './asking-rules.js';
import { ConditionRules } from './condition-rules.js';
import { checkFlow, checkResult, endsRun } from './flow-rules.js';
import { checkHandlerIsUsed } from './handler-rules.js';
import { checkKeys, checkPlanKeys } from './key-rules.js';
import { notePlan } from './plan-notes.js';
import { PlanScope } from './plan-scope.js';
import { ProblemList } from './problem-list.js';
import { ReferenceRules } from './reference-rules.js';
import { SECRET_VALUE } from './secret-rules.js';
import { SubPlanRules, type CheckedPlan, type Nesting } from './sub-plan-rules.js';
import type { PlanContent, KnownToolsAndPlans } from './known-tools-and-plans.js';
import { TakenRules } from './taken-rules.js';
import { ToolRules } from './tool-rules.js';
import { checkWait } from './wait-rules.js';
import { checkWrites } from './writes-rules.js';

/** What a step says of the value that it leaves, beside its own schema. */
type Found = Omit<TypeSources, 'tools'>;

/** One walk through a plan, in the written order, with the names that exist at each place. */
export class PlanCheck {
  readonly #plan: PlanContent;
  readonly #known: KnownToolsAndPlans;
  /** Pointer of the plan in its document. */
  readonly #at: string;
  readonly #problems = new ProblemList();
  readonly #references = new ReferenceRules(this.#problems);
  readonly #conditions = new ConditionRules(this.#problems, this.#references);
  readonly #taken = new TakenRules(this.#problems, this.#references);
  readonly #tools: ToolRules | undefined;
  readonly #subPlans: SubPlanRules;
  readonly #inputs = new Set<string>();

  constructor(plan: PlanContent, known: KnownToolsAndPlans, place: { at: string; nesting: Nesting }) {
    const { tools, plans } = known;
    this.#plan = plan;
    this.#known = known;
    this.#at = place.at;
    this.#tools = tools === undefined ? undefined : new ToolRules(this.#problems, tools, known);
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
    checkResult(steps, pointer, { tools: this.#known.tools, problems: this.#problems });
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
      checkAgent(step, pointer, this.#problems);
      checkHandlerIsUsed(step, pointer, this.#problems);
      checkWait(step, pointer, this.#problems);
      checkWrites(step, pointer, { problems: this.#problems, tools: this.#known.tools });
      if (setsExhausted(step)) defineUsed(EXHAUSTED, pointer, { scope, type: { type: 'boolean' } });
      if (keepsFailedItems(step)) defineUsed(FAILURES, pointer, { scope, type: FAILURES_TYPE });
      checkAsking(step, pointer, { problems: this.#problems, tools: this.#known.tools });
      const handled = insteadOf(step).map((block) => this.#checkInstead(block, pointer, scope));
      const output = stepOutput(step);
      if (output !== undefined) {
        this.#checkOutput(output, { step, pointer, outputs });
        const type = outputTypeOf(step, { ...found, tools: this.#known.tools });
        const secret = this.#references.secrets.checkOutput(step, pointer);
        scope.define(output, `${pointer}/output`, { type, secret });
        // Its effect is its purpose.
        if (this.#acts(step)) scope.use(output);
      }
      leaveInstead(step, pointer, { scope, handled });
    }
  }

  /** What is done instead of the step; it does not see what the step would have left. Gives the names that it makes. */
  #checkInstead({ at, steps }: StepBlock, pointer: string, scope: PlanScope): PlanScope {
    const around = new PlanScope(scope);
    defineUsed(FAILURE, pointer, { scope: around, type: FAILURE_TYPE });
    const inner = new PlanScope(around);
    this.#checkSteps(steps, `${pointer}${at}`, inner);
    return inner;
  }

  #acts(step: Step): boolean {
    const { tools } = this.#known;
    return toolsOfStep(step).some((id) => (tools?.get(id)?.effect ?? 'read') !== 'read');
  }

  #checkOutput(output: string, at: { step: Step; pointer: string; outputs: Map<string, string> }): void {
    const { step, outputs } = at;
    const pointer = `${at.pointer}/output`;
    const name = bareName(output);
    this.#references.checkName(output, pointer);
    if (this.#inputs.has(name)) {
      const message = `This step leaves ${output}, which is a plan input.`;
      this.#problems.error('duplicate-output', { message, pointer, fix: 'Give the output another name.' });
    }
    const isAlways = step.when === undefined && step.condition === undefined;
    const guarded = isAlways ? name : JSON.stringify([name, step.when ?? '', step.condition ?? '']);
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
    const expression = this.#taken.check(step, pointer, scope);
    if (step.kind === 'tool') this.#tools?.checkArguments(step, `${pointer}/args`, scope);
    if (kindOf(step).isLoop) this.#checkLoop(step, { pointer, scope, list: expression });
    else this.#checkBlocks(workBlocks(step), pointer, scope);
    return { expression, plan: step.kind === 'plan' ? this.#subPlans.check(step, pointer, scope) : undefined };
  }

  /** What a block leaves is there after the step, but not in the other blocks. */
  #checkBlocks(blocks: StepBlock[], at: string, scope: PlanScope): void {
    for (const { guard } of blocks) {
      if (guard === undefined) continue;
      this.#conditions.require(guard, `${at}${guard.at}`);
      this.#conditions.check(guard, `${at}${guard.at}`, scope);
    }
    const left = blocks.map((block) => {
      const inner = new PlanScope(scope);
      this.#checkSteps(block.steps, `${at}${block.at}`, inner);
      return inner;
    });
    for (const inner of left) scope.adopt(inner);
  }

  /** What an iteration leaves is not there after the loop, but for the condition that ends it. */
  #checkLoop(step: Step, place: { pointer: string; scope: PlanScope; list: JsonSchema | undefined }): void {
    const { pointer: at, scope, list } = place;
    const { decidesRounds, itemName, itemType } = kindOf(step);
    const blocks = workBlocks(step);
    const steps = blocks.flatMap((block) => block.steps);
    const left = namesLeftBy(steps);
    // A round that is decided about may see what the one before it left, under a name that is also around the loop.
    const carried = decidesRounds ? left.filter((name) => scope.has(name)) : [];
    const inner = new PlanScope(scope, new Set(carried));
    const item = itemName(step);
    if (item !== undefined) {
      this.#references.checkName(item, `${at}/as`);
      inner.define(item, `${at}/as`, { type: itemType(step, list) });
    }
    if (decidesRounds) this.#conditions.require(step, at);
    for (const block of blocks) this.#checkSteps(block.steps, `${at}${block.at}`, inner);
    if (step.kind === 'while') this.#checkFirstLook(step, at, scope);
    if (decidesRounds) this.#conditions.check(step, at, inner);
    if ('collect' in step && typeof step.collect === 'string') {
      if (keepsFailedItems(step)) defineUsed(FAILURE, at, { scope: inner, type: FAILURE_TYPE });
      this.#references.checkExpression(step.collect, `${at}/collect`, inner);
    }
    scope.remake(left, at);
    this.#checkUnused(inner, new Set([...lastOutputs(steps), ...carried, ...(item === undefined ? [] : [item])]));
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
}

const FAILURE_KEYS = { code: { type: 'string' }, message: { type: 'string' }, step: { type: ['string', 'null'] } };
const FAILURE_TYPE: JsonSchema = { type: 'object', properties: FAILURE_KEYS };
const FAILURES_TYPE: JsonSchema = {
  type: 'array',
  items: { type: 'object', properties: { index: { type: 'integer' }, item: {}, ...FAILURE_KEYS } },
};

/** A name that is there in any case, and that nobody has to use. */
function defineUsed(name: string, pointer: string, { scope, type }: { scope: PlanScope; type: JsonSchema }): void {
  scope.define(name, pointer, { type });
  scope.use(name);
}

/** What the step leaves, or what is done instead of it, is there afterwards. */
function leaveInstead(
  step: Step,
  pointer: string,
  { scope, handled }: { scope: PlanScope; handled: PlanScope[] },
): void {
  const output = stepOutput(step);
  const inside = kindOf(step).isLoop ? [] : workBlocks(step);
  const own = [
    ...(output === undefined ? [] : [bareName(output)]),
    ...inside.flatMap((block) => namesLeftBy(block.steps)),
  ];
  for (const { at, steps } of insteadOf(step)) {
    if (steps.some(endsRun)) continue;
    const instead = new Set(namesLeftBy(steps));
    scope.loseOnFailure(
      own.filter((name) => !instead.has(name)),
      `${pointer}${at}`,
    );
  }
  for (const names of handled) scope.adopt(names);
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
