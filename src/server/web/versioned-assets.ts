import { createHash } from 'node:crypto';

import { SCRIPT } from '../../ui/pages/script.js';
import { STYLESHEET } from '../../ui/pages/stylesheet.js';

/** What every page loads. */
export const ASSET_FILES = {
  style: { path: '/style.css', type: 'text/css; charset=utf-8', text: STYLESHEET },
  script: { path: '/script.js', type: 'text/javascript; charset=utf-8', text: SCRIPT },
} as const;

/** Where pages find it. What tells the version lets a browser keep it. */
export const ASSETS = { style: versioned('style'), script: versioned('script') };

function versioned(name: keyof typeof ASSET_FILES): string {
  const { path, text } = ASSET_FILES[name];
  return `${path}?v=${createHash('sha256').update(text).digest('hex').slice(0, 12)}`;
}
