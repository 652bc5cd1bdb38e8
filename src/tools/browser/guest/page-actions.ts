import type { Locator, Page } from 'playwright-core';

import { assertNever, messageOf } from '../../../domain/errors.js';
import { PageFault, type PageAction, type PageView } from '../../browser-port.js';

/** Does what is asked in the page. Gives what is seen beside the page itself; rejects with a PageFault. */
export async function actIn(page: Page, action: PageAction): Promise<Pick<PageView, 'text' | 'image'>> {
  try {
    return (await doIn(page, action)) ?? {};
  } catch (error) {
    throw new PageFault(firstLine(messageOf(error)));
  }
}

async function doIn(page: Page, action: PageAction): Promise<Pick<PageView, 'text' | 'image'> | undefined> {
  switch (action.do) {
    case 'open':
      await page.goto(action.url, { waitUntil: 'commit' });
      return undefined;
    case 'click':
      await element(page, action.ref).click();
      return undefined;
    case 'type': {
      const field = element(page, action.ref);
      await field.fill(action.text);
      if (action.enter) await field.press('Enter');
      return undefined;
    }
    case 'select':
      await element(page, action.ref).selectOption({ label: action.option });
      return undefined;
    case 'scroll':
      await page.mouse.wheel(0, action.to === 'down' ? 600 : -600);
      return undefined;
    case 'read':
      return { text: await page.locator('body').innerText() };
    case 'screenshot': {
      const image = await page.screenshot({ type: 'jpeg', quality: 70 });
      return { image: `data:image/jpeg;base64,${image.toString('base64')}` };
    }
    default:
      return assertNever(action);
  }
}

/** Of the last snapshot. */
function element(page: Page, ref: string): Locator {
  return page.locator(`aria-ref=${ref}`);
}

/** What Playwright says first; the rest is a log for programmers. */
function firstLine(message: string): string {
  const [line = ''] = message.replace(/^[\w.]+: /, '').split('\n');
  return line.replaceAll(/\u001b\[\d+m/g, '');
}
