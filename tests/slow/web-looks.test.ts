import { test } from 'vitest';

import { hasChromium } from '../support/chromium.js';
import { hostilePages, hostileProject } from '../support/hostile-project.js';
import { DESK, expectNoFaults, openBrowser, PHONE } from '../support/page-browser.js';
import { serve } from '../support/serve-process.js';
import { forAllTests } from '../support/when-over.js';

const LOOKS = [PHONE, DESK].flatMap((viewport) =>
  (['light', 'dark'] as const).map((colorScheme) => ({ viewport, colorScheme })),
);

const made = forAllTests(async () => {
  const cwd = hostileProject();
  const [paths, { url }] = [await hostilePages(cwd), await serve(['--drive'], { cwd })];
  return { paths, url, browser: await openBrowser() };
});

test.runIf(hasChromium()).each(LOOKS)(
  'when hostile texts are shown at $viewport.width px in the $colorScheme theme then no page has a fault',
  async (look) => {
    const { browser, ...shown } = made();
    await expectNoFaults(browser, { ...shown, look });
  },
);
