import type { Hono } from 'hono';

import { requireRole, type Site, type WebEnvironment } from './context.js';
import { LIVE_PATH, watchedIn } from './live-address.js';

/** What tells an open page that it can be loaded anew. */
export function liveRoutes(app: Hono<WebEnvironment>, { live }: Site): void {
  app.get(LIVE_PATH, async (context) => {
    requireRole(context, 'look');
    const watched = watchedIn(new URL(context.req.url).searchParams);
    const stream = await live.open({ watched, session: context.get('session'), isHere: context.get('isHere') });
    if (stream === undefined) return context.text('Too many pages are live here.\n', 503);
    context.header('Content-Type', 'text/event-stream; charset=utf-8');
    // Proxies that keep an answer back until it is long would keep this one for ever.
    context.header('X-Accel-Buffering', 'no');
    return context.body(stream);
  });
}
