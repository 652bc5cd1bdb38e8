import { portia } from '../next-step.js';
import type { Problem } from '../errors.js';
import { isPlanId } from '../values/ids.js';
import { ExpressionError } from '../expressions/expression-error.js';
import { escapePointer, isJsonObject, type Json, type JsonSchema } from '../values/json.js';
import { bareName } from '../values/names.js';
import { nearestName } from '../values/nearest-name.js';
import type { PlanInput, SubPlanStep } from '../plan/plan.js';
import { isSecretSchema } from '../values/secret-values.js';
import { namesInTemplates } from '../plan/step-references.js';
import { variableOnly } from '../expressions/template.js';
import type { PlanScope } from './plan-scope.js';
import type { ProblemList } from './problem-list.js';
import { SecretRules } from './secret-rules.js';
import type { PlanContent, KnownToolsAndPlans } from './known-tools-and-plans.js';
import { checkValue } from './tool-rules.js';

/** How deep plans may nest: each further one needs memory of its own while it is run. */
const MAX_PLAN_DEPTH = 16;

/** Where in the nesting a plan is checked. */
export interface Nesting {
  /** 0 for the plan itself. */
  level: number;
  /** Ids of the plans that lead here, the outermost first. */
  chain: readonly string[];
  /** What was found in stored plans: each is checked once. */
  checked: Map<string, CheckedPlan>;
}

/** What the plan around it needs to know of an inner one. */
export interface CheckedPlan {
  problems: Problem[];
  /** How many plans nest in it. */
  depth: number;
}

type CheckPlan = (
  plan: PlanContent & { output_schema?: JsonSchema | undefined },
  at: string,
  nesting: Nesting,
) => CheckedPlan;

export interface SubPlanContext {
  problems: ProblemList;
  plans: KnownToolsAndPlans['plans'];
  nesting: Nesting;
  /** Checks a whole plan; kept apart because plans nest. */
  check: CheckPlan;
}

/** A plan that a step runs: it is there, it gets what it needs, and it does not lead back to where it is run from. */
export class SubPlanRules {
  readonly #context: SubPlanContext;
  /** How many plans nest in this one. */
  depth = 0;

  constructor(context: SubPlanContext) {
    this.#context = context;
  }

  /** Gives the type of what the inner plan leaves, as far as it is known. */
  check(step: SubPlanStep, pointer: string, scope: PlanScope): JsonSchema | undefined {
    const { plan } = step;
    const at = `${pointer}/plan`;
    const inner = typeof plan === 'string' ? this.#storedPlan(plan, at) : plan;
    if (inner === undefined) return undefined;
    this.#checkInputs(step, pointer, { inputs: inner.plan_inputs, scope });
    const found =
      typeof plan === 'string' ? this.#checkStored(plan, inner, { pointer, at }) : this.#checkInline(plan, at);
    if (found !== undefined) this.#checkDepth(found.depth + 1, at);
    return inner.output_schema;
  }

  #storedPlan(id: string, at: string) {
    const { plans, problems } = this.#context;
    const plan = plans?.get(id);
    if (plan !== undefined || plans === undefined) return plan;
    problems.error('unknown-plan', {
      message: isPlanId(id) ? `There is no plan ${id}.` : `${JSON.stringify(id)} is not the id of a plan.`,
      pointer: at,
      fix: portia('list', 'plans'),
    });
    return undefined;
  }

  #checkInline(plan: Exclude<SubPlanStep['plan'], string>, at: string): CheckedPlan | undefined {
    const { nesting, problems, check } = this.#context;
    if (nesting.level >= MAX_PLAN_DEPTH) return { depth: 0, problems: [] };
    const found = check(plan, at, innerNesting(nesting, plan));
    problems.all.push(...found.problems);
    return found;
  }

  /** What is wrong inside of another file is reported as one problem here. */
  #checkStored(id: string, plan: PlanContent, place: { pointer: string; at: string }): CheckedPlan | undefined {
    const { nesting, problems } = this.#context;
    if (nesting.chain.includes(id)) {
      const circle = [...nesting.chain.slice(nesting.chain.indexOf(id)), id];
      const message = `The plans run each other in a circle: ${circle.join(' → ')}.`;
      problems.error('plan-circle', { message, pointer: place.at, fix: 'Break the circle: use a loop in one plan.' });
      return undefined;
    }
    if (nesting.level >= MAX_PLAN_DEPTH) return { depth: 0, problems: [] };
    const found = nesting.checked.get(id) ?? this.#context.check(plan, '', innerNesting(nesting, { id }));
    nesting.checked.set(id, found);
    this.#tellOfStored(id, found.problems, place);
    return found;
  }

  #tellOfStored(id: string, found: Problem[], { pointer, at }: { pointer: string; at: string }): void {
    const { problems } = this.#context;
    const errors = found.filter(({ severity }) => severity === 'error');
    const [error] = [...errors.filter(({ rule }) => rule.startsWith('plan-')), ...errors];
    if (error !== undefined) {
      const isAbout = error.rule.startsWith('plan-');
      const message = isAbout ? error.message : `The plan ${id} has an error itself: ${error.message}`;
      problems.error(isAbout ? error.rule : 'broken-plan', { message, pointer: at, fix: portia('check', id) });
    }
    for (const rule of ['asks-a-person', 'acts', 'sends']) {
      const notes = found.filter((problem) => problem.rule === rule);
      if (notes.length === 0) continue;
      const about = [...new Set(notes.flatMap((note) => note.about || []))].join(', ');
      const what = rule === 'asks-a-person' ? 'asks a person' : `${rule} with ${about}`;
      problems.note(rule, { message: `The plan of this step ${what}.`, pointer, ...(about !== '' && { about }) });
    }
  }

  #checkDepth(depth: number, at: string): void {
    this.depth = Math.max(this.depth, depth);
    const { nesting, problems } = this.#context;
    if (nesting.level + depth <= MAX_PLAN_DEPTH || problems.all.some(({ rule }) => rule === 'plan-too-deep')) return;
    problems.error('plan-too-deep', {
      message: `More than ${MAX_PLAN_DEPTH} plans nest in each other here.`,
      pointer: at,
      fix: 'Put the steps of inner plans into the outer ones.',
    });
  }

  #checkInputs({ inputs }: SubPlanStep, pointer: string, to: { inputs: readonly PlanInput[]; scope: PlanScope }): void {
    const { problems } = this.#context;
    const declared = new Map(to.inputs.map((input) => [bareName(input.name), input]));
    const given = new Set(Object.keys(inputs).map(bareName));
    for (const [name, value] of Object.entries(inputs)) {
      const at = `${pointer}/inputs/${escapePointer(name)}`;
      const input = declared.get(bareName(name));
      if (!passesSecret(value, input)) this.#refuseSecrets(value, at, to.scope);
      if (input === undefined) this.#unknownInput(name, at, [...declared.keys()]);
      else if (isJsonObject(input.schema))
        checkValue({ value, schema: input.schema, pointer: at }, { ...to, problems });
    }
    for (const [name, input] of declared) {
      if (given.has(name) || input.default !== undefined) continue;
      problems.error('missing-input', {
        message: `The plan of this step needs the input ${name}.`,
        pointer: `${pointer}/inputs`,
        fix: `Add it: "inputs": { ${JSON.stringify(name)}: … }`,
      });
    }
  }

  #refuseSecrets(value: Json, at: string, scope: PlanScope): void {
    const secrets = new SecretRules(this.#context.problems);
    for (const name of namesIn(value)) secrets.refuse(name, { pointer: at, scope });
  }

  #unknownInput(name: string, pointer: string, known: string[]): void {
    const nearest = nearestName(bareName(name), known);
    this.#context.problems.error('unknown-input', {
      message: `The plan of this step has no input ${name}.${nearest === undefined ? '' : ` Did you mean ${nearest}?`}`,
      pointer,
      fix: `It has: ${known.join(', ') || 'none'}.`,
    });
  }
}

/** A secret may only become an input that is a secret, too, alone and unchanged. */
function passesSecret(value: Json, input: PlanInput | undefined): boolean {
  return typeof value === 'string' && isSecretSchema(input?.schema) && wholeVariable(value) !== undefined;
}

/** The name that a template is exactly, with nothing around it. */
function wholeVariable(text: string): string | undefined {
  const inner = /^\{\{([^{}]*)\}\}$/.exec(text)?.[1];
  return inner === undefined ? undefined : variableOnly(inner);
}

/** Names of the templates in a value; a text that is not a template is reported elsewhere. */
function namesIn(value: Json): string[] {
  try {
    return namesInTemplates({ value });
  } catch (error) {
    if (error instanceof ExpressionError) return [];
    throw error;
  }
}

function innerNesting({ level, chain, checked }: Nesting, { id }: { id?: unknown }): Nesting {
  return { level: level + 1, chain: typeof id === 'string' ? [...chain, id] : chain, checked };
}
