import type { Channel } from './clarification.js';
import type { EventBody, RunEvent } from './events.js';
import type { Json } from '../values/json.js';
import { bareName } from '../values/names.js';
import type { Person } from './person.js';
import type { Plan, Step } from '../plan/plan.js';
import { passingBlocks, questionOf, roundBlocks, stepOutput } from '../plan/plan-steps.js';
import type { StepBlock } from '../plan/step-kinds/step-kind.js';
import { kindOf } from '../plan/step-kinds/step-kinds.js';

/** An answer to a question that is not asked yet. It needs a path or an output, and is used once. */
export interface EarlyAnswer {
  /** `4[2].steps.0.amount`, `4[2].steps.0` or `$amount`. */
  selector: string;
  /** A text is read as the question's schema wants it, JSON is taken as it is. */
  form: 'text' | 'json';
  value: Json;
  channel: Channel;
  by?: Person | undefined;
}

/** The same as it is recorded. */
export interface KeptAnswer extends EarlyAnswer {
  /** Of its event. */
  seq: number;
}

export function keptAnswerEvent(answer: EarlyAnswer): EventBody & { type: 'answer.given' } {
  const { selector, form, value, channel, by } = answer;
  return { type: 'answer.given', selector, form, value, channel, ...(by && { by }) };
}

/** The recorded answers that no question has used yet. */
export function keptAnswers(events: Iterable<RunEvent>): KeptAnswer[] {
  const kept = new Map<number, KeptAnswer>();
  for (const event of events) {
    if (event.type === 'answer.given') kept.set(event.seq, event);
    if (event.type === 'clarification.resolved' && event.given !== undefined) kept.delete(event.given);
  }
  return [...kept.values()];
}

/** The steps of the plan that may ask what a selector answers; empty when none can. */
export function stepsAskedBy(selector: string, { steps }: Pick<Plan, 'steps'>): Step[] {
  const asking = placedSteps(steps, '').filter(({ step }) => kindOf(step).mayAsk);
  if (selector.startsWith('$')) {
    const [output = '', argument] = selector.split('.');
    return asking
      .filter(({ step }) => bareName(stepOutput(step) ?? '') === bareName(output) && asksFor(step, argument))
      .map(({ step }) => step);
  }
  const place = selector.replaceAll(/\[\d+\]/g, '');
  return asking
    .filter(
      ({ step, path }) =>
        place === path || (place.startsWith(`${path}.`) && asksFor(step, place.slice(path.length + 1))),
    )
    .map(({ step }) => step);
}

/** Selectors that a bare name may mean: an argument of a tool's step, or the output of a question. */
export function likelySelectors(name: string, { steps }: Pick<Plan, 'steps'>): string[] {
  const asking = placedSteps(steps, '', FIRST_ITERATION).filter(({ step }) => kindOf(step).mayAsk);
  const questions = asking.flatMap(({ step, path }) => selectorOfQuestion(step, path) ?? []);
  const isName = /^[^.$\d]+$/.test(name);
  const args = asking.flatMap(({ step, path }) =>
    isName && questionOf(step) === undefined ? [`${placeSelector(step, path)}.${name}`] : [],
  );
  return [...args, ...questions];
}

/** By the name of a step's output where it has one, else by its path. */
function placeSelector(step: Step, path: string): string {
  const output = stepOutput(step);
  return output === undefined ? path : `$${bareName(output)}`;
}

/** Undefined for a step that is not itself a question to a person. */
function selectorOfQuestion(step: Step, path: string): string | undefined {
  const question = questionOf(step);
  if (question === undefined) return undefined;
  const output = stepOutput(step);
  return output === undefined ? `${path}.${question.argument}` : `$${bareName(output)}`;
}

const FIRST_ITERATION = '[0]';

/** All steps with their paths; `iteration` is put behind the number of each loop. */
function placedSteps(steps: Step[], prefix: string, iteration = ''): { step: Step; path: string }[] {
  return steps.flatMap((step, index) => {
    const path = `${prefix}${index}`;
    const stepsIn = (blocks: StepBlock[], around: string) =>
      blocks.flatMap((block) => placedSteps(block.steps, `${around}${block.path}.`, iteration));
    const inRounds = stepsIn(roundBlocks(step), path + iteration);
    return [{ step, path }, ...inRounds, ...stepsIn(passingBlocks(step), path)];
  });
}

/** A question of a person has one name; a tool, an agent and a plan inside may ask for anything. */
function asksFor(step: Step, argument: string | undefined): boolean {
  const question = questionOf(step);
  return argument === undefined || question === undefined || argument === question.argument;
}
