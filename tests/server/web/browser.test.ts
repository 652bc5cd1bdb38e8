import { describe, expect, test } from 'vitest';

import { hasChromium } from '../../support/chromium.js';
import { HOSTILE, hostilePages, hostileProject, waitingRun } from '../../support/hostile-project.js';
import { expectNoFaults, openBrowser, PHONE } from '../../support/page-browser.js';
import { serve } from '../../support/serve-process.js';
import { readRun } from '../../support/scenario.js';
import { forAllTests } from '../../support/when-over.js';

describe.runIf(hasChromium())('in Chromium', () => {
  const made = forAllTests(async () => {
    const cwd = hostileProject();
    return { cwd, server: await serve(['--by', 'Ada'], { cwd }), browser: await openBrowser() };
  });

  test('when a person answers without a script on a phone then the changed call is what is agreed to', async () => {
    const { cwd, server, browser } = made();
    const run = await waitingRun(cwd, 'send.json');
    const page = await browser.newPage({ javaScriptEnabled: false, viewport: PHONE });
    await page.goto(server.url);
    await page.getByText('Change the arguments first').click();
    await page.getByLabel('text').fill('Good morning');
    await page.getByRole('button', { name: 'Yes, make this call' }).click();
    await page.getByRole('button', { name: 'Yes, with 1 change' }).click();
    await page.getByText('Recorded:').waitFor();
    await page.close();
    const [question] = readRun(cwd, run.id).outputs.clarifications;
    expect(question).toMatchObject({ response: { yes: { to: HOSTILE, text: 'Good morning' } }, channel: 'web' });
  });

  test('when texts of others are hostile then no page lets them act, and all can be read by everybody', async () => {
    const { cwd, server, browser } = made();
    const paths = await hostilePages(cwd);
    await expectNoFaults(browser, { url: server.url, paths, look: { viewport: PHONE, colorScheme: 'dark' } });
  });
});
