import { expect, test } from 'vitest';

import { shownIn } from '../../src/ci/github/marker.js';
import { BOT, commentEvent, pullEvent } from '../support/github-server.js';
import { expectError } from '../support/printed-error.js';
import { botComments, PLAN, planned, says } from './ci-greeting.js';
import { Runner } from './ci-runner.js';

test('when a plan is approved and answered in comments then a fresh runner each time brings it to its end', async () => {
  const runner = await planned();
  const { github } = runner;
  expect(botComments(runner)).toHaveLength(1);
  expect(botComments(runner)[0]).toMatch(
    /^## Portia: <code>Greet somebody<\/code>\n\nCommit `[0-9a-f]{12}`, plan `[0-9a-f]{12}`/,
  );
  expect(botComments(runner)[0]).toContain('```mermaid\nflowchart TD\n');

  const approved = await says(runner, 'ada', '/portia approve');
  expect(approved).toMatchObject({
    code: 8,
    outputs: { state: 'NEED_CLARIFICATION', 'exit-code': '8', questions: '1' },
  });
  expect(botComments(runner)[0]).toContain('/portia answer name=VALUE');
  const answered = await says(runner, 'ada', '/portia answer name=Bob\nand Eve\r\n', { env: { GITHUB_ACTOR: 'ada' } });
  expect(answered).toMatchObject({ code: 8, outputs: { questions: '1', 'run-id': approved.outputs['run-id'] } });
  expect(botComments(runner)[0]).toMatch(/Greet Bob\nand Eve\?/);
  const ended = await says(runner, 'root', '/portia approve');
  expect(ended).toMatchObject({ code: 0, outputs: { state: 'COMPLETE', 'exit-code': '0', questions: '0' } });
  expect(botComments(runner)).toHaveLength(1);
  expect(botComments(runner)[0]).toContain('Hello Bob\nand Eve');
  expect(ended.summary).toContain('Hello Bob\nand Eve');
  const people = runner.artifact(ended.id).match(/"channel":"github".*?"name":"(\w+)"/g) ?? [];
  expect(people.map((text) => /"(\w+)"$/.exec(text)?.[1])).toEqual(expect.arrayContaining(['ada', 'root']));
  expect(github.unexpected).toEqual([]);
});

test('when there are new commits then the approval of the plan before is void, and the comment shows what differs', async () => {
  const runner = await planned();
  runner.push({ 'plan.yaml': PLAN.replace('Hello', 'Goodbye') });
  const approved = await says(runner, 'ada', '/portia approve');
  expectError(approved, { code: 'stale', exit: 6 });
  expect(botComments(runner).at(-1)).toContain('There are new commits since the plan was shown.');
  expect(await runner.job('pull_request', pullEvent(runner.github))).toMatchObject({ code: 0 });
  expect(botComments(runner)[0]).toContain('Compared with the plan that was shown last');
  expect(botComments(runner)[0]).toContain('Goodbye');
  const late = await says(runner, 'ada', '/portia approve', { meanwhile: () => runner.push({ 'more.txt': 'x' }) });
  expectError(late, { code: 'stale', exit: 6 });
  expect(runner.github.unexpected).toEqual([]);
});

test('when strangers, programs and edits approve then nothing is done, and only people are told why', async () => {
  const runner = await planned();
  const before = shownIn(botComments(runner)[0] ?? '');
  const refused = await says(runner, 'mallory', '/portia approve');
  expectError(refused, { code: 'stale', exit: 6 });
  expect(refused.outputs).toMatchObject({ proceed: 'false', 'exit-code': '6' });
  const [own = '', reply] = botComments(runner);
  expect([shownIn(own), reply]).toEqual([before, expect.stringContaining('only members may say')]);
  const { length } = runner.github.requests;
  for (const event of [{ login: BOT }, { login: 'helper[bot]' }, { login: 'ada', action: 'edited' }]) {
    const written = commentEvent(runner.github, { body: '/portia approve', ...event });
    expect(await runner.job('issue_comment', written)).toMatchObject({ code: 0, outputs: { proceed: 'false' } });
  }
  expect(runner.github.requests).toHaveLength(length);
  expect(runner.github.unexpected).toEqual([]);
});

test('when the pull request comes from a fork then it runs without trust and secrets', async () => {
  const files = {
    'portia.json': '{"approvals":{"*":"allow"},"tools":{"modules":["tool.mjs"]}}',
    'tool.mjs': 'throw new Error("loaded");',
    'notes.md': 'old',
    '.env': 'OPENAI_API_KEY=sk-of-the-fork\n',
    'plan.yaml':
      'plan_context: {query: Write}\nsteps:\n- {kind: tool, tool_id: file_writer_tool, args: {filename: notes.md, content: b}, output: $w}\n',
  };
  const runner = await Runner.start(files);
  runner.github.headRepository = 'mallory/plans';
  const env = { OPENAI_API_KEY: 'sk-of-the-repository', PORTIA_TRUST_PROJECT: '1' };
  const shown = await runner.job('pull_request', pullEvent(runner.github), { env: { ...env, PORTIA_SIGNING_KEY: '' } });
  expect(shown).toMatchObject({ code: 0, outputs: { state: 'PLANNED' } });
  expect(shown.summary).toContain('comes from a fork');
  expect(runner.github.requests).toEqual([]);
  expect(await says(runner, 'ada', '/portia plan', { env })).toMatchObject({ code: 0 });
  // What the workflow allows is for the plans of the repository.
  const approved = await says(runner, 'ada', '/portia approve', { env, flags: ['--approve', '*'] });
  expect(approved).toMatchObject({ code: 8, outputs: { questions: '1' } });
  expect(runner.artifact(approved.id)).not.toContain('sk-of-the');
  expect(runner.github.unexpected).toEqual([]);
});
