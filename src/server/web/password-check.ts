import { PortiaError } from '../../domain/errors.js';
import type { SignInChange } from '../../domain/values/sign-in-change.js';
import { hashPassword, isPassword } from '../users/password.js';
import { withChange, type User, type UsersFile } from '../users/users-file.js';
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

/** Tells a person of a change, without waiting for whom it goes to. */
export type TellChange = (name: string, change: SignInChange) => void;

/** Looks at passwords, one after the other, and slows down whoever guesses. */
export class PasswordCheck {
  readonly users: UsersFile;
  readonly #now: () => Date;
  readonly #tell: TellChange;
  readonly #guesses: Guesses;
  readonly #turns = new Turns(MOST_WAITING);

  constructor(users: UsersFile, { now, tell }: { now: () => Date; tell: TellChange }) {
    this.users = users;
    this.#tell = tell;
    this.#now = now;
    this.#guesses = new Guesses(now);
  }

  /**
   * Without `code` for somebody who is here already. Rejects with `invalid-settings` when the file of users cannot be read,
   * and with `storage-failed` when it cannot be kept that a code was used.
   */
  async check(attempt: Attempt, { password, code }: { password: string; code?: string }): Promise<Checked> {
    const ms = this.#guesses.begin(attempt);
    if (ms > 0) return { kind: 'wait', ms };
    const user = this.users.users().get(attempt.name);
    const isRight = await this.#turns.take(async () => isPassword(password, user?.password));
    if (isRight === undefined) return { kind: 'busy' };
    if (!isRight || user === undefined) return { kind: 'wrong' };
    const isCodeAsked = user.second_factor !== undefined && code !== undefined;
    const known = isCodeAsked ? await this.#takeCode(user, code) : user;
    if (known === undefined) return { kind: 'wrong' };
    this.#guesses.right(attempt);
    return { kind: 'right', user: known };
  }

  /** The person with a code that is used up; undefined for a wrong one, and when they changed meanwhile. */
  async #takeCode({ name, password }: User, code: string): Promise<User | undefined> {
    const { takeCode } = await import('../users/second-factor.js');
    const users = this.users.users();
    const user = users.get(name);
    const before = user?.password === password ? user?.second_factor : undefined;
    const kept = before && takeCode(before, code, this.#now());
    if (user === undefined || before === undefined || kept === undefined) return undefined;
    const changed = { ...user, second_factor: kept };
    if (kept.recovery.length < before.recovery.length) return this.#changed(changed, 'recovery code');
    this.users.write(new Map([...users, [name, changed]]));
    return changed;
  }

  /** Gives a person another password. Rejects with `stale` when they changed meanwhile, and with `storage-failed`. */
  async change(user: User, password: string): Promise<User> {
    const hash = await hashPassword(password);
    const known = this.users.users().get(user.name);
    if (known === undefined || known.password !== user.password) {
      throw new PortiaError('stale', 'Your sign-in changed at this moment.', CHANGED);
    }
    return this.#changed({ ...known, password: hash }, 'password');
  }

  /** Keeps a person whose way to sign in changed, and tells them. */
  #changed(user: User, what: SignInChange['what']): User {
    const change = { what, at: this.#now().toISOString() };
    const changed = withChange(user, change);
    this.users.write(new Map([...this.users.users(), [user.name, changed]]));
    this.#tell(user.name, change);
    return changed;
  }

  /** The person has seen all changes of how they sign in. Throws `storage-failed`. */
  seen(name: string): void {
    const users = this.users.users();
    const user = users.get(name);
    if (user === undefined) return;
    const changes = user.changes?.map((change) => ({ ...change, seen: true as const }));
    this.users.write(new Map([...users, [name, { ...user, changes }]]));
  }
}

const CHANGED = { why: 'Whoever runs this server changed it. Nothing of yours was kept.', fix: 'Sign in again.' };

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
