import { describe, expect, test } from 'vitest';

import { hasChromium } from '../../support/chromium.js';
import { hostileProject, waitingRun } from '../../support/hostile-project.js';
import { expectNoFaults, openBrowser, PHONE } from '../../support/page-browser.js';
import { serve } from '../../support/serve-process.js';
import { PASSWORD, writeUsers } from '../../support/served-users.js';
import { readRun } from '../../support/scenario.js';

describe.runIf(hasChromium())('in Chromium', () => {
  test('when a person signs in on a phone without a script then they answer and sign out', async () => {
    const cwd = hostileProject();
    const run = await waitingRun(cwd, 'send.json');
    await writeUsers(cwd, { 'Ada Brook': ['answer'] });
    const server = await serve(['--users', 'users.json'], { cwd });
    const browser = await openBrowser();
    await expectNoFaults(browser, { url: server.url, paths: ['/sign-in'], look: { viewport: PHONE } });
    const look = await browser.newPage({ viewport: PHONE });
    await look.goto(`${server.origin}/sign-in`);
    await look.getByLabel('Password', { exact: true }).fill('seen');
    await look.getByRole('button', { name: 'Show: Password' }).click();
    expect(await look.getByLabel('Password', { exact: true }).getAttribute('type')).toBe('text');
    await look.close();
    const page = await browser.newPage({ javaScriptEnabled: false, viewport: PHONE });
    await page.goto(`${server.origin}/inbox`);
    await page.getByLabel('Name').fill('Ada Brook');
    await page.getByLabel('Password').fill('something else');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('The name or the password is wrong.').waitFor();
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('button', { name: 'Yes, make this call' }).click();
    await page.getByText('Recorded:').waitFor();
    const [cookie] = await page.context().cookies();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await page.goto(`${server.origin}/runs`);
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    expect((await server.get('/runs', { cookie: `${cookie?.name}=${cookie?.value}` })).status).toBe(401);
    await page.close();
    const [question] = readRun(cwd, run.id).outputs.clarifications;
    expect(question).toMatchObject({ channel: 'web', answered_by: { name: 'Ada Brook', vouched_by: 'login' } });
  });
});
