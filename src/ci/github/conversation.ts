import { z } from 'zod';

import { jsonOf } from '../../domain/values/json.js';
import { readPull, type Pull } from './event.js';
import { PlatformError, saidIn, type GitHubRest } from './rest.js';

/** A comment below a pull request. GitHub gives those that come later greater ids. */
export interface Comment {
  id: number;
  body: string;
  /** Login; empty for somebody who is gone. */
  author: string;
  /** Whether a person wrote it, and no program. */
  isOfPerson: boolean;
  /** Whether it was changed since, by whomever. */
  isEdited: boolean;
}

const commentSchema = z.looseObject({
  id: z.number(),
  body: z.string().nullish(),
  user: z.looseObject({ login: z.string(), type: z.string() }).nullable(),
  created_at: z.string(),
  updated_at: z.string(),
});
const permissionSchema = z.looseObject({ permission: z.string(), user: z.looseObject({ login: z.string() }) });

/** The most that GitHub gives in one answer. */
const PER_PAGE = 100;
const MOST_PAGES = 50;

/** Rights of a member, the weakest first; GitHub tells of `maintain` as `write`. */
export const RIGHTS = ['read', 'write', 'admin'] as const;
export type Right = (typeof RIGHTS)[number];

/** What portia reads and writes below one pull request. */
export class Conversation {
  readonly #rest: GitHubRest;
  readonly #repository: string;
  /** Login of the bot. */
  readonly #bot: string;

  /** `repository`: `owner/name`. */
  constructor(rest: GitHubRest, { repository, bot }: { repository: string; bot: string }) {
    this.#rest = rest;
    this.#repository = `/repos/${repository}`;
    this.#bot = bot;
  }

  isBot(login: string): boolean {
    return login.toLowerCase() === this.#bot.toLowerCase();
  }

  async pull(number: number): Promise<Pull> {
    return readPull(await this.#read(`/pulls/${number}`));
  }

  /** Whether the member has that right or a stronger one. Nothing else says so, also not the event. */
  async has(login: string, right: Right): Promise<boolean> {
    const path = `${this.#repository}/collaborators/${encodeURIComponent(login)}/permission`;
    const { status, text } = await this.#rest.send({ method: 'GET', path });
    if (status === 404) return false;
    const { permission, user } = parsed(permissionSchema, accepted(status, text, path));
    const rights: readonly string[] = RIGHTS;
    return user.login.toLowerCase() === login.toLowerCase() && rights.indexOf(permission) >= rights.indexOf(right);
  }

  /** All of them, the newest last. */
  async comments(pull: number): Promise<Comment[]> {
    const found: Comment[] = [];
    for (let page = 1; page <= MOST_PAGES; page += 1) {
      const listed = parsed(
        z.array(commentSchema),
        await this.#read(`/issues/${pull}/comments?per_page=${PER_PAGE}&page=${page}`),
      );
      found.push(...listed.map(commentOf));
      if (listed.length < PER_PAGE) return found;
    }
    return found;
  }

  /** Gives the id of the new comment. */
  async write(pull: number, body: string): Promise<number> {
    const path = `${this.#repository}/issues/${pull}/comments`;
    const { status, text } = await this.#rest.send({ method: 'POST', path, body: { body } });
    return parsed(z.looseObject({ id: z.number() }), accepted(status, text, path)).id;
  }

  async change(id: number, body: string): Promise<void> {
    const path = `${this.#repository}/issues/comments/${id}`;
    const { status, text } = await this.#rest.send({ method: 'PATCH', path, body: { body } });
    accepted(status, text, path);
  }

  /** The text of a file in a commit; undefined when it is not there. */
  async file(name: string, commit: string): Promise<string | undefined> {
    const path = `${this.#repository}/contents/${name.split('/').map(encodeURIComponent).join('/')}?ref=${commit}`;
    const { status, text } = await this.#rest.send({ method: 'GET', path, accept: 'raw' });
    if (status === 404) return undefined;
    accepted(status, text, path);
    return text;
  }

  async #read(path: string): Promise<unknown> {
    const { status, text } = await this.#rest.send({ method: 'GET', path: `${this.#repository}${path}` });
    return accepted(status, text, `${this.#repository}${path}`);
  }
}

function commentOf({ id, body, user, created_at: createdAt, updated_at: updatedAt }: z.infer<typeof commentSchema>) {
  const isOfPerson = user?.type === 'User';
  return { id, body: body ?? '', author: user?.login ?? '', isOfPerson, isEdited: createdAt !== updatedAt };
}

/** The JSON of an answer, unless it refuses. */
function accepted(status: number, text: string, path: string): unknown {
  if (status < 300) return jsonOf(text);
  throw new PlatformError(
    status === 403 || status === 404 ? 'key-rejected' : 'unavailable',
    `GitHub refused ${path}.`,
    {
      why: `${saidIn(text)} (${status})`,
      fix: 'Give the job these permissions: contents: read, pull-requests: write, issues: write, actions: read',
    },
  );
}

function parsed<Shape>(schema: z.ZodType<Shape>, value: unknown): Shape {
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  throw new PlatformError('unreadable', 'GitHub gave an answer that cannot be read.', {
    why: `${read.error.issues[0]?.path.join('.') ?? ''}: ${read.error.issues[0]?.message ?? 'wrong'}`,
    fix: 'Look at GITHUB_API_URL: it must be that of GitHub.',
  });
}
