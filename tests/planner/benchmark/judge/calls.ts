import { parseTemplate, wholeExpression } from '../../../../src/domain/expressions/template.js';
import type { Json } from '../../../../src/domain/values/json.js';
import { bareName } from '../../../../src/domain/values/names.js';
import type { Step } from '../../../../src/domain/plan/plan.js';
import { stepOutput } from '../../../../src/domain/plan/plan-steps.js';
import type { ExpectedArgument, ExpectedCall } from '../expectations.js';
import { guardsOf } from './guards.js';
import { loopsAround, type PlacedStep } from './placed-step.js';
import type { PlanUnderJudgement } from './plan-under-judgement.js';
import {
  modelPlaces,
  namesInExpression,
  namesInTexts,
  namesUsed,
  picks,
  expressionsOf,
  textsIn,
} from './step-texts.js';

/** What is wrong with a step as this call. */
export function fitsCall(call: ExpectedCall, placed: PlacedStep, plan: PlanUnderJudgement): string[] {
  const isIndirect = call.direct === true && placed.kind !== 'tool';
  return [
    ...(isIndirect ? [`is ${placed.kind}, where a direct call is enough`] : []),
    ...loopProblems(call, placed, plan),
    ...dependenceProblems(call, placed, plan),
    ...Object.entries(call.args ?? {}).flatMap(([name, wanted]) =>
      argumentProblems({ name, wanted }, placed, plan).map((problem) => `${name} ${problem}`),
    ),
  ];
}

function loopProblems({ loop, over = [] }: ExpectedCall, placed: PlacedStep, plan: PlanUnderJudgement): string[] {
  const loops = loopsAround(placed);
  const fits = {
    none: loops.length === 0,
    any: loops.length > 0,
    for_each: loops.some(({ kind }) => kind === 'for_each'),
    while: loops.some(({ kind }) => kind !== 'for_each'),
    nested: loops.length > 1,
  };
  const problems = loop === undefined || fits[loop] ? [] : [`should be in a loop of this sort: ${loop}`];
  const inner = loops.findLast(({ kind }) => kind === 'for_each');
  const from = inner === undefined ? new Set<string>() : plan.sourcesOf(inner.scope, namesOfList(inner));
  const missing = plan.missing(from, over);
  return missing.length === 0 ? problems : [...problems, `is in no loop over what comes from ${missing.join(', ')}`];
}

export function namesOfList({ step }: PlacedStep): string[] {
  if (step.kind !== 'for_each') return [];
  return typeof step.over === 'string' ? namesInExpression(step.over) : namesInTexts(step.over);
}

function dependenceProblems(call: ExpectedCall, placed: PlacedStep, plan: PlanUnderJudgement): string[] {
  const { depends_on: wanted } = call;
  if (wanted === undefined) return [];
  const isPicked = wanted !== 'nothing' && goesOverPicked(placed, plan);
  const guards = guardsOf(placed, plan.steps).filter(({ from, text }) => from !== 'list' || isPicked || picks(text));
  if (wanted === 'nothing') {
    const [first] = guards.filter(({ from }) => from !== 'repetition');
    return first === undefined ? [] : [`depends on ${first.text}`];
  }
  if (guards.length === 0) return ['is done in every case'];
  const missing = wanted === 'something' ? [] : plan.missing(plan.sourcesOfGuards(guards, placed), wanted);
  return missing.length === 0 ? [] : [`does not depend on what comes from ${missing.join(', ')}`];
}

/** Whether a loop around it goes over a list of which a computation, a query or a model left only some. */
function goesOverPicked(placed: PlacedStep, plan: PlanUnderJudgement): boolean {
  const names = loopsAround(placed).flatMap(namesOfList);
  return plan.steps.some(({ step }) => {
    if (!names.includes(bareName(stepOutput(step) ?? ''))) return false;
    return modelPlaces(step) > 0 || (step.kind === 'compute' && expressionsOf(step).some(picks));
  });
}

function argumentProblems(
  { name, wanted }: { name: string; wanted: ExpectedArgument },
  placed: PlacedStep,
  plan: PlanUnderJudgement,
): string[] {
  const { step, scope } = placed;
  const given = step.kind === 'tool' ? step.args[name] : modelTask(step);
  if (given === undefined) return ['is not given'];
  const names = step.kind === 'tool' ? namesInTexts(given) : namesUsed(step);
  const from = plan.sourcesOf(scope, names);
  const parts = [...textsIn(given), JSON.stringify(given)];
  const { is, holds, like, from: all = [], from_any: any, not_from: none = [] } = wanted;
  const isGiven = is === undefined || isValue(given, is, step.kind === 'tool') || plan.isDefault(names, is);
  const isHeld =
    holds === undefined || parts.some((part) => part.includes(holds)) || plan.isMadeWith(names, scope, holds);
  const isLike = like === undefined || parts.some((part) => new RegExp(like, 'iu').test(part));
  const missing = plan.missing(from, all);
  const isFromAny = any === undefined || any.some((source) => plan.has(from, source));
  const refused = none.filter((source) => plan.has(from, source));
  return [
    ...(isGiven ? [] : [`should be ${JSON.stringify(is)}`]),
    ...(isHeld ? [] : [`should hold ${JSON.stringify(holds)}`]),
    ...(isLike ? [] : [`should be like ${like}`]),
    ...(missing.length === 0 ? [] : [`should come from ${missing.join(' and ')}`]),
    ...(isFromAny ? [] : [`should come from ${any.join(' or ')}`]),
    ...(refused.length === 0 ? [] : [`should not come from ${refused.join(', ')}`]),
  ];
}

function modelTask(step: Step): string | undefined {
  return step.kind === undefined || step.kind === 'llm' || step.kind === 'react' ? step.task : undefined;
}

/** Whether it is written out; a task says it. */
function isValue(given: Json, wanted: Json, isArgument: boolean): boolean {
  return isArgument ? isSame(writtenValue(given), wanted) : String(given).includes(String(wanted));
}

function isSame(given: Json | undefined, wanted: Json): boolean {
  if (Array.isArray(given) && given.length === 1) return isSame(given[0], wanted);
  return JSON.stringify(given) === JSON.stringify(wanted) || (typeof given === 'number' && String(given) === wanted);
}

/** A template with nothing but a text, a number or a truth value in it is that value. */
function writtenValue(given: Json): Json | undefined {
  if (typeof given !== 'string' || !given.includes('{{')) return given;
  const source = wholeExpression(parseTemplate(given.trim()))?.source.trim() ?? '';
  const [, text] = /^(?:'([^']*)'|"[^"]*")$/.exec(source) ?? [];
  if (text !== undefined) return text;
  return /^(?:"[^"]*"|-?\d+(?:\.\d+)?|true|false)$/.test(source) ? (JSON.parse(source) as Json) : undefined;
}
