import type { Hono } from 'hono';

import { PortiaError } from '../../domain/errors.js';
import type { PlanId } from '../../domain/values/ids.js';
import type { ListedPlan } from '../../ui/list-view.js';
import { plansPage, ROWS_PER_PAGE } from '../../ui/pages/list-pages.js';
import { requireRole, respond, type Site, type WebEnvironment } from './context.js';
import { hasWords, pageOf } from './paging.js';

/** The list of plans. */
export function planListRoutes(app: Hono<WebEnvironment>, site: Site): void {
  const { store } = site.services;
  app.get('/plans', async (context) => {
    requireRole(context, 'look');
    const find = context.req.query('find')?.trim() ?? '';
    const ids = await store.listPlanIds();
    const fitting: PlanId[] = [];
    for (const id of ids) if (hasWords(`${id} ${(await store.readRequest(id)) ?? ''}`, find)) fitting.push(id);
    const { rows, ...page } = pageOf(fitting, context.req.query('page'), ROWS_PER_PAGE);
    const listed: ListedPlan[] = [];
    for (const id of rows) listed.push(await listedPlan(site, id));
    return respond(
      context,
      site,
      plansPage({ ...page, rows: listed, find, now: site.services.now(), spell: site.spell }),
    );
  });
}

/** One bad file must not hide the others. */
async function listedPlan({ services: { store } }: Site, id: PlanId): Promise<ListedPlan> {
  try {
    const plan = await store.readPlan(id);
    if (plan === undefined) return { id, problem: 'it is gone' };
    const { plan_context: about, metadata, steps } = plan;
    const { planner, created_at: createdAt } = metadata;
    return { id, query: about.query, planner, steps: steps.length, createdAt, isLiked: false };
  } catch (error) {
    if (error instanceof PortiaError) return { id, problem: error.message };
    throw error;
  }
}
