import { z } from 'zod';

import { parseJson } from '../../documents/parse-json.js';
import { readTextFile } from '../../documents/read-text-file.js';
import { PortiaError } from '../../domain/errors.js';

/** What started a workflow, as far as it matters here. */
export type GitHubEvent = PullEvent | CommentEvent | StartEvent;

/** Somebody or something else started the workflow. */
export interface StartEvent {
  kind: 'start';
  isPublic: boolean;
  /** Login; undefined for a schedule. */
  author: string | undefined;
}

/** A pull request was opened, or got new commits. */
export interface PullEvent {
  kind: 'pull';
  isPublic: boolean;
  pull: Pull;
}

/** Somebody wrote a comment below a pull request. */
export interface CommentEvent {
  kind: 'comment';
  isPublic: boolean;
  /** Number of the pull request. */
  number: number;
  /** Id of the comment. */
  id: number;
  body: string;
  author: string;
  /** Of an edit, a comment of an app, or one below an issue: why it does not count. */
  ignored: string | undefined;
}

/** A pull request as it is now. */
export interface Pull {
  number: number;
  isOpen: boolean;
  /** SHA of the newest commit. */
  commit: string;
  /** SHA of the commit that it would be merged into. */
  base: string;
  /** Whether its commits come from another repository, perhaps a deleted one. */
  isFork: boolean;
}

const commitSchema = z.string().regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/);
const repositorySchema = z.looseObject({ full_name: z.string() });
const numberSchema = z.number().int().positive();

const pullSchema = z.looseObject({
  number: numberSchema,
  state: z.enum(['open', 'closed']),
  head: z.looseObject({ sha: commitSchema, repo: repositorySchema.nullable() }),
  base: z.looseObject({ sha: commitSchema, repo: repositorySchema }),
});

const visibleSchema = z.looseObject({ repository: z.looseObject({ private: z.boolean() }) });
const pullEventSchema = visibleSchema.extend({ pull_request: pullSchema });
const userSchema = z.looseObject({ login: z.string().min(1), type: z.string() });
const startEventSchema = visibleSchema.extend({ sender: userSchema.optional() });
const commentEventSchema = visibleSchema.extend({
  action: z.string(),
  issue: z.looseObject({ number: numberSchema, pull_request: z.looseObject({}).optional() }),
  comment: z.looseObject({ id: numberSchema, body: z.string(), user: userSchema }),
  sender: userSchema,
});

/** GitHub says that events have at most 25 MB. */
const MAX_BYTES = 25 * 1024 * 1024;

/** Reads the event of GITHUB_EVENT_PATH. Throws a PortiaError `unreadable`, or `usage` for an event that is not for portia. */
export function readEvent(name: string, path: string): GitHubEvent {
  const file = readTextFile(path, MAX_BYTES);
  if (file.kind !== 'text') throw notAnEvent(path, file.kind === 'missing' ? 'It does not exist.' : `It ${file.why}.`);
  const parsed = parseJson(file.text);
  if (!parsed.ok) throw notAnEvent(path, `It is not JSON: line ${parsed.line}, column ${parsed.column}.`);
  const read = <Shape>(schema: z.ZodType<Shape>) => checked(schema, parsed.value, path);
  switch (name) {
    case 'pull_request': {
      const { repository, pull_request: pull } = read(pullEventSchema);
      return { kind: 'pull', isPublic: !repository.private, pull: pullOf(pull) };
    }
    case 'issue_comment':
      return commentOf(read(commentEventSchema));
    case 'workflow_dispatch':
    case 'schedule':
    case 'push':
      return startOf(read(startEventSchema));
    default:
      throw new PortiaError('usage', `portia ci github does nothing for the event ${name}.`, {
        why: 'It knows pull_request, issue_comment, workflow_dispatch, schedule and push. pull_request_target would run what strangers wrote with your secrets.',
        fix: 'Name one of these events below on: in the workflow.',
      });
  }
}

/** A pull request as the REST API gives it. Throws a PortiaError `unreadable`. */
export function readPull(value: unknown): Pull {
  return pullOf(checked(pullSchema, value, 'What GitHub said of the pull request'));
}

function pullOf({ number, state, head, base }: z.infer<typeof pullSchema>): Pull {
  return {
    number,
    isOpen: state === 'open',
    commit: head.sha,
    base: base.sha,
    isFork: head.repo?.full_name !== base.repo.full_name,
  };
}

function startOf({ repository, sender }: z.infer<typeof startEventSchema>): StartEvent {
  return { kind: 'start', isPublic: !repository.private, author: sender?.type === 'User' ? sender.login : undefined };
}

function commentOf({ action, issue, comment, sender, repository }: z.infer<typeof commentEventSchema>): CommentEvent {
  const { id, body, user } = comment;
  return {
    kind: 'comment',
    isPublic: !repository.private,
    number: issue.number,
    id,
    body,
    author: user.login,
    ignored: whyIgnored({ action, isIssue: issue.pull_request === undefined, user, sender }),
  };
}

type Writer = z.infer<typeof userSchema>;

function whyIgnored(comment: { action: string; isIssue: boolean; user: Writer; sender: Writer }): string | undefined {
  const { action, isIssue, user, sender } = comment;
  if (action !== 'created') return `A comment that was ${action} does not count, only a new one.`;
  if (isIssue) return 'The comment is below an issue, not below a pull request.';
  if (user.type !== 'User') return 'A program wrote the comment.';
  return sender.login === user.login ? undefined : 'Somebody else sent the comment than its author.';
}

function checked<Shape>(schema: z.ZodType<Shape>, value: unknown, path: string): Shape {
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw notAnEvent(path, `${issue?.path.join('.') || 'The whole'}: ${issue?.message ?? 'wrong'}.`);
}

function notAnEvent(path: string, why: string): PortiaError {
  return new PortiaError('unreadable', `${path} is not what GitHub writes.`, {
    why,
    fix: 'Run the command in a workflow of GitHub Actions, which sets GITHUB_EVENT_NAME and GITHUB_EVENT_PATH.',
  });
}
