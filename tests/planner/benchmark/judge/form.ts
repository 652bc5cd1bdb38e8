import type { PlanInput } from '../../../../src/domain/plan/plan.js';
import { outputSchemaOf } from '../../../../src/domain/plan/plan-steps.js';
import { isJsonObject, type JsonSchema } from '../../../../src/domain/values/json.js';
import { jsonTypesOf } from '../../../../src/domain/values/value-types.js';
import type { Expectations } from '../expectations.js';
import { namesOfList } from './calls.js';
import { isRepeated, lastSteps, loopsAround, type PlacedStep } from './placed-step.js';
import type { PlanUnderJudgement } from './plan-under-judgement.js';
import { expressionsOf, namesInExpression, textsIn } from './step-texts.js';
import type { Verdict } from './verdict.js';

/** Inputs, loops, computations and the result. */
export function judgeForm(plan: PlanUnderJudgement, expect: Expectations): Verdict[] {
  return [
    ...judgeInputs(plan, expect),
    ...judgeLoops(plan, expect.loops ?? {}),
    ...(expect.computed ?? []).map(({ from = [], like = [] }) => ({
      what: `computes ${[...from, ...like].join(' ')}`,
      why: isComputed({ from, like }, plan) ? undefined : 'no expression does',
    })),
    ...(expect.retries ?? []).map((retry) => ({
      what: `tries ${retry.tool} again`,
      why: isRetried(retry, plan) ? undefined : 'not so often',
    })),
    ...(expect.texts ?? []).map((text) => {
      const parts = textsIn([plan.plan.steps, plan.plan.plan_inputs]);
      return { what: `says ${text}`, why: parts.some((part) => part.includes(text)) ? undefined : 'no text has it' };
    }),
    ...(expect.result === undefined ? [] : [judgeResult(plan, expect.result)]),
  ];
}

function judgeInputs(
  { plan }: PlanUnderJudgement,
  { inputs = [], most_inputs: most = Infinity }: Expectations,
): Verdict[] {
  const found = plan.plan_inputs;
  const wanted = inputs.map((input) => ({
    what: `has the input ${input.like}`,
    why: found.some((given) => isLike(given, input)) ? undefined : `the inputs are ${JSON.stringify(found)}`,
  }));
  return [...wanted, { what: 'has few inputs', why: found.length <= most ? undefined : `${found.length}` }];
}

function isLike(
  given: PlanInput,
  { like, type, default: value, required }: NonNullable<Expectations['inputs']>[number],
) {
  const types = [...(jsonTypesOf(given.schema) ?? [])];
  return (
    new RegExp(like, 'iu').test(`${given.name} ${given.description ?? ''}`) &&
    (type === undefined || (given.schema !== undefined && types.some((one) => type.includes(one)))) &&
    (value === undefined || JSON.stringify(given.default) === JSON.stringify(value)) &&
    (required !== true || given.default === undefined)
  );
}

function judgeLoops(plan: PlanUnderJudgement, loops: NonNullable<Expectations['loops']>): Verdict[] {
  const { deep = 0, over = [], over_exactly: texts = [], most_rounds: most } = loops;
  const depth = Math.max(0, ...plan.steps.map((placed) => loopsAround(placed).length));
  const lists = plan.steps.filter(({ kind }) => kind === 'for_each');
  const from = lists.map((placed) => plan.sourcesOf(placed.scope, namesOfList(placed)));
  const isOver = (source: string) => from.some((sources) => plan.has(sources, source));
  const isOverTexts = lists.some((placed) => texts.every((text) => holdsInList(placed, text, plan)));
  const repeated = plan.steps.filter(({ kind }) => isRepeated(kind));
  const limits: [what: string, holds: boolean, found: string][] = [
    ['nests its loops', depth >= deep, `${depth} deep`],
    ...over.map((source): [string, boolean, string] => [`goes over ${source}`, isOver(source), 'no loop does']),
    ['goes over what is named', texts.length === 0 || isOverTexts, `no loop goes over ${texts.join(', ')}`],
    ['repeats no oftener', most === undefined || repeated.some((placed) => endsAt(placed, most)), 'no such limit'],
  ];
  return limits.map(([what, holds, found]) => ({ what, why: holds ? undefined : found }));
}

function holdsInList(placed: PlacedStep, text: string, plan: PlanUnderJudgement): boolean {
  const { step, scope } = placed;
  if (step.kind !== 'for_each') return false;
  return textsIn([step.over]).some((part) => part.includes(text)) || plan.isMadeWith(namesOfList(placed), scope, text);
}

/** By its limit, or because its condition counts to it. */
function endsAt({ step }: PlacedStep, most: number): boolean {
  if (step.kind !== 'while' && step.kind !== 'do_while') return false;
  const counts = new RegExp(`<=?\\s*${most}\\b|\\b${most}\\s*>=?`).test(step.when ?? '');
  return counts || (step.max_iterations ?? Infinity) <= most;
}

function isComputed({ from, like }: { from: string[]; like: string[] }, plan: PlanUnderJudgement): boolean {
  return plan.steps.some(({ step, scope }) =>
    expressionsOf(step).some((text) => {
      const missing = plan.missing(plan.sourcesOf(scope, namesInExpression(text)), from);
      return missing.length === 0 && like.every((pattern) => new RegExp(pattern).test(text));
    }),
  );
}

/** A loop that repeats tries again, too. */
function isRetried(
  { tool, least, most = Infinity }: NonNullable<Expectations['retries']>[number],
  plan: PlanUnderJudgement,
) {
  const steps = plan.find(tool);
  const isEnough = steps.some(
    (placed) => (placed.step.retries ?? 0) >= least || loopsAround(placed).some(({ kind }) => isRepeated(kind)),
  );
  return isEnough && steps.every(({ step }) => (step.retries ?? 0) <= most);
}

function judgeResult(plan: PlanUnderJudgement, wanted: NonNullable<Expectations['result']>): Verdict {
  const last = lastSteps([...plan.steps]);
  const { required = [] } = wanted;
  const declared = [plan.plan.output_schema, ...last.map(({ step }) => outputSchemaOf(step))];
  const isDeclared = declared.some((schema) => schema !== undefined && isForm(schema, wanted));
  const isWritten = (text: string) => required.every((key) => new RegExp(`["']${key}["']\\s*:`).test(text));
  const isComputedSo = last.some(({ kind, step }) => kind === 'compute' && expressionsOf(step).some(isWritten));
  const holds = isDeclared || (required.length > 0 && isComputedSo);
  return { what: 'declares its result', why: holds ? undefined : 'neither a schema nor the last step does' };
}

function isForm(schema: JsonSchema, { type, items, required = [] }: NonNullable<Expectations['result']>): boolean {
  const part = items ? schema['items'] : schema;
  const properties = isJsonObject(part) && isJsonObject(part['properties']) ? part['properties'] : {};
  const isType = type === undefined || (jsonTypesOf(schema)?.has(type) ?? false);
  return isType && required.every((key) => Object.hasOwn(properties, key));
}
