import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { onTestFinished } from 'vitest';

export const REPOSITORY = 'octo/plans';
export const TOKEN = 'ghs_0123456789abcdefghijABCDEFGHIJ012345';
export const BOT = 'github-actions[bot]';
/** The only pull request. */
export const NUMBER = 7;

export interface Comment {
  id: number;
  login: string;
  body: string;
  /** Somebody changed it after it was written. */
  isEdited?: true;
}

/** What GitHub has, and what was asked of it. */
export interface GitHubServer {
  url: string;
  /** The head of the pull request. */
  commit: string;
  base: string;
  headRepository: string | null;
  state: 'open' | 'closed';
  /** Rights by login; who is not there has none. */
  rights: Record<string, string>;
  comments: Comment[];
  /** Every text that a comment was given. */
  written: string[];
  /** Texts of files in the base commit. */
  files: Record<string, string>;
  /** Every request as `METHOD /path`. */
  requests: string[];
  /** Answers that come first, whatever is asked: a status, and headers. */
  faults: { status: number; headers?: Record<string, string>; body?: string }[];
  /** What happens just before a request is answered. */
  before: (request: string) => void;
  /** What GitHub would not have answered. */
  unexpected: string[];
}

/**
 * Plays the part of GitHub's REST API that a workflow with `contents: read`, `issues: write` and `pull-requests: write`
 * may use. Everything else is unexpected.
 */
export async function startGitHub(): Promise<GitHubServer> {
  const server = createServer((request, response) => void answer(state, request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const state: GitHubServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    commit: '0'.repeat(40),
    base: 'b'.repeat(40),
    headRepository: REPOSITORY,
    state: 'open',
    rights: { ada: 'write', root: 'admin', rita: 'read' },
    comments: [],
    written: [],
    files: {},
    requests: [],
    faults: [],
    before: () => undefined,
    unexpected: [],
  };
  return state;
}

async function answer(github: GitHubServer, request: IncomingMessage, response: ServerResponse): Promise<void> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  const { method = '', url = '', headers } = request;
  github.requests.push(`${method} ${url}`);
  github.before(`${method} ${url}`);
  const send = (status: number, body: unknown, others: Record<string, string> = {}) => {
    response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...others });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };
  const refuse = (why: string) => {
    github.unexpected.push(`${method} ${url}: ${why}`);
    send(422, { message: why, documentation_url: 'https://docs.github.com/rest', status: '422' });
  };
  const fault = github.faults.shift();
  if (fault !== undefined) return send(fault.status, fault.body ?? { message: 'Fault' }, fault.headers);
  if (headers.authorization !== `Bearer ${TOKEN}`) return send(401, { message: 'Bad credentials', status: '401' });
  if (headers['x-github-api-version'] !== '2022-11-28') return refuse('no version of the API');
  if (headers['user-agent']?.startsWith('portia/') !== true) return refuse('no user agent');
  const [route, parts] = routeOf(method, url);
  if (route === undefined) return refuse('there is no such call');
  route({ github, send, refuse, text, accept: headers.accept ?? '', parts });
}

function routeOf(method: string, url: string): [route: ((call: Call) => void) | undefined, parts: string[]] {
  const found = ROUTES.find(([verb, pattern]) => verb === method && pattern.test(url));
  return [found?.[2], found?.[1].exec(url)?.slice(1) ?? []];
}

interface Call {
  github: GitHubServer;
  send(status: number, body: unknown): void;
  refuse(why: string): void;
  text: string;
  accept: string;
  parts: string[];
}

const IN = `^/repos/${REPOSITORY}`;
const JSON_TYPE = 'application/vnd.github+json';

const ROUTES: [method: string, pattern: RegExp, route: (call: Call) => void][] = [
  ['GET', new RegExp(`${IN}/pulls/${NUMBER}$`), ({ github, send }) => send(200, pullOf(github))],
  [
    'GET',
    new RegExp(`${IN}/issues/${NUMBER}/comments\\?per_page=(\\d+)&page=(\\d+)$`),
    ({ github, send, refuse, parts: [size = '', page = ''] }) => {
      if (Number(size) > 100) return refuse('per_page is at most 100');
      const start = (Number(page) - 1) * Number(size);
      send(200, github.comments.slice(start, start + Number(size)).map(commentOf));
    },
  ],
  [
    'POST',
    new RegExp(`${IN}/issues/${NUMBER}/comments$`),
    ({ github, send, refuse, text }) => {
      const body = bodyIn(text);
      if (body === undefined) return refuse('body must be a text of 1 to 65536 characters');
      const comment = addComment(github, { login: BOT, body });
      github.written.push(body);
      send(201, commentOf(comment));
    },
  ],
  [
    'PATCH',
    new RegExp(`${IN}/issues/comments/(\\d+)$`),
    ({ github, send, refuse, text, parts: [id = ''] }) => {
      const comment = github.comments.find((each) => each.id === Number(id));
      const body = bodyIn(text);
      if (body === undefined) return refuse('body must be a text of 1 to 65536 characters');
      if (comment === undefined) return send(404, { message: 'Not Found', status: '404' });
      if (comment.login !== BOT) return refuse('the token must not change comments of others');
      comment.body = body;
      comment.isEdited = true;
      github.written.push(body);
      send(200, commentOf(comment));
    },
  ],
  [
    'GET',
    new RegExp(`${IN}/collaborators/([^/?]+)/permission$`),
    ({ github, send, parts: [encoded = ''] }) => {
      const login = decodeURIComponent(encoded);
      const permission = github.rights[login] ?? 'none';
      send(200, { permission, role_name: permission, user: { login, id: 5, type: 'User', site_admin: false } });
    },
  ],
  [
    'GET',
    new RegExp(`${IN}/contents/([^?]+)\\?ref=([0-9a-f]{40})$`),
    ({ github, send, refuse, accept, parts: [name = '', ref] }) => {
      if (accept !== 'application/vnd.github.raw+json') return refuse(`accept is ${accept}, not ${JSON_TYPE}`);
      const text = ref === github.base ? github.files[decodeURIComponent(name)] : undefined;
      if (text === undefined) send(404, { message: 'Not Found', status: '404' });
      else send(200, text);
    },
  ],
];

function bodyIn(text: string): string | undefined {
  const { body } = JSON.parse(text) as { body?: unknown };
  return typeof body === 'string' && body.length > 0 && body.length <= 65_536 ? body : undefined;
}

/** A new comment. Those that come later have greater ids. */
export function addComment(github: GitHubServer, { login, body }: Omit<Comment, 'id'>): Comment {
  const comment = { id: 1_000 + github.comments.length, login, body };
  github.comments.push(comment);
  return comment;
}

function commentOf({ id, login, body, isEdited }: Comment): object {
  return {
    url: `https://api.github.com/repos/${REPOSITORY}/issues/comments/${id}`,
    id,
    node_id: 'IC_kwDO',
    user: userOf(login),
    created_at: '2026-12-01T10:00:00Z',
    updated_at: isEdited === true ? '2026-12-01T10:05:00Z' : '2026-12-01T10:00:00Z',
    body,
    author_association: 'NONE',
    reactions: { total_count: 0 },
    performed_via_github_app: null,
  };
}

function userOf(login: string): object {
  return { login, id: 5, node_id: 'MDQ6', type: login.endsWith('[bot]') ? 'Bot' : 'User', site_admin: false };
}

function repositoryOf(name: string): object {
  return {
    id: 1,
    name: name.split('/')[1],
    full_name: name,
    private: true,
    visibility: 'private',
    default_branch: 'main',
  };
}

function pullOf(github: GitHubServer): object {
  const { commit, base, headRepository, state } = github;
  return {
    url: `https://api.github.com/repos/${REPOSITORY}/pulls/${NUMBER}`,
    id: 99,
    number: NUMBER,
    state,
    locked: false,
    title: 'Change the plan',
    user: userOf('ada'),
    body: null,
    draft: false,
    head: {
      label: 'octo:change',
      ref: 'change',
      sha: commit,
      user: userOf('ada'),
      repo: headRepository === null ? null : repositoryOf(headRepository),
    },
    base: { label: 'octo:main', ref: 'main', sha: base, user: userOf('octo'), repo: repositoryOf(REPOSITORY) },
    author_association: 'MEMBER',
    merged: false,
  };
}

const common = (isPublic: boolean, login: string) => ({
  repository: { ...repositoryOf(REPOSITORY), private: !isPublic, visibility: isPublic ? 'public' : 'private' },
  organization: { login: 'octo', id: 2 },
  sender: userOf(login),
  installation: { id: 3, node_id: 'MDIz' },
});

/** What GitHub writes to GITHUB_EVENT_PATH when commits were pushed to the pull request. */
export function pullEvent(github: GitHubServer, { isPublic = false } = {}): object {
  return {
    action: 'synchronize',
    number: NUMBER,
    pull_request: pullOf(github),
    before: 'a'.repeat(40),
    after: github.commit,
    ...common(isPublic, 'ada'),
  };
}

/** The same for a comment; it is also below the pull request. */
export function commentEvent(
  github: GitHubServer,
  { login, body, ...other }: { login: string; body: string; action?: string; sender?: string; onIssue?: boolean },
): object {
  const comment = addComment(github, { login, body });
  return {
    action: other.action ?? 'created',
    issue: {
      url: `https://api.github.com/repos/${REPOSITORY}/issues/${NUMBER}`,
      number: NUMBER,
      title: 'Change the plan',
      user: userOf('ada'),
      state: 'open',
      labels: [],
      author_association: 'OWNER',
      ...(other.onIssue !== true && {
        pull_request: { url: `https://api.github.com/repos/${REPOSITORY}/pulls/${NUMBER}`, merged_at: null },
      }),
    },
    // What it says of the author is never believed.
    comment: { ...commentOf(comment), author_association: 'OWNER' },
    ...common(false, other.sender ?? login),
  };
}

/** The same for somebody who starts the workflow. */
export function dispatchEvent({ isPublic = false } = {}): object {
  return { inputs: null, ref: 'refs/heads/main', workflow: '.github/workflows/portia.yml', ...common(isPublic, 'ada') };
}
