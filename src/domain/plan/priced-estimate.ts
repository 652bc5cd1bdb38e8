import { priceOfTokens, type ModelPrice } from '../values/model-roles.js';
import type { AskedEstimate, PlanEstimate } from './estimate.js';
import type { Bounds } from './step-kinds/step-kind.js';

/** What a run asks of one model, with what that model costs here. */
export interface PricedEstimate extends AskedEstimate {
  /** `provider/name`; undefined where none is set up. */
  model: string | undefined;
  /** Why no model can be asked, as a sentence. */
  whyNone: string | undefined;
  /** US dollars for a million tokens; undefined where it is not known. */
  price: ModelPrice | undefined;
}

/** What a run of a plan takes here. */
export interface PricedPlanEstimate extends Omit<PlanEstimate, 'asked'> {
  asked: PricedEstimate[];
}

/** In US dollars; undefined when a price is not known. */
export function costOf(
  asked: readonly Pick<PricedEstimate, 'inputTokens' | 'outputTokens' | 'price'>[],
): Bounds | undefined {
  const cost = { least: 0, most: 0 };
  for (const { inputTokens, outputTokens, price } of asked) {
    if (price === undefined) return undefined;
    cost.least += priceOfTokens({ input: inputTokens.least, output: outputTokens.least }, price);
    cost.most += priceOfTokens({ input: inputTokens.most, output: outputTokens.most }, price);
  }
  return cost;
}
