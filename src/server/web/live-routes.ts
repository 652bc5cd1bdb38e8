import type { Hono } from 'hono';

import { isRunId } from '../../domain/values/ids.js';
import type { WatchedRuns } from '../../storage/run-watch.js';
import { requireRole, type Site, type WebEnvironment } from './context.js';

/** Runs that one page shows live. */
const MOST_RUNS = 100;
const PATH = '/events';

/** What tells an open page that it can be loaded anew. */
export function liveRoutes(app: Hono<WebEnvironment>, { live }: Site): void {
  app.get(PATH, async (context) => {
    requireRole(context, 'look');
    const { req } = context;
    const watched = {
      runs: (req.queries('run') ?? []).filter(isRunId).slice(0, MOST_RUNS),
      lists: req.query('lists') !== undefined,
    };
    const isHere = context.get('isHere');
    const stream = await live.open({ watched, session: context.get('session'), isHere });
    if (stream === undefined) return context.text('Too many pages are live here.\n', 503);
    context.header('Content-Type', 'text/event-stream; charset=utf-8');
    // Proxies that keep an answer back until it is long would keep this one for ever.
    context.header('X-Accel-Buffering', 'no');
    return context.body(stream);
  });
}

/** Where a page hears of changes of these runs. */
export function liveAddress({ runs, lists }: WatchedRuns): string {
  const query = new URLSearchParams(lists ? { lists: '' } : {});
  for (const id of [...new Set(runs)].slice(0, MOST_RUNS)) query.append('run', id);
  return `${PATH}?${query.toString()}`;
}
