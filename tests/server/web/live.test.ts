import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test, vi } from 'vitest';

import { hasChromium } from '../../support/chromium.js';
import { faultsOf, openBrowser } from '../../support/page-browser.js';
import { portiaHere } from '../../support/portia-here.js';
import { PORTIA, cleanEnvironment } from '../../support/portia.js';
import { readEvents, readRun } from '../../support/scenario.js';
import { serve } from '../../support/serve-process.js';
import { openTerminal } from '../../support/terminal.js';
import { forAllTests } from '../../support/when-over.js';
import { expectUsableInbox, openPage, shownAt } from './live-pages.js';
import { askingRun, liveProject, openGate, startRun } from './live-project.js';

async function answer(cwd: string, id: string, name: string): Promise<void> {
  expect(await portiaHere(['answer', id, 'many=1000', '--by', name], { cwd })).toMatchObject({ code: 0 });
}

describe.runIf(hasChromium())('pages that are open', () => {
  const made = forAllTests(async () => {
    const cwd = liveProject();
    return { cwd, server: await serve(['--by', 'Ada'], { cwd }), browser: await openBrowser() };
  });
  const open = (path: string) => openPage(made().browser, made().server, path);

  test('when another process drives a run then its page shows each step as it is done, and what is open stays open', async () => {
    const { cwd } = made();
    const runs = await open('/runs');
    const id = await startRun(cwd, 'gated.json');
    await runs.getByRole('cell', { name: 'Running' }).waitFor();
    const page = await open(`/runs/${id}`);
    await page.locator('h1 + span').getByText('Running').waitFor();
    await page.locator('.tl summary').first().click();
    await page.getByLabel('Find a step').fill('many');
    await page.getByLabel('Find a step').blur();
    await page.mouse.move(0, 0);
    const shown = shownAt(page, 'Step 2 waits for an answer');
    openGate(cwd, 'first');
    const at = await shown;
    const { ts = '' } = readEvents(cwd, id).find(({ type }) => type === 'clarification.raised') ?? {};
    process.stdout.write(`  an open page showed a question ${at - Date.parse(ts)} ms after its event\n`);
    await page.locator('#live', { hasText: 'Waiting for a person' }).waitFor({ state: 'attached' });
    expect(await page.locator('.tl details').first().getAttribute('open')).toBe('');
    expect(await page.getByLabel('Find a step').inputValue()).toBe('many');
    await runs.getByRole('cell', { name: 'Waiting for a person' }).waitFor();
    const before = Number.parseInt((await page.locator('#count').textContent()) ?? '', 10);
    await askingRun(cwd);
    await page.locator('#count', { hasText: `${before + 1} open` }).waitFor();
    expect(await faultsOf(page)).toEqual({ rules: [], sideways: 0, acted: 0 });
  });

  test('when questions come and are answered elsewhere then nothing moves, and what was typed is not lost', async () => {
    const { cwd } = made();
    const [one, other] = [await askingRun(cwd), await askingRun(cwd)];
    const page = await open('/inbox');
    const card = (id: string) => page.locator(`[data-keep^="shown=${id}/"]`);
    const cards = await page.locator('article').count();
    const field = card(one.id).getByRole('spinbutton');
    await field.fill('7');
    const before = await field.boundingBox();
    await answer(cwd, one.id, 'Ben');
    await answer(cwd, other.id, 'Eve');
    // Nobody is in it.
    await card(other.id).getByText('by Eve, from a command, just now: 1,000').waitFor();
    expect(await card(other.id).locator('form').count()).toBe(0);
    // Somebody is: it stands below.
    await card(one.id).getByText('by Ben, from a command, just now: 1,000').waitFor();
    expect([await field.inputValue(), await field.boundingBox()]).toEqual(['7', before]);
    await field.blur();
    await page.mouse.move(0, 0);
    await page.getByText('What you typed was not sent: 7').waitFor();
    expect(await card(one.id).locator('form').count()).toBe(0);

    await Promise.all([askingRun(cwd), askingRun(cwd)]);
    await page.getByText('2 new, show').waitFor();
    await page.locator('#live', { hasText: '2 new' }).waitFor({ state: 'attached' });
    expect(await page.locator('article').count()).toBe(cards - 2);
    expect(await faultsOf(page)).toEqual({ rules: [], sideways: 0, acted: 0 });
    await page.getByRole('link', { name: 'show', exact: true }).click();
    await vi.waitFor(async () => expect(await page.locator('article').count()).toBe(cards));
  });

  test('when two people answer at once then one answer counts, and the other person sees whose', async () => {
    const { cwd } = made();
    const run = await askingRun(cwd);
    const path = `/questions/${run.id}/${run.outputs.clarifications[0]?.id}`;
    const pages = [await open(path), await open(path)];
    for (const [index, page] of pages.entries()) await page.getByRole('spinbutton').fill(String(index + 1));
    await Promise.all(pages.map((page) => page.keyboard.press('Enter')));
    await Promise.all(
      pages.map((page) =>
        page
          .getByText(/Recorded:|by Ada, from a page/)
          .first()
          .waitFor(),
      ),
    );
    const [question] = readRun(cwd, run.id).outputs.clarifications;
    expect(readEvents(cwd, run.id).filter(({ type }) => type === 'clarification.resolved')).toHaveLength(1);
    expect([1, 2]).toContain(question?.response);
  });

  test('when a terminal asks then the card says so below what was typed, until the terminal is closed', async () => {
    const { cwd } = made();
    const { id } = await askingRun(cwd);
    const page = await open('/inbox');
    const card = page.locator(`[data-keep^="shown=${id}/"]`);
    const field = card.getByRole('spinbutton');
    await field.fill('7');
    const args = [PORTIA, 'resume', id];
    const terminal = openTerminal(process.execPath, args, { cwd, env: cleanEnvironment(cwd) });
    await terminal.waitFor('How many?');
    const asksThere = card.getByText('and asks there. Answer it there');
    await asksThere.waitFor();
    terminal.press('ctrl-c');
    await terminal.exit();
    await asksThere.waitFor({ state: 'detached' });
    expect(await field.inputValue()).toBe('7');
    await answer(cwd, id, 'Ben');
    await card.getByText('by Ben, from a command, just now: 1,000').waitFor();
  });

  test('when the server is killed while somebody answers then the answer is there once after a new start, and the call is made once', async () => {
    const { cwd, browser } = made();
    const server = await serve(['--by', 'Ada'], { cwd });
    const { id } = await askingRun(cwd, 'send.json');
    const watching = await openPage(browser, server, `/runs/${id}`);
    const answering = await openPage(browser, server, '/inbox');
    const sent = answering.waitForRequest((request) => request.method() === 'POST');
    await answering.getByRole('button', { name: 'Yes, make this call' }).click({ noWaitAfter: true });
    await sent;
    await server.stop('SIGKILL');
    await watching.getByText(/Not live since \d\d:\d\d\. Reload/).waitFor();
    expect(await faultsOf(watching)).toEqual({ rules: [], sideways: 0, acted: 0 });

    const again = await serve(['--by', 'Ada', '--port', new URL(server.origin).port], { cwd });
    const page = await openPage(browser, again, `/questions/${id}/${readRun(cwd, id).outputs.clarifications[0]?.id}`);
    const yes = page.getByRole('button', { name: 'Yes, make this call' });
    // The kill came before the record or after it.
    if ((await yes.count()) > 0) await yes.click();
    await page
      .getByText(/Recorded:|by Ada, from a page/)
      .first()
      .waitFor();
    expect(readEvents(cwd, id).filter(({ type }) => type === 'clarification.resolved')).toHaveLength(1);
    expect(await portiaHere(['resume', id], { cwd })).toMatchObject({ code: 0 });
    expect(readFileSync(join(cwd, 'sent.txt'), 'utf8')).toBe('Hello\n');
  });

  test('when more questions are open than fit a page then each page is live and can be used', async () => {
    await expectUsableInbox({ ...made(), runs: 2 });
  });
});
