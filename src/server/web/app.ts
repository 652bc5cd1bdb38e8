import { Hono } from 'hono';

import { PortiaError } from '../../domain/errors.js';
import { nearestIds } from '../../storage/resolve-id.js';
import { messagePage } from '../../ui/pages/message-page.js';
import { assetRoutes } from './assets.js';
import { commentRoutes } from './comment-routes.js';
import {
  fixFor,
  NOBODY,
  NotAllowed,
  respond,
  type PageStatus,
  type Site,
  type WebContext,
  type WebEnvironment,
} from './context.js';
import { admit, guard } from './door.js';
import type { Door } from './entrance.js';
import { inboxRoutes } from './inbox-routes.js';
import { liveRoutes } from './live-routes.js';
import { linkRoutes } from './link-routes.js';
import { planListRoutes } from './plan-list-routes.js';
import { planRoutes } from './plan-routes.js';
import { runListRoutes } from './run-list-routes.js';
import { runRoutes } from './run-routes.js';

/** The whole web application, as a function of requests. */
export function createApp(site: Site, door: Door): Hono<WebEnvironment> {
  const app = new Hono<WebEnvironment>();
  guard(app, door);
  assetRoutes(app);
  linkRoutes(app, site);
  admit(app, site, door);
  app.get('/', (context) => context.redirect('/inbox'));
  inboxRoutes(app, site);
  runListRoutes(app, site);
  runRoutes(app, site);
  planListRoutes(app, site);
  planRoutes(app, site);
  commentRoutes(app, site);
  liveRoutes(app, site);
  app.notFound((context) => respond(context, site, { ...NOT_HERE, status: 404 }));
  app.onError((error, context) => failed(error, context, site));
  return app;
}

const NOT_HERE = messagePage({ title: 'Not here', sentence: 'There is no page at this address.' });

async function failed(error: Error, context: WebContext, site: Site): Promise<Response> {
  if (!(error instanceof PortiaError) || error.code === 'internal') {
    await site.warn(error.stack ?? error.message);
    return respond(context, site, { ...OWN_FAULT, status: 500 });
  }
  if (context.get('session') === NOBODY) {
    await site.warn([error.message, error.details.why].filter((part) => part !== undefined).join(' '));
    return respond(context, site, { ...NOT_NOW, status: 500 });
  }
  const { why, fix } = error.details;
  const page = messagePage({
    title: error.code === 'not-found' ? 'Not here' : 'Not possible',
    sentence: error.message,
    why,
    fix: fixFor(context, site, fix),
    near: error.code === 'not-found' ? await nearTo(context, site) : undefined,
  });
  return respond(context, site, { ...page, status: statusOf(error) });
}

/** Runs or plans with ids like that in the address. */
async function nearTo(context: WebContext, { services: { store } }: Site): Promise<{ href: string; text: string }[]> {
  const [, kind = '', id = ''] = /^\/(runs|plans)\/([^/]+)$/.exec(context.req.path) ?? [];
  if (kind === '' || !context.get('session').roles.has('look')) return [];
  const ids = kind === 'runs' ? await store.listRunIds() : await store.listPlanIds();
  return nearestIds(id, ids).map((text) => ({ href: `/${kind}/${text}`, text }));
}

const OWN_FAULT = messagePage({
  title: 'This failed',
  sentence: 'portia made a mistake here. What happened is printed where portia serve runs.',
});

/** For those of whom nothing is known: the reason may name files of this machine. */
const NOT_NOW = messagePage({
  title: 'Not now',
  sentence: 'This does not work now. The reason is printed where portia serve runs.',
});

function statusOf(error: PortiaError): PageStatus {
  if (error instanceof NotAllowed) return 403;
  if (error.code === 'not-found') return 404;
  if (error.code === 'run-locked' || error.code === 'run-final' || error.code === 'stale') return 409;
  return error.code === 'storage-failed' ? 500 : 400;
}
