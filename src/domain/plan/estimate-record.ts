import type { PlanId } from '../values/ids.js';
import type { ModelPrice } from '../values/model-roles.js';
import { costOf, type PricedEstimate, type PricedPlanEstimate } from './priced-estimate.js';
import type { Bounds } from './step-kinds/step-kind.js';

/** `most` is null where nothing limits it. */
export interface EstimatedBounds {
  least: number;
  most: number | null;
}

/** What a run asks of one model. */
export interface EstimatedModel {
  role: string;
  /** `provider/name`; null where none is set up. */
  model: string | null;
  model_calls: EstimatedBounds;
  input_tokens: EstimatedBounds;
  output_tokens: EstimatedBounds;
  /** US dollars for a million tokens; null where it is not known. */
  price: ModelPrice | null;
  /** US dollars; null where a price is not known. */
  cost: EstimatedBounds | null;
}

/** What a run of a plan would take of models, as programs read it. */
export interface EstimateRecord {
  plan: PlanId;
  model_calls: EstimatedBounds;
  /** US dollars, for all models; null where a price is not known. */
  cost: EstimatedBounds | null;
  models: EstimatedModel[];
  /** Steps whose calls nothing limits. */
  unbounded: { step: string; why: string }[];
  /** Plans inside it that are not here. */
  unknown_plans: string[];
}

export function estimateRecord(plan: PlanId, { calls, asked, open, unknown }: PricedPlanEstimate): EstimateRecord {
  return {
    plan,
    model_calls: boundsOf(calls),
    cost: costBounds(costOf(asked)),
    models: asked.map(modelRecord),
    unbounded: open.map(({ path, why }) => ({ step: path, why })),
    unknown_plans: unknown,
  };
}

function modelRecord(asked: PricedEstimate): EstimatedModel {
  const { role, model = null, calls, inputTokens, outputTokens, price } = asked;
  return {
    role,
    model,
    model_calls: boundsOf(calls),
    input_tokens: boundsOf(inputTokens),
    output_tokens: boundsOf(outputTokens),
    price: price === undefined ? null : { ...price },
    cost: costBounds(costOf([asked])),
  };
}

function boundsOf({ least, most }: Bounds): EstimatedBounds {
  return { least, most: most === Infinity ? null : most };
}

function costBounds(cost: Bounds | undefined): EstimatedBounds | null {
  return cost === undefined ? null : boundsOf(cost);
}
