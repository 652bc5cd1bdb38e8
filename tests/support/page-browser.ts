import axe from 'axe-core';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { expect } from 'vitest';

import { foundChromium } from './chromium.js';
import { whenOver } from './when-over.js';

export const PHONE = { width: 360, height: 800 };
export const DESK = { width: 1280, height: 900 };

/** A real browser. */
export async function openBrowser(): Promise<Browser> {
  const browser = await chromium.launch({ executablePath: foundChromium(), args: ['--no-sandbox'] });
  whenOver(() => browser.close());
  return browser;
}

/** No page has a fault of `faultsOf`. `url` lets the browser in. */
export async function expectNoFaults(
  browser: Browser,
  { url, paths, look }: { url: string; paths: readonly string[]; look: BrowserContextOptions },
): Promise<void> {
  // The rules of a page would keep a script from running that its escaping let through.
  const page = await browser.newPage({ ...look, bypassCSP: true });
  await page.goto(url);
  for (const path of paths) {
    await page.goto(new URL(path, url).href);
    expect([path, look, await faultsOf(page)]).toEqual([path, look, { rules: [], sideways: 0, acted: 0 }]);
  }
  await page.close();
}

/**
 * What a person with a screen reader or a keyboard would stumble over, how far the page scrolls sideways in pixels, and
 * whether a text of others acted: it sets `window.acted`.
 */
export async function faultsOf(page: Page): Promise<{ rules: string[]; sideways: number; acted: number }> {
  await page.evaluate(axe.source);
  const rules = await page.evaluate<string[]>(
    'axe.run().then(({ violations }) => violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`))',
  );
  const sideways = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
  return { rules, sideways, acted: await page.evaluate<number>('window.acted ?? 0') };
}
