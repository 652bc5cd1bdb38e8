import type { Hono } from 'hono';

import type { Site, WebEnvironment } from './context.js';
import { runViewRoutes } from './run-view-routes.js';

/** The list of runs, and each of them. */
export function runRoutes(app: Hono<WebEnvironment>, site: Site): void {
  runViewRoutes(app, site);
}
