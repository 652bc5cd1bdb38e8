import { expect, test } from 'vitest';

import { addComment, commentEvent, pullEvent } from '../support/github-server.js';
import { expectError } from '../support/printed-error.js';
import { botComments, PLAN, planned, says } from './ci-greeting.js';
import type { Runner } from './ci-runner.js';

/** A comment whose job GitHub dropped, because another one came while it waited. */
const dropped = (runner: Runner, login: string, body: string) => addComment(runner.github, { login, body });

/** Who was told something, and what. */
const replies = (runner: Runner) => botComments(runner).filter((body) => body.startsWith('To '));

test('when jobs of comments were dropped then the next job does what all of them say, each for its author', async () => {
  const runner = await planned();
  await says(runner, 'ada', '/portia approve');
  dropped(runner, 'root', '/portia answer name=Bob');
  dropped(runner, 'ada', 'Thank you');
  dropped(runner, 'helper[bot]', '/portia answer name=Eve');
  const refused = await says(runner, 'mallory', '/portia answer name=Mallory');
  expectError(refused, { code: 'stale', exit: 6 });
  expect(refused.outputs).toMatchObject({ state: 'NEED_CLARIFICATION', questions: '1', 'exit-code': '6' });
  expect(botComments(runner)[0]).toContain('Greet Bob?');
  expect(replies(runner)).toEqual([expect.stringMatching(/^To <code>mallory<\/code>:[^]*only members/)]);

  const wrong = dropped(runner, 'ada', '/portia answer nme=yes');
  const ended = await says(runner, 'ada', '/portia approve');
  expect(ended).toMatchObject({ code: 0, outputs: { state: 'COMPLETE', 'exit-code': '0' } });
  expect(ended.stderr).toContain('A comment of ada was not done');
  const people = runner.artifact(ended.id).match(/"channel":"github".*?"name":"(\w+)"/g) ?? [];
  expect(people.map((text) => /"(\w+)"$/.exec(text)?.[1])).toEqual(expect.arrayContaining(['root', 'ada']));

  const before = [...runner.github.written];
  const late = { ...commentEvent(runner.github, { login: 'ada', body: wrong.body }) };
  runner.github.comments.pop();
  Object.assign(late, { comment: { ...(late as { comment: object }).comment, id: wrong.id } });
  expect(await runner.job('issue_comment', late)).toMatchObject({ code: 0, outputs: { proceed: 'false' } });
  expect(runner.github.written).toEqual(before);
  expect(runner.github.unexpected).toEqual([]);
});

const TWICE = `plan_context: { query: Pay twice }
steps:
  - { kind: user_verify, message: "Pay 1?" }
  - { kind: user_verify, message: "Pay 1,000?" }
`;

test('when a yes was written before its question was shown then it is no yes to that question', async () => {
  const runner = await planned({ 'plan.yaml': TWICE });
  dropped(runner, 'ada', '/portia approve');
  const second = await says(runner, 'root', '/portia approve');
  expectError(second, { code: 'stale', exit: 6 });
  expect(replies(runner).at(-1)).toMatch(/^To <code>root<\/code>:[^]*was shown after the comment was written/);
  expect(botComments(runner)[0]).toContain('Pay 1?');
  // GitHub lists what came while the comment was changed.
  runner.github.before = (request) => {
    if (!request.startsWith('PATCH ') || !botComments(runner)[0]?.includes('is being done')) return;
    runner.github.before = () => undefined;
    dropped(runner, 'root', '/portia answer verify=yes');
  };
  expect(await says(runner, 'ada', '/portia approve')).toMatchObject({ code: 8 });
  expectError(await says(runner, 'mallory', '/portia resume'), { code: 'stale', exit: 6 });
  expect(replies(runner).at(-2)).toMatch(/^To <code>root<\/code>:[^]*was shown after/);
  expect(botComments(runner)[0]).toContain('Pay 1,000?');
  expect(await says(runner, 'root', '/portia approve')).toMatchObject({ code: 0, outputs: { state: 'COMPLETE' } });
  expect(runner.github.unexpected).toEqual([]);
});

test('when commits came before the job of a comment then that is void, and its author is told once', async () => {
  const runner = await planned();
  const { id } = dropped(runner, 'ada', '/portia approve');
  runner.push({ 'plan.yaml': PLAN.replace('Hello', 'Goodbye') });
  const edited = dropped(runner, 'ada', '/portia plan');
  edited.isEdited = true;
  const meanwhile = () => void dropped(runner, 'root', '/portia approve');
  const shown = await runner.job('pull_request', pullEvent(runner.github), { meanwhile });
  expect(shown).toMatchObject({ code: 0, outputs: { state: 'PLANNED' } });
  expect(id).toBeLessThan(edited.id);
  expect(replies(runner)).toEqual([
    expect.stringMatching(/^To <code>ada<\/code>:[^]*The plan was shown after the comment was written/),
    expect.stringMatching(/^To <code>ada<\/code>:[^]*changed after it was written/),
    expect.stringMatching(/^To <code>root<\/code>:[^]*The plan was shown after the comment was written/),
  ]);
  dropped(runner, 'ada', '/portia plan');
  const approved = await says(runner, 'ada', '/portia approve');
  expectError(approved, { code: 'stale', exit: 6 });
  expect(approved.outputs['state']).toBe('PLANNED');
  expect(await says(runner, 'ada', '/portia approve')).toMatchObject({ code: 8 });
  dropped(runner, 'ada', '/portia answer name=Bob');
  expect(await says(runner, 'ada', '/portia plan')).toMatchObject({ code: 0, outputs: { state: 'PLANNED' } });
  expect(replies(runner)).toHaveLength(4);
  expect(runner.github.unexpected).toEqual([]);
});
