import { PortiaError } from '../domain/errors.js';
import type { AskedModel } from '../domain/plan/asked-models.js';
import { givePrice, noPrice } from './budget.js';
import type { ExecutorServices } from './services.js';

/**
 * Refuses a limit of cost when a model that may be asked has no price: a PortiaError `invalid-settings`. Those that are
 * not set up are told of when they are needed.
 */
export function refuseUnpriced(
  models: readonly AskedModel[],
  { settings, modelId }: Pick<ExecutorServices, 'settings' | 'modelId'>,
): void {
  const { limits, prices } = settings.budget;
  if (limits.cost === undefined) return;
  const asked = settings.summarize ? [...models, { role: 'summarizer' as const }] : models;
  const ids = asked.map((one: AskedModel) => modelId(one.role, one.name)).filter((id) => id !== undefined);
  const unpriced = ids.find((id) => !prices.has(id));
  if (unpriced === undefined) return;
  throw new PortiaError('invalid-settings', noPrice(unpriced), {
    why: 'Without it, nothing can say when the limit is reached.',
    fix: givePrice(unpriced),
  });
}
