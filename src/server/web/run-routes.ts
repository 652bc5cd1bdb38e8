import type { Hono } from 'hono';

import { PortiaError } from '../../domain/errors.js';
import { isRunId } from '../../domain/values/ids.js';
import { runPage } from '../../ui/pages/run-page.js';
import { actionsOf } from './run-list-routes.js';
import { requireRole, respond, type Site, type WebEnvironment } from './context.js';

/** The list of runs, and each of them. */
export function runRoutes(app: Hono<WebEnvironment>, site: Site): void {
  const { store } = site.services;
  app.get('/runs/:id', async (context) => {
    requireRole(context, 'look');
    const id = context.req.param('id');
    if (!isRunId(id)) throw new PortiaError('not-found', `There is no run ${JSON.stringify(id)}.`);
    const { run, owner } = await store.requireRun(id);
    const plan = await store.readPlan(run.plan_id);
    return respond(
      context,
      site,
      runPage({ run, plan, owner, now: site.services.now(), actions: actionsOf(context, site, run) }),
    );
  });
}
