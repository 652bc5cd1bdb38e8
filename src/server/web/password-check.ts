import { hashPassword, isPassword } from '../users/password.js';
import type { User, UsersFile } from '../users/users-file.js';
import type { PageStatus, WebContext } from './context.js';
import { Guesses, type Attempt } from './guesses.js';
import { Turns } from './turns.js';

/** People whose passwords wait to be looked at: each takes 32 MB and a part of a second. */
const MOST_WAITING = 30;

/** Whether a password is that of a person. */
export type Checked =
  | { kind: 'right'; user: User }
  | { kind: 'wrong' }
  | { kind: 'busy' }
  | { kind: 'wait'; ms: number };

/** Looks at passwords, one after the other, and slows down whoever guesses. */
export class PasswordCheck {
  readonly users: UsersFile;
  readonly #guesses: Guesses;
  readonly #turns = new Turns(MOST_WAITING);

  constructor(users: UsersFile, now: () => Date) {
    this.users = users;
    this.#guesses = new Guesses(now);
  }

  /** Rejects with `invalid-settings` when the file of users cannot be read. */
  async check(attempt: Attempt, password: string): Promise<Checked> {
    const ms = this.#guesses.begin(attempt);
    if (ms > 0) return { kind: 'wait', ms };
    const user = this.users.users().get(attempt.name);
    const isRight = await this.#turns.take(async () => isPassword(password, user?.password));
    if (isRight === undefined) return { kind: 'busy' };
    if (!isRight || user === undefined) return { kind: 'wrong' };
    this.#guesses.right(attempt);
    return { kind: 'right', user };
  }

  /** Gives a person another password. Rejects with `storage-failed`. */
  async change(user: User, password: string): Promise<User> {
    const changed = { ...user, password: await hashPassword(password) };
    this.users.write(new Map([...this.users.users(), [user.name, changed]]));
    return changed;
  }
}

/** What a page says of a password that was not the right one; `wrong`: where it was looked at. */
export function refusalOf(
  context: WebContext,
  checked: Exclude<Checked, { kind: 'right' }>,
  wrong: string,
): { status: PageStatus; problem: string } {
  switch (checked.kind) {
    case 'wrong':
      return { status: 401, problem: wrong };
    case 'busy':
      return { status: 503, problem: 'Too many people sign in at this moment. Try again in a minute.' };
    case 'wait':
      context.header('Retry-After', String(Math.ceil(checked.ms / 1_000)));
      return { status: 429, problem: `There were too many wrong passwords. Try again ${inWords(checked.ms)}.` };
  }
}

function inWords(ms: number): string {
  const seconds = Math.ceil(ms / 1_000);
  return seconds < 100 ? `in ${seconds} seconds` : `in ${Math.ceil(seconds / 60)} minutes`;
}
