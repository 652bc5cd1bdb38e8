import { expect, test } from 'vitest';

import { expectUsableInbox } from '../server/web/live-pages.js';
import { liveProject } from '../server/web/live-project.js';
import { hasChromium } from '../support/chromium.js';
import { openBrowser } from '../support/page-browser.js';
import { serve } from '../support/serve-process.js';

test.runIf(hasChromium())(
  'when 1,000 questions are open then every page of the inbox is live and can be used',
  async () => {
    const cwd = liveProject();
    const [server, browser] = [await serve(['--by', 'Ada'], { cwd }), await openBrowser()];
    await expectUsableInbox({ cwd, server, browser, runs: 50 });
    expect(server.stderr()).toBe('');
  },
);
