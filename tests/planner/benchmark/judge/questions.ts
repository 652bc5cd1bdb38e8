import type { ExpectedQuestion, Expectations } from '../expectations.js';
import { guardsOf } from './guards.js';
import { areApart, isAlwaysBefore, loopsAround, type PlacedStep } from './placed-step.js';
import type { PlanUnderJudgement } from './plan-under-judgement.js';
import { namesShown, namesUsed } from './step-texts.js';

/** Why an act is done without the question that must come before it; undefined when it is not. */
export function unaskedAct(asked: ExpectedQuestion, plan: PlanUnderJudgement): string | undefined {
  const acts = plan.find(asked.before);
  if (acts.length === 0) return `no ${asked.before} that fits`;
  for (const act of acts) {
    const problem = questionProblem(asked, act, plan);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function questionProblem(asked: ExpectedQuestion, act: PlacedStep, plan: PlanUnderJudgement): string | undefined {
  const { by, times, no_skips: noSkips, shows = [], options = [] } = asked;
  const gates = gatesOf(act, by, plan);
  const [gate] = gates;
  if (gate === undefined) return `${act.at} is done without a question`;
  const fitting = gates.filter((question) => times === undefined || isAsked(times, question, act));
  if (fitting.length === 0) return `${gate.at} is asked ${times === 'once' ? 'for each item' : 'only once'}`;
  const mild = noSkips ? fitting.filter(({ step }) => !endsOnNo(step)) : fitting;
  if (mild.length === 0) return `${gate.at}: a no ends the run, not only this item`;
  const shown = mild.filter(
    ({ scope, step }) => plan.missing(plan.sourcesOf(scope, namesShown(step)), shows).length === 0,
  );
  if (shown.length === 0) return `${gate.at} does not show what comes from ${shows.join(', ')}`;
  const offers = (step: object) => JSON.stringify(step).toLowerCase();
  const isOffered = mild.some(({ step }) =>
    options.every((option) => offers(step).includes(`"${option.toLowerCase()}"`)),
  );
  return isOffered ? undefined : `${gate.at} does not offer ${options.join(', ')}`;
}

/** Answers that are asked for in a loop of their own and kept count for each item, too. */
function isAsked(times: 'each' | 'once', question: PlacedStep, act: PlacedStep): boolean {
  const lists = (placed: PlacedStep) => loopsAround(placed).filter(({ kind }) => kind === 'for_each');
  const around = lists(question);
  if (times === 'once') return around.length === 0;
  const loop = lists(act).at(-1);
  return around.length > 0 && (loop === undefined || around.includes(loop) || question.kind === 'user_input');
}

function endsOnNo(step: PlacedStep['step']): boolean {
  return step.kind === 'user_verify' && step.on_no !== 'continue';
}

/** The questions without whose answer an act is not done. */
function gatesOf(act: PlacedStep, by: ExpectedQuestion['by'], plan: PlanUnderJudgement): PlacedStep[] {
  const guards = guardsOf(act, plan.steps);
  const deciding = plan.sourcesOfGuards(guards, act);
  const used = plan.sourcesOf(act.scope, namesUsed(act.step));
  return plan.steps.filter((question) => {
    if (question.number >= act.number) return false;
    const decides = by === 'value' ? used.has(`at:${question.at}`) : deciding.has(`at:${question.at}`);
    if (question.kind === 'user_input') return by !== 'verify' && decides;
    if (question.kind !== 'user_verify' || by === 'value') return false;
    return endsOnNo(question.step) ? by !== 'input' && isAlwaysBefore(question, act) : decides;
  });
}

/** Why the run never ends before an act; undefined when it does in some cases, in the way that is expected. */
export function endlessRun(
  { before, on, as }: NonNullable<Expectations['stops']>[number],
  plan: PlanUnderJudgement,
): string | undefined {
  const acts = plan.find(before);
  if (acts.length === 0) return `no ${before} that fits`;
  const guards = acts.map((act) => guardsOf(act, plan.steps).filter(({ from }) => from !== 'list'));
  for (const [index, act] of acts.entries()) {
    const missing = plan.missing(plan.sourcesOfGuards(guards[index] ?? [], act), on);
    if (guards[index]?.length === 0) return `${act.at} is done in every case`;
    if (missing.length > 0) return `whether ${act.at} is done does not depend on ${missing.join(', ')}`;
  }
  const failing = plan.steps.some(({ step }) => step.kind === 'exit' && step.error);
  const isLimited = guards.every((all) => all.some(({ from }) => from === 'repetition'));
  if (as === 'failure' && !failing && !isLimited) return 'no exit is a failure';
  return as === 'success' && failing ? 'an exit is a failure' : undefined;
}

/** Why both of two steps can be done; undefined when they cannot. */
export function bothDone([one, other]: [string, string], plan: PlanUnderJudgement): string | undefined {
  const [first, second] = [plan.find(one), plan.find(other)];
  if (first.length === 0 || second.length === 0) return `no ${first.length === 0 ? one : other} that fits`;
  const pairs = first.flatMap((step) => second.map((next) => [step, next] as const));
  const both = pairs.find(
    ([a, b]) => a !== b && !areApart(a, b) && !exitsBetween(a, b, plan) && !haveOtherCases(a, b, plan),
  );
  return both === undefined ? undefined : `${both[0].at} and ${both[1].at} can both be done`;
}

function haveOtherCases(one: PlacedStep, other: PlacedStep, plan: PlanUnderJudgement): boolean {
  const [a, b] = [one, other].map((placed) => {
    const own = guardsOf(placed, plan.steps).filter(({ from }) => from === 'condition');
    return own.map(({ text }) => text).join(' and ');
  });
  return a !== '' && b !== '' && a !== b;
}

/** Whether the block of the earlier one ends the run. */
function exitsBetween(one: PlacedStep, other: PlacedStep, { steps }: PlanUnderJudgement): boolean {
  const [first, second] = one.number < other.number ? [one, other] : [other, one];
  const block = first.around.at(-1);
  if (block === undefined || second.around.some(({ step }) => step === block.step)) return false;
  return steps.some(({ kind, number, around }) => {
    const own = around.at(-1);
    const isBetween = number > first.number && number < second.number;
    return kind === 'exit' && isBetween && own?.step === block.step && own.block === block.block;
  });
}
