import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { makePictures } from '../pictures/make-pictures.js';
import { difference } from '../pictures/small-png.js';
import { hasChromium } from '../support/chromium.js';
import { openBrowser } from '../support/page-browser.js';

const FOLDER = 'docs/pictures';
/** `npm run pictures` keeps what is drawn. */
const keeps = process.env['PICTURES'] === 'keep';

test.runIf(hasChromium())('when the pictures are drawn again then they are those of the documentation', async () => {
  const pictures = await makePictures(await openBrowser());
  if (keeps) mkdirSync(FOLDER, { recursive: true });
  for (const [name, png] of Object.entries(pictures)) {
    const file = join(FOLDER, name);
    if (keeps) writeFileSync(file, png);
    const { sizes, share } = difference(readFileSync(file), png);
    expect(sizes[1], name).toEqual(sizes[0]);
    // Browsers draw letters in slightly different ways.
    expect(share, name).toBeLessThan(0.05);
  }
});
