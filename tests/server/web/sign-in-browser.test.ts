import { describe, expect, test } from 'vitest';

import { hasChromium } from '../../support/chromium.js';
import { hostileProject, waitingRun } from '../../support/hostile-project.js';
import { expectNoFaults, faultsOf, openBrowser, PHONE } from '../../support/page-browser.js';
import { serve } from '../../support/serve-process.js';
import { PASSWORD, writeUsers } from '../../support/served-users.js';
import { readRun } from '../../support/scenario.js';
import { forAllTests } from '../../support/when-over.js';

describe.runIf(hasChromium())('in Chromium', () => {
  const made = forAllTests(async () => {
    const cwd = hostileProject();
    const run = await waitingRun(cwd, 'send.json');
    await writeUsers(cwd, { 'Ada Brook': ['answer'] });
    const server = await serve(['--users', 'users.json'], { cwd });
    return { cwd, run, server, browser: await openBrowser() };
  });

  test('when a person types a new password then they see how strong it is, and after signing out no page shows anything', async () => {
    const { cwd, server, browser } = made();
    const context = await browser.newContext({ viewport: PHONE });
    const page = await context.newPage();
    await page.goto(`${server.origin}/sign-in?next=/password`);
    await page.getByLabel('Name').fill('Ada Brook');
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL('**/password');
    const field = page.getByLabel('New password', { exact: true });
    const asked: string[] = [];
    const faults: string[] = [];
    page.on('request', (request) => asked.push(`${request.method()} ${new URL(request.url()).pathname}`));
    page.on('console', (message) => faults.push(message.text()));
    await field.fill('Ada Brook 20');
    await page.getByText('Easy to guess.').waitFor();
    await field.fill('short');
    await page.getByText('It has 5 characters, and at least 12 are needed.').waitFor();
    await field.fill('wandering teapots hum quietly');
    await page.getByText('Very hard to guess.').waitFor();
    expect(await page.locator('meter').evaluate((meter) => Reflect.get(meter, 'value'))).toBe(4);
    expect(await faultsOf(page)).toEqual({ rules: [], sideways: 0, acted: 0 });
    expect([asked, faults]).toEqual([['GET /password-rules.js'], []]);

    const other = await context.newPage();
    await other.goto(`${server.origin}/inbox`);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await waitingRun(cwd, 'ask.json');
    await other.getByRole('heading', { name: 'Sign in' }).waitFor();
    expect(await other.getByText('Hello').count()).toBe(0);
    await context.close();
  });

  test('when a person signs in on a phone without a script then they answer and sign out', async () => {
    const { cwd, run, server, browser } = made();
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
