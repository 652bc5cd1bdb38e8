import { authoredPlan } from '../../../../src/domain/plan/authored-plan.js';
import type { Plan } from '../../../../src/domain/plan/plan.js';
import { placed as told } from '../../../../src/domain/plan/step-path.js';
import { toolsOfStep } from '../../../../src/domain/plan/plan-steps.js';
import type { KnownTool } from '../../../../src/domain/plan-check/known-tools-and-plans.js';
import { checkPlan } from '../../../../src/domain/plan-check/plan-rules.js';
import type { Expectations } from '../expectations.js';
import { fitsCall } from './calls.js';
import { judgeForm } from './form.js';
import { isBefore, isLoop } from './placed-step.js';
import { PlanUnderJudgement } from './plan-under-judgement.js';
import { bothDone, endlessRun, unaskedAct } from './questions.js';
import { modelPlaces, ownParts, textsIn } from './step-texts.js';
import type { Verdict } from './verdict.js';

export interface JudgedRequest {
  request: string;
  expect: Expectations;
  /** Those that are offered, and `llm_tool`. */
  tools: ReadonlyMap<string, KnownTool>;
}

/** What a planner gave: a plan that has been read, or why there is none. */
export type Given = { plan: Plan } | { error: string };

/** Judges the structure of a plan, never its wording. Pure. */
export function judgePlan(given: Given, request: JudgedRequest): Verdict[] {
  const { expect } = request;
  if (expect.refuses !== undefined) return judgeRefusal(given, expect.refuses);
  if ('error' in given) return [{ what: 'planned', why: `refused: ${given.error}` }];
  const errors = checkPlan(given.plan, request).filter(({ severity }) => severity === 'error');
  const valid = { what: 'is valid', why: errors.map(({ pointer, message }) => told(pointer, message)).join('; ') };
  if (errors.length > 0) return [valid];
  const plan = new PlanUnderJudgement(authoredPlan(given.plan), expect, fitsCall);
  return [
    ...judgeAlways(plan, request),
    ...judgeKinds(plan, expect),
    ...judgeCalls(plan, expect),
    ...judgeOrder(plan, expect),
    ...judgeForm(plan, expect),
    ...judgeWork(plan, expect),
  ];
}

function judgeRefusal(given: Given, patterns: readonly string[]): Verdict[] {
  const error = 'error' in given ? given.error : '';
  const why = 'error' in given ? undefined : 'there is a plan for what these tools cannot do';
  const names = patterns.map((pattern) => ({
    what: `the error names ${pattern}`,
    why: new RegExp(pattern, 'iu').test(error) ? undefined : `it says ${JSON.stringify(error)}`,
  }));
  return [{ what: 'refuses', why }, ...names];
}

/** What the check warns of that makes a plan wrong. */
const FAULTS = ['unbounded-loop', 'looks-too-early', 'old-value'];

/** What holds for every right plan. */
function judgeAlways(plan: PlanUnderJudgement, { request, expect, tools }: JudgedRequest): Verdict[] {
  const warnings = checkPlan(plan.plan, { tools });
  const faults = FAULTS.map((fault) => ({
    what: `has no ${fault}`,
    why: warnings.find(({ rule }) => rule === fault)?.message,
  }));
  const allowed = new Set([...(expect.calls ?? []).map(({ tool }) => tool), ...(expect.may_call ?? [])]);
  const isUninvited = (id: string) => !allowed.has(id) && tools.get(id)?.effect !== 'read';
  const uninvited = plan.steps.find(({ step }) => toolsOfStep(step).some(isUninvited));
  const addresses = plan.steps.flatMap(({ at, step }) =>
    textsIn(ownParts(step)).flatMap((text) => (text.match(ADDRESS) ?? []).map((address) => ({ at, address }))),
  );
  const invented = addresses.find(({ address }) => !request.toLowerCase().includes(address.toLowerCase()));
  return [
    ...faults,
    { what: 'does nothing that was not asked for', why: uninvited && `${uninvited.at} acts` },
    { what: 'makes no address up', why: invented && `${invented.at} has ${invented.address}` },
  ];
}

const ADDRESS = /[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g;

function judgeKinds({ steps }: PlanUnderJudgement, expect: Expectations): Verdict[] {
  const needed = (expect.kinds ?? []).map((kinds) => {
    const what = `has ${kinds.join(' or ')}`;
    return { what, why: steps.some(({ kind }) => kinds.includes(kind)) ? undefined : 'no step is that' };
  });
  const refused = (expect.no_kinds ?? []).map((kind) => {
    const found = steps.find((placed) => placed.kind === kind);
    return { what: `has no ${kind}`, why: found && `${found.at} is one` };
  });
  const unused = (expect.unused_tools ?? []).map((id) => {
    const found = steps.find(({ step }) => toolsOfStep(step).includes(id));
    return { what: `leaves ${id} alone`, why: found && `${found.at} uses it` };
  });
  return [...needed, ...refused, ...unused];
}

function judgeCalls(plan: PlanUnderJudgement, { calls = [] }: Expectations): Verdict[] {
  return calls.map((call) => {
    const all = plan.calling(call.tool);
    const problems = all.map((placed) => fitsCall(call, placed, plan));
    const wrong = problems.flatMap((found, index) => found.map((problem) => `${all[index]?.at} ${problem}`));
    const fitting = problems.filter((found) => found.length === 0).length;
    const isEnough = call.every ? fitting === all.length && fitting > 0 : fitting > 0;
    const isTooMuch = all.length > (call.most ?? Infinity);
    const why = isTooMuch ? `${all.length} steps call it` : wrong.join('; ') || 'no step calls it';
    return { what: `calls ${call.id ?? call.tool}`, why: isEnough && !isTooMuch ? undefined : why };
  });
}

function judgeOrder(plan: PlanUnderJudgement, expect: Expectations): Verdict[] {
  const order = (expect.order ?? []).map(([first, then]) => {
    const [before, after] = [plan.find(first), plan.find(then)];
    const early = after.find((placed) => !before.some((one) => isBefore(one, placed)));
    const nothing = before.length === 0 ? first : after.length === 0 ? then : undefined;
    const why = nothing === undefined ? early && `${early.at} comes first` : `no ${nothing} that fits`;
    return { what: `does ${then} after ${first}`, why };
  });
  const questions = (expect.questions ?? []).map((asked) => ({
    what: `asks before ${asked.before}`,
    why: unaskedAct(asked, plan),
  }));
  const stops = (expect.stops ?? []).map((stop) => ({
    what: `may stop before ${stop.before}`,
    why: endlessRun(stop, plan),
  }));
  const either = (expect.either ?? []).map((pair) => ({
    what: `never does both ${pair.join(' and ')}`,
    why: bothDone(pair, plan),
  }));
  return [...order, ...questions, ...stops, ...either];
}

/** How much asks and thinks. */
function judgeWork({ steps }: PlanUnderJudgement, { model = {}, most_questions: most }: Expectations): Verdict[] {
  const places = steps.flatMap((placed) => Array.from({ length: modelPlaces(placed.step) }, () => placed));
  const inLoops = places.filter(({ around }) => around.some(({ step }) => isLoop(step)));
  const questions = steps.filter(({ kind }) => kind === 'user_input' || kind === 'user_verify');
  const at = (all: readonly { at: string }[]) => `${all.length}: ${all.map((placed) => placed.at).join(', ')}`;
  const limits: [what: string, holds: boolean, found: string][] = [
    ['lets a model work where that is needed', places.length >= (model.least ?? 0), at(places)],
    ['lets a model work in few places', places.length <= (model.most ?? Infinity), at(places)],
    ['lets a model work in few loops', inLoops.length <= (model.in_loops ?? Infinity), at(inLoops)],
    ['asks few questions', questions.length <= (most ?? Infinity), at(questions)],
  ];
  return limits.map(([what, holds, found]) => ({ what, why: holds ? undefined : found }));
}
