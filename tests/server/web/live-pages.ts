import type { Browser, Page } from 'playwright-core';
import { expect } from 'vitest';

import { DESK, faultsOf } from '../../support/page-browser.js';
import { portiaHere } from '../../support/portia-here.js';
import type { Served } from '../../support/serve-process.js';
import { whenOver } from '../../support/when-over.js';
import { askingRun } from './live-project.js';

/** Opens a page as the person who came in, in a browser of their own. */
export async function openPage(browser: Browser, server: Served, path: string): Promise<Page> {
  const page = await browser.newPage({ viewport: DESK, bypassCSP: true });
  const faults: Error[] = [];
  page.on('pageerror', (fault) => faults.push(fault));
  whenOver(async () => {
    await page.close();
    expect(faults).toEqual([]);
  });
  await page.goto(server.url);
  await page.goto(server.origin + path);
  return page;
}

/** When the text is in the page, by its clock: milliseconds since 1970. */
export function shownAt(page: Page, text: string): Promise<number> {
  return page.evaluate<number>(`new Promise((resolve) => {
    const look = () => document.getElementById('main').textContent.includes(${JSON.stringify(text)}) && resolve(Date.now());
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
    look();
  })`);
}

/**
 * With so many runs that ask 20 questions each, a person finds a page of the inbox, sees there what is answered elsewhere
 * and what comes, and answers.
 */
export async function expectUsableInbox({
  cwd,
  server,
  browser,
  runs,
}: {
  cwd: string;
  server: Served;
  browser: Browser;
  runs: number;
}): Promise<void> {
  const first = await askingRun(cwd, 'many.json');
  for (let count = 1; count < runs; count += 1) await askingRun(cwd, 'many.json');
  const page = await openPage(browser, server, `/inbox?find=much&page=${runs}`);
  await page.getByText(`${runs * 20 - 19} to ${runs * 20} of ${runs * 20}`).waitFor();
  expect(await page.locator('article').count()).toBe(20);
  await portiaHere(['answer', first.id, 'n3=elsewhere', '--by', 'Ben'], { cwd });
  await page.locator('#questions').getByText('by Ben, from a command, just now: elsewhere').waitFor();
  await page.locator('#live', { hasText: 'Answered by Ben' }).waitFor({ state: 'attached' });
  expect(await page.locator('article').count()).toBe(19);
  await askingRun(cwd, 'many.json');
  await page.getByText('20 new, show').waitFor();
  expect(await faultsOf(page)).toEqual({ rules: [], sideways: 0, acted: 0 });
  const card = page.locator('article', { hasText: 'Value 7?' });
  await card.getByRole('textbox').fill('here');
  await card.getByRole('button', { name: 'Send the value' }).click();
  await page.getByText('Recorded: “Value 7?”.').waitFor();
  await page.goto(`${server.origin}/inbox?find=much`);
  await page.getByText(`1 to 20 of ${runs * 20 + 18}`).waitFor();
}
