import { PortiaError } from '../../domain/errors.js';
import { planDigest } from '../../domain/plan/plan-digest.js';
import { exampleText } from '../../domain/plan/plan-example.js';
import type { Plan } from '../../domain/plan/plan.js';
import { byMeaning, compareByWords, nearest, textOfPlan, type NearPlan } from '../../planner/nearest-plans.js';
import type { LikedPlan } from '../liked-plans.js';
import type { Example } from './plan-with-model.js';
import { describeTool, readyTools, type PlanningServices, type PlanRequest } from './planning.js';

/** So many are examples of one request. */
const MOST = 3;

/**
 * The plans that this user liked here whose requests are nearest to this one. Says which they are, and why. One that is
 * no longer as it was liked is left out: whoever may write into the project must not say what a good plan is.
 */
export async function likedExamples(
  services: Pick<PlanningServices, 'likedPlans' | 'store' | 'embeddings'>,
  request: PlanRequest,
): Promise<Example[]> {
  const plans = await unchangedPlans(services, request);
  const tools = readyTools(request).map(describeTool);
  const compared = compareByWords(plans, { query: request.query, tools });
  const examples = nearest(await compareByMeaning(services, compared, request), MOST).map(asExample);
  for (const { record } of examples) request.note?.(`Learning from a plan that you liked, ${exampleText(record)}`);
  if (examples.length === 0) request.note?.('No plan that you liked is like this request.');
  return examples;
}

/** As they were when no model compares meanings, or it cannot be asked. */
async function compareByMeaning(
  { embeddings }: Pick<PlanningServices, 'embeddings'>,
  plans: NearPlan[],
  { query, signal = new AbortController().signal, warn }: PlanRequest,
): Promise<NearPlan[]> {
  if (plans.length === 0) return plans;
  try {
    const model = await embeddings();
    if (model === undefined) return plans;
    const texts = plans.map(({ plan }) => textOfPlan(plan));
    const { own, others } = await model.vectorsOf(query, texts, signal);
    return byMeaning(plans, own, others);
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof PortiaError)) throw error;
    warn?.(`Liked plans are compared by their words alone. ${error.message} ${error.details.why ?? ''}`);
    return plans;
  }
}

function asExample({ plan, measure, score, shared }: NearPlan): Example {
  return { plan, record: { plan_id: plan.id, measure, score: Number(score.toFixed(4)), shared } };
}

const GONE = 'is not here any more.';
const CHANGED = 'was changed since, so nothing is learned from it. Like it again if it is still good.';

async function unchangedPlans(
  { likedPlans, store }: Pick<PlanningServices, 'likedPlans' | 'store'>,
  { warn }: PlanRequest,
): Promise<Plan[]> {
  const plans: Plan[] = [];
  for (const one of await likedHere(likedPlans, warn)) {
    try {
      const plan = await store.readPlan(one.plan_id);
      const isSame = plan !== undefined && planDigest(plan) === one.plan_digest;
      if (isSame) plans.push(plan);
      else warn?.(`${one.plan_id}, which you liked, ${plan === undefined ? GONE : CHANGED}`);
    } catch (error) {
      if (!(error instanceof PortiaError)) throw error;
      warn?.(`${one.plan_id}, which you liked, is left out. ${error.message}`);
    }
  }
  return plans;
}

/** A damaged list of them must not keep a plan from being made. */
async function likedHere(open: PlanningServices['likedPlans'], warn: PlanRequest['warn']): Promise<LikedPlan[]> {
  try {
    return (await open()).list();
  } catch (error) {
    if (!(error instanceof PortiaError) || error.code !== 'invalid-settings') throw error;
    warn?.(`Nothing is learned from the plans that you liked. ${error.message}`);
    return [];
  }
}
