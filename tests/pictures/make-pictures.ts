import type { Browser } from 'playwright-core';

import { DESK, PHONE } from '../support/page-browser.js';
import { commentPage } from './comment.js';
import { draw, openPage, type Look, type Part } from './draw.js';
import { openShop } from './shop.js';

const LIGHT: Look = { viewport: DESK, colorScheme: 'light' };
const DARK: Look = { viewport: DESK, colorScheme: 'dark' };
const ON_PHONE: Look = { viewport: PHONE, colorScheme: 'light' };
const ON_DARK_PHONE: Look = { viewport: PHONE, colorScheme: 'dark' };

/** The pictures of the documentation, by the names of their files: what the built portia shows of runs with a scripted model. */
export async function makePictures(browser: Browser): Promise<Record<string, Buffer>> {
  const { server, reminders, plan, question, link, report } = await openShop(browser);
  const picture = async (path: string, look: Look, part?: Part) => {
    const page = await openPage(browser, look);
    // Lets the person in.
    if (!path.startsWith('/link/')) await page.goto(server.url);
    await page.goto(new URL(path, server.origin).href);
    const png = await draw(page, part);
    await page.close();
    return png;
  };
  const comment = await openPage(browser, LIGHT);
  await comment.setContent(await commentPage());
  const sheet = await openPage(browser, { ...LIGHT, viewport: { width: 928, height: 800 } });
  await sheet.setContent(await report(reminders));
  return {
    'inbox.png': await picture('/inbox', LIGHT),
    'question-phone.png': await picture(question, ON_DARK_PHONE, { of: '.q' }),
    'run.png': await picture(`/runs/${reminders}`, LIGHT, { above: '.tl' }),
    'run-dark.png': await picture(`/runs/${reminders}`, DARK),
    'plan.png': await picture(`/plans/${plan}`, LIGHT),
    'link-phone.png': await picture(new URL(await link(reminders, 'ben')).pathname, ON_PHONE),
    'report.png': await draw(sheet, { above: '#people' }),
    'comment.png': await draw(comment, { of: 'article' }),
  };
}
