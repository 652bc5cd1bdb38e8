import { expect, test } from 'vitest';

import { Conversation } from '../../../src/ci/github/conversation.js';
import { GitHubRest } from '../../../src/ci/github/rest.js';
import { PortiaError } from '../../../src/domain/errors.js';
import { BOT, REPOSITORY, startGitHub, TOKEN, type GitHubServer } from '../../support/github-server.js';

function talkTo(github: GitHubServer, token = TOKEN): Conversation {
  const rest = new GitHubRest({ url: github.url, token, version: '1.2.3', firstPauseMs: 1 });
  return new Conversation(rest, { repository: REPOSITORY, bot: BOT });
}

const failure = async (work: Promise<unknown>): Promise<PortiaError> =>
  work.then(
    () => Promise.reject(new Error('it worked')),
    (error: unknown) => (error instanceof PortiaError ? error : Promise.reject(error)),
  );

test('when there are more comments than one answer has then all are read, each with who wrote it', async () => {
  const github = await startGitHub();
  github.comments = Array.from({ length: 250 }, (_each, id) => ({
    id,
    login: id % 100 === 99 ? BOT : 'ada',
    body: `${id}`,
    ...(id === 3 && { isEdited: true as const }),
  }));
  const comments = await talkTo(github).comments(7);
  expect(comments.map(({ id }) => id)).toEqual(github.comments.map(({ id }) => id));
  expect(comments.filter(({ isOfPerson }) => !isOfPerson).map(({ id, author }) => [id, author])).toEqual([
    [99, BOT],
    [199, BOT],
  ]);
  expect(comments.filter(({ isEdited }) => isEdited).map(({ id }) => id)).toEqual([3]);
  expect(github.requests).toHaveLength(3);
});

test('when GitHub fails for a moment then what only reads or replaces is asked again, and nothing is created twice', async () => {
  const github = await startGitHub();
  github.faults = [{ status: 500 }, { status: 429, headers: { 'retry-after': '0' } }, { status: 503 }];
  await talkTo(github).pull(7);
  github.faults = [{ status: 502 }];
  expect((await failure(talkTo(github).write(7, 'x'))).code).toBe('unavailable');
  expect(github.comments).toEqual([]);
  github.faults = [{ status: 403, headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1' } }];
  await talkTo(github).write(7, 'x');
  expect(github.comments).toHaveLength(1);
  github.faults = Array.from({ length: 4 }, () => ({ status: 500 }));
  expect((await failure(talkTo(github).pull(7))).code).toBe('unavailable');
  expect(github.faults).toEqual([]);
  expect(github.unexpected).toEqual([]);
});

test.each([
  [{ status: 403, headers: { 'retry-after': '3600' } }, 'rate-limited', 'again in 3600 s'],
  [{ status: 403, body: '{"message":"Resource not accessible by integration"}' }, 'key-rejected', 'not accessible'],
  [{ status: 404 }, 'key-rejected', '404'],
  [{ status: 301, headers: { location: 'http://127.0.0.1:1/' } }, 'unavailable', 'moved'],
  [{ status: 200, body: '<html>' }, 'unreadable', ''],
  [{ status: 200, body: '{"number":7}' }, 'unreadable', 'state'],
])('when GitHub answers with %j then that is said', async (fault, code, why) => {
  const github = await startGitHub();
  github.faults = [fault];
  const error = await failure(talkTo(github).pull(7));
  expect(error.code).toBe(code);
  expect(error.details.why ?? '').toContain(why);
});

test('when the token is not taken then it is in no message', async () => {
  const github = await startGitHub();
  const error = await failure(talkTo(github, 'ghs_wrong').pull(7));
  expect(error.code).toBe('key-rejected');
  expect(JSON.stringify([error.message, error.details])).not.toContain('ghs_wrong');
});

test.each([
  ['ada', 'write', true],
  ['root', 'write', true],
  ['ada', 'admin', false],
  ['rita', 'write', false],
  ['../../../user', 'read', false],
] as const)('when %s needs the right %s then the API decides: %s', async (login, right, has) => {
  const github = await startGitHub();
  expect(await talkTo(github).has(login, right)).toBe(has);
});
