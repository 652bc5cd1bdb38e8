import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

import type { Browser, BrowserContextOptions, Page } from 'playwright-core';

import { smallPng } from './small-png.js';

const require = createRequire(import.meta.url);

/**
 * The first font of the stylesheet, so that the pages look the same on every machine. What it lacks is drawn with a font
 * of the machine.
 */
const FONT = [
  fontFace(
    'U+0000-00FF, U+2000-206F, U+20AC',
    require.resolve('@fontsource-variable/inter/files/inter-latin-wght-normal.woff2'),
  ),
  fontFace('U+0100-02AF', require.resolve('@fontsource-variable/inter/files/inter-latin-ext-wght-normal.woff2')),
].join('\n');

function fontFace(characters: string, file: string): string {
  const data = `data:font/woff2;base64,${readFileSync(file, 'base64')}`;
  return `@font-face { font-family: Inter; font-weight: 100 900; unicode-range: ${characters}; src: url(${data}); }`;
}

/** How a page is looked at. */
export type Look = Pick<BrowserContextOptions, 'viewport' | 'colorScheme'>;

/** A page as a browser shows it. */
export async function openPage(browser: Browser, look: Look): Promise<Page> {
  const { width = 0 } = look.viewport ?? {};
  // A phone has more pixels; the rules of the pages would keep the font out.
  return browser.newPage({ ...look, bypassCSP: true, timezoneId: 'UTC', deviceScaleFactor: width < 640 ? 2 : 1 });
}

/** What of a page is drawn: all of it, one element, or what is above the end of one. */
export type Part = { of?: string; above?: string };

/** A part of a page as a small PNG; elements are named by selectors. */
export async function draw(page: Page, { of, above }: Part = {}): Promise<Buffer> {
  await page.addStyleTag({ content: FONT });
  await page.evaluate('document.fonts.ready');
  const options = { animations: 'disabled', caret: 'hide' } as const;
  if (of !== undefined) return smallPng(await page.locator(of).screenshot(options));
  if (above === undefined) return smallPng(await page.screenshot({ ...options, fullPage: true }));
  const { y = 0, height = 0 } = (await page.locator(above).boundingBox()) ?? {};
  const width = page.viewportSize()?.width ?? 0;
  return smallPng(
    await page.screenshot({ ...options, fullPage: true, clip: { x: 0, y: 0, width, height: y + height + MARGIN } }),
  );
}

const MARGIN = 24;
