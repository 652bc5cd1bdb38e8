import { listTargets } from '../notify/list-targets.js';
import { testTarget } from '../notify/test-target.js';
import { defineCommand, type CommandAction } from '../session/command.js';
import { createSession, type Session } from '../session/session.js';
import { refuseExtraWords, requireAction } from '../session/actions.js';

/** What each action does. */
const ACTIONS = {
  list: listTargets,
  test: testTarget,
} satisfies Record<string, (session: Session, words: readonly string[]) => Promise<number>>;

/** What each is called with, and does. */
const DESCRIBED = {
  list: { parameters: '', summary: 'who is told of what, and what did not arrive', flags: {} },
  test: {
    parameters: '<target>',
    summary: 'send a notice to try it',
    about: 'It says that it is a test. It is sent once, and nothing is kept of it.',
    flags: {},
  },
} satisfies Record<keyof typeof ACTIONS, CommandAction>;

/** Shows and tries who is told of runs. */
export const command = defineCommand({
  choices: Object.keys(ACTIONS),
  actions: DESCRIBED,
  about:
    'Who is told when a run asks, fails or ends is in the settings, under notify. Without an action it lists them, and ' +
    'notices that were not sent yet or were given up.',
  examples: [
    ['portia notify', 'who is told of what, and what did not arrive'],
    ['portia notify test team', 'try one of them'],
  ],
  flags: {},
  async run(invocation) {
    const [word = 'list', ...words] = invocation.parameters;
    const action = requireAction('notify', word, { actions: ACTIONS, usual: 'list' });
    refuseExtraWords('notify', action, { words, parameters: DESCRIBED[action].parameters });
    return ACTIONS[action](await createSession(invocation), words);
  },
});
