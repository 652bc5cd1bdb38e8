import live from './live-script.js';
import page from './page-script.js';

/** What pages do beside what they do without a script: keys, and what changes while they are open. */
export const SCRIPT = [page, live].join('\n');
