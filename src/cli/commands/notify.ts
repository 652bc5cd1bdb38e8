import { PortiaError } from '../../domain/errors.js';
import { portia } from '../../domain/next-step.js';
import { listTargets } from '../notify/list-targets.js';
import { testTarget } from '../notify/test-target.js';
import { defineCommand, type CommandAction } from '../session/command.js';
import { createSession, type Session } from '../session/session.js';
import { unknownAction } from '../session/unknown-action.js';

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
    const [action = 'list', ...words] = invocation.parameters;
    if (!isAction(action)) throw unknownAction('notify', action, { actions: Object.keys(ACTIONS), usual: 'list' });
    const extra = words[DESCRIBED[action].parameters === '' ? 0 : 1];
    if (extra !== undefined) {
      throw new PortiaError('usage', `portia notify ${action} takes nothing else.`, {
        why: `${JSON.stringify(extra)} was given.`,
        fix: portia('notify', action, ...words.slice(0, -1)),
      });
    }
    return ACTIONS[action](await createSession(invocation), words);
  },
});

function isAction(word: string): word is keyof typeof ACTIONS {
  return Object.hasOwn(ACTIONS, word);
}
