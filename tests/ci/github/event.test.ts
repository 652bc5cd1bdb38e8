import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

import { readEvent } from '../../../src/ci/github/event.js';
import { BOT, commentEvent, dispatchEvent, pullEvent, startGitHub } from '../../support/github-server.js';

/** Reads what GitHub would write to GITHUB_EVENT_PATH. */
function read(name: string, event: unknown): ReturnType<typeof readEvent> {
  const folder = mkdtempSync(join(tmpdir(), 'event-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'event.json');
  writeFileSync(path, typeof event === 'string' ? event : JSON.stringify(event));
  return readEvent(name, path);
}

test('when GitHub writes an event then the parts that matter are read', async () => {
  const github = await startGitHub();
  const pull = { number: 7, isOpen: true, commit: github.commit, base: github.base, isFork: false };
  expect(read('pull_request', pullEvent(github))).toEqual({ kind: 'pull', isPublic: false, pull });
  github.headRepository = null;
  expect(read('pull_request', pullEvent(github, { isPublic: true }))).toMatchObject({
    isPublic: true,
    pull: { isFork: true },
  });
  expect(read('schedule', dispatchEvent())).toEqual({ kind: 'start', isPublic: false, author: 'ada' });
  const comment = commentEvent(github, { login: 'ada', body: 'Fine' });
  expect(read('issue_comment', comment)).toEqual({
    kind: 'comment',
    isPublic: false,
    number: 7,
    id: 1_000,
    body: 'Fine',
    author: 'ada',
    ignored: undefined,
  });
});

test.each([
  [{ login: BOT }, 'A program wrote'],
  [{ action: 'edited' }, 'was edited'],
  [{ action: 'deleted' }, 'was deleted'],
  [{ sender: 'mallory' }, 'Somebody else sent'],
  [{ onIssue: true }, 'below an issue'],
])('when a comment is one with %j then it does not count', async (other, why) => {
  const event = commentEvent(await startGitHub(), { login: 'ada', body: '/portia approve', ...other });
  expect(read('issue_comment', event)).toMatchObject({ ignored: expect.stringContaining(why) });
});

test.each([
  ['pull_request_target', dispatchEvent(), 'does nothing for the event pull_request_target'],
  ['issue_comment', { action: 'created', issue: { number: '7' } }, 'is not what GitHub writes'],
  [
    'pull_request',
    { ...dispatchEvent(), pull_request: { number: 7, state: 'open', head: { sha: '--upload-pack=x', repo: null } } },
    'is not what GitHub writes',
  ],
  ['push', '[]', 'is not what GitHub writes'],
  ['push', '{"repository": ', 'is not what GitHub writes'],
  ['push', 'null', 'is not what GitHub writes'],
])('when the event %s is not one then that is said', (name, event, why) => {
  expect(() => read(name, event)).toThrow(why);
});
