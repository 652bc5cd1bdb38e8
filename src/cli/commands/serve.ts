import { serveInBrowser } from '../serve/serve.js';
import { SERVE_FLAGS } from '../serve/serve-flags.js';
import { defineCommand } from '../session/command.js';
import { createSession } from '../session/session.js';

/** Pages for people: the inbox, the runs and the plans. */
export const command = defineCommand({
  about:
    'Opens pages on this machine: every open question with a form, the runs, and the plans. The printed address lets ' +
    'you in. With --users people sign in by the names that portia users keeps, and with --listen also from other ' +
    'machines. Ctrl-C ends it.',
  examples: [['portia serve --check', 'whether it could be started here']],
  flags: SERVE_FLAGS,
  async run(invocation) {
    return serveInBrowser(await createSession(invocation));
  },
});
