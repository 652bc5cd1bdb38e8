import { portia } from '../../domain/next-step.js';
import { PortiaError } from '../../domain/errors.js';
import { listQueue, QUEUE_LIST_FLAGS } from '../queue/list-queue.js';
import { defineCommand, type CommandAction } from '../session/command.js';
import { createSession } from '../session/session.js';
import { unknownAction } from '../session/unknown-action.js';

/** What each action does. */
const ACTIONS = {
  list: listQueue,
};

/** What each is called with, and does. */
const DESCRIBED = {
  list: { parameters: '', summary: 'what waits, runs or is parked, and why', flags: QUEUE_LIST_FLAGS },
} satisfies Record<keyof typeof ACTIONS, CommandAction>;

/** Looks after the runs that were left to workers. */
export const command = defineCommand({
  choices: Object.keys(ACTIONS),
  actions: DESCRIBED,
  about:
    'Without an action it lists the runs that run-plan --queue left to workers and that have not ended: first those ' +
    'that are driven, then the others in the order in which workers take them, each with what it waits for.',
  examples: [
    ['portia queue', 'what waits, runs or is parked, and why'],
    ['portia queue --limit 0 --json', 'the same of every run, for programs'],
  ],
  flags: QUEUE_LIST_FLAGS,
  async run(invocation) {
    const [action = 'list', extra] = invocation.parameters;
    if (!isAction(action)) throw unknownAction('queue', action, { actions: Object.keys(ACTIONS), usual: 'list' });
    if (extra !== undefined) throw tooMuch(action, extra);
    return ACTIONS[action](await createSession(invocation));
  },
});

function isAction(word: string): word is keyof typeof ACTIONS {
  return Object.hasOwn(ACTIONS, word);
}

function tooMuch(action: string, extra: string): PortiaError {
  return new PortiaError('usage', `portia queue ${action} takes nothing else.`, {
    why: `${JSON.stringify(extra)} was given.`,
    fix: portia('queue', action),
  });
}
