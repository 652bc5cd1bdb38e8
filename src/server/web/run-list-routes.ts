import type { Hono } from 'hono';

import { tellCancelled } from '../../app/cancelled-hook.js';
import { PortiaError } from '../../domain/errors.js';
import { portia } from '../../domain/next-step.js';
import { RUN_STATES, type Run } from '../../domain/run/run.js';
import { isRunId, type PlanId, type RunId } from '../../domain/values/ids.js';
import { cancelRun, refuseUncancellable } from '../../executor/cancel-run.js';
import type { RunBrief } from '../../storage/store.js';
import { ROWS_PER_PAGE, runsPage } from '../../ui/pages/list-pages.js';
import { listedRun, type ListedRun } from '../../ui/list-view.js';
import type { Inlay } from '../../ui/pages/markup.js';
import { cancelPage, runActions } from '../../ui/pages/run-actions.js';
import { lackOf, requireRole, respond, type Site, type WebContext, type WebEnvironment } from './context.js';
import { requireCsrf, sentForm } from './forms.js';
import { liveAddress } from './live-address.js';
import { hasWords, pageOf } from './paging.js';

/** The list of runs, and what a person can do with one. */
export function runListRoutes(app: Hono<WebEnvironment>, site: Site): void {
  const { store } = site.services;
  app.get('/runs', async (context) => {
    requireRole(context, 'look');
    const state = RUN_STATES.find((name) => name === context.req.query('state'));
    const all: RunBrief[] = [];
    for await (const brief of store.listRuns({ state, limit: Infinity })) all.push(brief);
    const find = context.req.query('find')?.trim() ?? '';
    const requests = new Requests(site);
    const fitting = await filtered(all, (brief) => requests.has(brief, find));
    const { rows, ...page } = pageOf(fitting, context.req.query('page'), ROWS_PER_PAGE);
    const listed = await Promise.all(rows.map((brief) => rowOf(brief, requests, site)));
    const { spell } = site;
    const shown = runsPage({ ...page, rows: listed, find, state, now: site.services.now(), spell });
    const runs = rows.filter((brief) => !('unreadable' in brief) && brief.state !== 'COMPLETE').map(({ id }) => id);
    return respond(context, site, { ...shown, live: liveAddress({ runs, lists: true }) });
  });
  app.get('/runs/:id/cancel', async (context) => {
    requireRole(context, 'run');
    const { run, plan } = await runOf(site, context);
    refuseUncancellable(run);
    const registry = plan === undefined ? undefined : await site.services.toolsToCheck([plan]);
    const isReading = (tool: string) => registry?.get(tool)?.effect === 'read';
    return respond(context, site, cancelPage(run, plan, { csrf: context.get('session').csrf, isReading }));
  });
  app.post('/runs/:id/cancel', async (context) => {
    requireRole(context, 'run');
    requireCsrf(await sentForm(context), context.get('session').csrf);
    const { run } = await runOf(site, context);
    const { name } = context.get('session');
    await site.drives?.stop(run.id, 'a cancel on a page');
    await cancelRun(store, run.id, { reason: `cancelled by ${name}`, tell: tellCancelled(site.services) });
    return context.redirect(`/runs/${run.id}`, 303);
  });
  app.post('/runs/:id/resume', async (context) => {
    requireRole(context, 'run');
    requireCsrf(await sentForm(context), context.get('session').csrf);
    const { run } = await runOf(site, context);
    await resume(site, run.id);
    return context.redirect(`/runs/${run.id}`, 303);
  });
}

/** What the person who is here may do with a run now. */
export function actionsOf(context: WebContext, { drives }: Site, run: Run): Inlay {
  const session = context.get('session');
  const lack = session.roles.has('run') ? undefined : lackOf('run', session);
  return runActions(run, { csrf: session.csrf, canResume: drives !== undefined, lack });
}

async function resume(site: Site, id: RunId): Promise<void> {
  if (site.drives === undefined) {
    throw new PortiaError('usage', 'This server does not continue runs.', {
      why: 'It was started without --drive.',
      fix: portia('resume', id),
    });
  }
  const { ended } = await site.drives.resume(id);
  ended.catch((error: unknown) => site.warn(String(error)));
}

async function runOf({ services: { store } }: Site, { req }: WebContext) {
  const id = req.param('id') ?? '';
  if (!isRunId(id)) throw new PortiaError('not-found', `There is no run ${JSON.stringify(id)}.`);
  const { run } = await store.requireRun(id);
  return { run, plan: await store.readPlan(run.plan_id) };
}

/** What plans were made for; many runs share few plans. */
class Requests {
  readonly #site: Site;
  readonly #known = new Map<PlanId, string | null>();

  constructor(site: Site) {
    this.#site = site;
  }

  async of(id: PlanId): Promise<string | null> {
    let request = this.#known.get(id);
    if (request === undefined) this.#known.set(id, (request = await this.#site.services.store.readRequest(id)));
    return request;
  }

  async has(brief: RunBrief, find: string): Promise<boolean> {
    const request = 'unreadable' in brief ? null : await this.of(brief.plan_id);
    return hasWords(`${brief.id} ${request ?? ''}`, find);
  }
}

async function filtered(all: RunBrief[], fits: (brief: RunBrief) => Promise<boolean>): Promise<RunBrief[]> {
  const found: RunBrief[] = [];
  for (const brief of all) if (await fits(brief)) found.push(brief);
  return found;
}

async function rowOf(brief: RunBrief, requests: Requests, { services: { store } }: Site): Promise<ListedRun> {
  const run = (await store.readRun(brief.id).catch(() => undefined))?.run;
  const query = 'unreadable' in brief ? null : await requests.of(brief.plan_id);
  return listedRun(brief, { run, query: query ?? undefined });
}
