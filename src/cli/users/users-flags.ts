import { ROLES } from '../../domain/values/roles.js';
import { flag, type OptionsOf } from '../session/flags.js';

/** The flag that names the file of users. */
export const USERS_FLAGS = {
  users: flag.text('--users <file>', 'the file that says who may sign in (default: the setting serve.users)'),
};

/** Flags that say what a person may do, and how they sign in. */
export const USER_FLAGS = {
  ...USERS_FLAGS,
  role: flag.list(
    '--role <role>',
    'what the person may do: look, answer, run (repeatable; look comes with the others)',
    {
      choices: ROLES,
    },
  ),
  passwordFile: flag.text('--password-file <file>', 'read the password there, - for standard input'),
  secondFactor: flag.toggle('--second-factor', 'give the person a second factor, which is shown once', {
    opposite: 'take the second factor away',
  }),
  withoutPassword: flag.toggle('--without-password', 'the person is named by a proxy, and cannot sign in here'),
};

export type UserOptions = OptionsOf<typeof USER_FLAGS>;

/** The flags that name the same file in another command. */
export function sameFile({ users }: Pick<UserOptions, 'users'>): string[] {
  return users === undefined ? [] : ['--users', users];
}
