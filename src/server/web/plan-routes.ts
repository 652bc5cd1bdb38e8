import type { Hono } from 'hono';

import { PortiaError } from '../../domain/errors.js';
import { isPlanId } from '../../domain/values/ids.js';
import { planPage } from '../../ui/pages/plan-page.js';
import { requireRole, respond, type Site, type WebEnvironment } from './context.js';

/** The list of plans, and each of them. */
export function planRoutes(app: Hono<WebEnvironment>, site: Site): void {
  const { store } = site.services;
  app.get('/plans/:id', async (context) => {
    requireRole(context, 'look');
    const id = context.req.param('id');
    const plan = isPlanId(id) ? await store.readPlan(id) : undefined;
    if (plan === undefined) throw new PortiaError('not-found', `There is no plan ${JSON.stringify(id)}.`);
    return respond(context, site, planPage({ plan }));
  });
}
