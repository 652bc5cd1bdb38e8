import axe from 'axe-core';
import { chromium, type Page } from 'playwright-core';
import { onTestFinished } from 'vitest';

import { foundChromium } from './chromium.js';

/** A real browser at a width, which runs what pages bring. */
export async function openBrowser(width = 1280): Promise<Page> {
  const browser = await chromium.launch({ executablePath: foundChromium(), args: ['--no-sandbox'] });
  onTestFinished(() => browser.close());
  // The rules of a page would refuse the checker.
  const context = await browser.newContext({ viewport: { width, height: 900 }, bypassCSP: true });
  const page = await context.newPage();
  page.on('dialog', (dialog) => {
    throw new Error(`A script of a text ran: ${dialog.message()}`);
  });
  return page;
}

/** What a person with a screen reader or a keyboard would stumble over, and how far the page scrolls sideways. */
export async function faultsOf(page: Page): Promise<{ rules: string[]; sideways: number }> {
  await page.evaluate(axe.source);
  const rules = await page.evaluate<string[]>(
    'axe.run().then(({ violations }) => violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`))',
  );
  const sideways = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
  return { rules, sideways };
}
