import type { Hono } from 'hono';

import type { WebEnvironment } from './context.js';
import { ASSET_FILES } from './versioned-assets.js';

/** What belongs to every page, also to that of a person who is not signed in. */
export function assetRoutes(app: Hono<WebEnvironment>): void {
  for (const { path, type, text } of Object.values(ASSET_FILES)) {
    app.get(path, (context) =>
      context.body(text, 200, { 'Content-Type': type, 'Cache-Control': 'public, max-age=31536000, immutable' }),
    );
  }
}
