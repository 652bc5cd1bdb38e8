import { statSync } from 'node:fs';

import * as z from 'zod';

import { readTextFile } from '../../documents/read-text-file.js';
import { PortiaError } from '../../domain/errors.js';
import { portia } from '../../domain/next-step.js';
import { jsonOf } from '../../domain/values/json.js';
import { SIGN_IN_CHANGES, type SignInChange } from '../../domain/values/sign-in-change.js';
import { shellQuote } from '../../domain/values/shell-quote.js';
import { writeFileSafely } from '../../storage/safe-write.js';
import { HASH } from './password.js';
import { ROLES, withLook, type Role } from '../../domain/values/roles.js';
import { nameProblem } from './user-name.js';

/** Somebody who may use the pages. */
export interface User {
  name: string;
  roles: Role[];
  /** Hash of the password; undefined for somebody whom a proxy names. */
  password?: string | undefined;
  second_factor?: SecondFactor | undefined;
  /** How the way in which they sign in changed, the newest last. */
  changes?: SignInChange[] | undefined;
}

/** What a person signs in with beside a password. */
export interface SecondFactor {
  /** Base32. */
  key: string;
  /** The number of the period of the last code that was taken: no code counts twice. */
  used?: number | undefined;
  /** SHA-256 of each recovery code that is left. */
  recovery: string[];
}

/** What a session is bound to: it ends when this changes. Undefined for somebody whom a proxy names. */
export function credentialsOf({ password, second_factor: second }: Omit<User, 'name' | 'roles'>): string | undefined {
  return password && [password, second?.key].join(' ');
}

/** The person with one more change. */
export function withChange(user: User, change: SignInChange): User {
  return { ...user, changes: [...(user.changes ?? []), change].slice(-MOST_CHANGES) };
}

export type Users = ReadonlyMap<string, User>;

const MOST_BYTES = 1024 * 1024;
const MOST_CHANGES = 10;

const userSchema = z.strictObject({
  name: z.string().check(({ value, issues }) => {
    const problem = nameProblem(value);
    if (problem !== undefined) issues.push({ code: 'custom', message: problem, input: value });
  }),
  roles: z.array(z.enum(ROLES)).transform(withLook),
  password: z.string().regex(HASH, 'is not a hash of portia users').optional(),
  second_factor: z
    .strictObject({
      key: z.string().regex(/^[A-Z2-7]{32}$/, 'is not a key of portia users'),
      used: z.int().nonnegative().optional(),
      recovery: z.array(z.string().regex(/^[0-9a-f]{64}$/, 'is not a hash of portia users')),
    })
    .optional(),
  changes: z
    .array(z.strictObject({ what: z.enum(SIGN_IN_CHANGES), at: z.iso.datetime(), seen: z.literal(true).optional() }))
    .optional(),
});

const fileSchema = z.strictObject({ users: z.array(userSchema) });

/** The file that says who may use the pages. It is read anew for everybody who comes, so that a change counts at once. */
export class UsersFile {
  readonly path: string;
  readonly #userId: number | undefined;
  #read: { text: string; users: Users } | undefined;

  /** `userId`: whose files count, beside those of the administrator; undefined where files have no owner. */
  constructor(path: string, userId: number | undefined) {
    this.path = path;
    this.#userId = userId;
  }

  /** By name. Throws `invalid-settings` for a file that is not there, that others can read, or that is not one of users. */
  users(): Users {
    const users = this.usersIfThere();
    if (users !== undefined) return users;
    throw new PortiaError('invalid-settings', `There is no file ${this.path}.`, {
      why: 'It says who may use the pages.',
      fix: portia('users', 'add', 'NAME', '--users', this.path),
    });
  }

  /** The same; undefined without a file. */
  usersIfThere(): Users | undefined {
    const text = this.#text();
    if (text === undefined) this.#read = undefined;
    if (text === undefined || text === this.#read?.text) return this.#read?.users;
    const parsed = fileSchema.safeParse(jsonOf(text));
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      throw this.#unusable(`${issue?.path.join('/') ?? ''}: ${issue?.message ?? ''}`.replace(/^: /, ''));
    }
    const { users } = parsed.data;
    const names = users.map(({ name }) => name.toLowerCase());
    const twice = users.find(({ name }, index) => names.indexOf(name.toLowerCase()) !== index);
    if (twice !== undefined) throw this.#unusable(`${JSON.stringify(twice.name)} is in it twice, or in other case.`);
    this.#read = { text, users: new Map(users.map((user) => [user.name, user])) };
    return this.#read.users;
  }

  /** Replaces those that were read last. Throws `storage-failed`, also when somebody else changed the file since. */
  write(users: Users): void {
    const text = `${JSON.stringify({ users: [...users.values()] }, null, 2)}\n`;
    const before = this.#read?.text;
    writeFileSafely(this.path, text, {
      withFolders: true,
      beforeNaming: () => {
        if (this.#text() === before) return;
        throw new PortiaError('storage-failed', `${this.path} was changed at this moment.`, {
          why: 'Another program wrote it. Nothing of yours was kept.',
          fix: 'Do it again.',
          retryable: true,
        });
      },
    });
  }

  #text(): string | undefined {
    const file = readTextFile(this.path, MOST_BYTES);
    if (file.kind === 'missing') return undefined;
    if (file.kind === 'unusable') throw this.#unusable(`It ${file.why}.`);
    if ((statSync(this.path).mode & 0o077) !== 0) {
      throw this.#unusable('Other users of this machine can read or change it.', `chmod 600 ${shellQuote(this.path)}`);
    }
    if (this.#userId !== undefined && ![this.#userId, 0].includes(file.ownerId)) {
      throw this.#unusable(
        'It belongs to another user, who could let anybody in.',
        `chown ${this.#userId} ${shellQuote(this.path)}`,
      );
    }
    return file.text;
  }

  #unusable(
    why: string,
    fix = `Put it right, or move it away: mv ${shellQuote(this.path)} ${shellQuote(`${this.path}.old`)}`,
  ) {
    return new PortiaError('invalid-settings', `${this.path} cannot be used as a file of users.`, { why, fix });
  }
}
