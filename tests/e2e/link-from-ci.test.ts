import { expect, test, vi } from 'vitest';

import { hasChromium } from '../support/chromium.js';
import { openBrowser, PHONE } from '../support/page-browser.js';
import { portia } from '../support/portia.js';
import { onlyRun, readRun } from '../support/scenario.js';
import { serve } from '../support/serve-process.js';
import { orderProject, resultOf } from './order-project.js';

test.runIf(hasChromium())(
  'when a run asks in CI then its person answers by a link on a phone, and the server completes it',
  async () => {
    const cwd = orderProject('input');
    expect((await portia(['run-plan', 'order.json'], { cwd, env: { CI: 'true' } })).code).toBe(8);
    const { id } = onlyRun(cwd);
    const server = await serve(['--drive'], { cwd });
    await portia(['config', 'set', 'serve.public_url', server.origin], { cwd });
    const { stdout } = await portia(['link', id, '--for', 'Ben'], { cwd });
    const { url } = JSON.parse(stdout) as { url: string };
    expect(url.startsWith(`${server.origin}/link/`)).toBe(true);

    const browser = await openBrowser();
    const page = await browser.newPage({ viewport: PHONE });
    await page.goto(url);
    await page.getByRole('spinbutton', { name: 'How many?' }).fill('7');
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByText('by Ben, from a signed link').waitFor();
    await vi.waitFor(() => expect(readRun(cwd, id).state, server.stderr()).toBe('COMPLETE'), { timeout: 60_000 });
    const ended = onlyRun(cwd);
    expect(resultOf(ended)).toEqual({ answers: [7], args: { quantity: 7 } });
    const [question] = ended.outputs.clarifications;
    expect(question).toMatchObject({
      answered_by: { name: 'Ben', vouched_by: 'link' },
      channel: 'link',
      resolved_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    });

    const again = await page.goto(url);
    expect(again?.status()).toBe(410);
    await page.getByText('by Ben, from a signed link').waitFor();
    expect(await page.getByRole('button').count()).toBe(0);
  },
);
