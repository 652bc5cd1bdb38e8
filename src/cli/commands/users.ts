import { requireAction } from '../session/actions.js';
import { defineCommand, type CommandAction } from '../session/command.js';
import { createSession, type Session } from '../session/session.js';
import { addUser, changeUser, listUsers, removeUser } from '../users/users.js';
import { USER_FLAGS, USERS_FLAGS, type UserOptions } from '../users/users-flags.js';

/** What each action does. */
const ACTIONS = { list: listUsers, add: addUser, change: changeUser, remove: removeUser } satisfies Record<
  string,
  (session: Session<UserOptions>, words: readonly string[]) => Promise<number>
>;

/** What each is called with, and does. */
const DESCRIBED = {
  list: { parameters: '', summary: 'who may sign in, and what each may do', flags: USERS_FLAGS },
  add: {
    parameters: '<name>',
    summary: 'let a person sign in',
    about:
      'The password is asked for twice, or read from --password-file. It has at least 12 characters, any of them. The ' +
      'name is recorded with what the person answers, and counts where a plan names people.',
    flags: USER_FLAGS,
  },
  change: {
    parameters: '<name>',
    summary: 'give a person another password, other roles, or a second factor',
    about:
      'Whoever is signed in with the old password or without the second factor must sign in again. The person is told ' +
      'on the pages. --second-factor prints, once, what an authenticator needs and ten recovery codes.',
    flags: USER_FLAGS,
  },
  remove: {
    parameters: '<name>',
    summary: 'take a person out, and sign them out everywhere',
    flags: USERS_FLAGS,
  },
} satisfies Record<keyof typeof ACTIONS, CommandAction>;

/** Manages the people who may use the pages. */
export const command = defineCommand({
  choices: Object.keys(ACTIONS),
  actions: DESCRIBED,
  about:
    'They are in a file of your own, which portia serve reads: each with a name, roles and the hash of a password. A ' +
    'change counts at once, also in a server that is running.',
  examples: [
    ['portia users add ada --role answer --users users.json', 'she looks and answers'],
    ['portia users list --users users.json', 'who may sign in'],
    ['portia users change ada --second-factor --users users.json', 'a code beside the password, from now on'],
    ['portia users remove ada --users users.json', 'she is signed out at once'],
  ],
  flags: USER_FLAGS,
  async run(invocation) {
    const [word = 'list', ...words] = invocation.parameters;
    const action = requireAction('users', word, { actions: ACTIONS, usual: 'list' });
    return ACTIONS[action](await createSession(invocation), words);
  },
});
