import type { Hono } from 'hono';

import { markup } from '../../ui/pages/markup.js';
import { requireRole, respond, type Site, type WebEnvironment } from './context.js';

/** Every open question of every run. */
export function inboxRoutes(app: Hono<WebEnvironment>, site: Site): void {
  app.get('/inbox', async (context) => {
    requireRole(context, 'look');
    const main = markup`<h1>Inbox</h1>`;
    return respond(context, site, { title: 'Inbox', section: 'inbox', main });
  });
}
