import { PortiaError } from '../domain/errors.js';
import type { EventBody } from '../domain/run/events.js';
import type { Run } from '../domain/run/run.js';
import { callPort } from '../hooks/call-port.js';
import type { Services } from './services.js';

/**
 * Tells the hook `afterRun` that a run is being cancelled. Gives what is recorded of that: a run is cancelled whatever becomes
 * of the hook.
 */
export function tellCancelled(
  services: Pick<Services, 'hooks' | 'redactor' | 'toolEnvironment'>,
): (run: Run) => Promise<EventBody[]> {
  return async ({ id, plan_id: planId, end_user_id: endUserId }) => {
    try {
      const hooks = await services.hooks();
      if (hooks?.names.has('afterRun') !== true) return [];
      const { text: redact } = services.redactor();
      const { isInspected } = services.toolEnvironment;
      const { signal } = new AbortController();
      const about = { run: { id, planId, endUserId }, state: 'cancelled' };
      await callPort(hooks, { hook: 'afterRun', about, signal, redact, isInspected });
      return [{ type: 'hook.called', key: '/afterRun/cancelled', hook: 'afterRun' }];
    } catch (error) {
      if (error instanceof PortiaError) return [{ type: 'warning', message: error.message }];
      throw error;
    }
  };
}
