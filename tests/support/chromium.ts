import { findBrowser } from '../../src/tools/browser/find-browser.js';

const isRoot = process.geteuid?.() === 0;

/** Settings with which the browser works where the tests run, and reaches the servers of a test. */
export const BROWSER_SETTINGS = { private_network: true, ...(isRoot && { no_sandbox: true }) };

/** Where the Chromium of this machine is. Throws where there is none. */
export function foundChromium(): string {
  const found = search();
  if (!found.ok) throw new Error(found.why);
  return found.executable;
}

/** Whether there is a Chromium here; where there is none, standard error says that its tests are left out. */
export function hasChromium(): boolean {
  const found = search();
  if (!found.ok) process.stderr.write(`! Nothing is tried in a real browser: ${found.why} ${found.fix}\n`);
  return found.ok;
}

function search() {
  const settings = new Map(Object.entries(BROWSER_SETTINGS));
  const path = process.env['PATH'] ?? '';
  return findBrowser({ projectRoot: '/', path, setting: (name) => settings.get(name), isRoot });
}
