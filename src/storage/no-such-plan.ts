import { advice, portia } from '../domain/next-step.js';
import { PortiaError } from '../domain/errors.js';

/** The error of an id that no plan here has. */
export function noSuchPlan(id: string): PortiaError {
  return new PortiaError('not-found', `There is no plan ${JSON.stringify(id)}.`, {
    fix: advice`See what is there: ${portia('list', 'plans')}`,
  });
}
