import type { PricedPlanEstimate } from '../../domain/plan/priced-estimate.js';
import { stepNumber } from '../../domain/plan/step-path.js';
import { expectedText, LEFT_OUT } from '../estimate-view.js';
import { icon } from './icons.js';
import { markup, type Inlay, type Markup } from './markup.js';

/** Steps without a limit that are named. */
const MOST_NAMED = 5;

/** What a start would take of models, as an item of the list beside it. */
export function estimateText(estimate: PricedPlanEstimate): Markup {
  const { asked, open, unknown } = estimate;
  if (asked.length === 0 && open.length === 0 && unknown.length === 0) {
    return item('It asks no model, and costs nothing.', undefined);
  }
  const models = [...new Set(asked.flatMap(({ model }) => model ?? []))];
  const unpriced = [...new Set(asked.flatMap(({ model, price }) => (model !== undefined && !price ? [model] : [])))];
  const none = [...new Set(asked.flatMap(({ whyNone }) => whyNone ?? []))];
  const says = [
    `It takes ${expectedText(estimate)}${models.length === 0 ? '' : `, with ${models.join(', ')}`}.`,
    ...none,
    ...unpriced.map((model) => `The price of ${model} is not known.`),
    ...open.slice(0, MOST_NAMED).map(({ path, why }) => `Step ${stepNumber(path)} has no upper limit: ${why}.`),
    ...unknown.map((id) => `The plan ${id} is not here, and is not counted.`),
  ];
  return item(says.join(' '), asked.length > 0 && LEFT_OUT);
}

function item(says: string, hint: string | false | undefined): Markup {
  const small: Inlay = typeof hint === 'string' && markup`<span class="hint">An estimate. ${hint}</span>`;
  return markup`<li>${icon('k-model')}<span>${says} ${small}</span></li>`;
}
