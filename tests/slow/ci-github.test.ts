import { expect, test } from 'vitest';

import { dispatchEvent, pullEvent } from '../support/github-server.js';
import { expectError } from '../support/printed-error.js';
import { botComments, PLAN, planned, says } from '../e2e/ci-greeting.js';
import { Runner } from '../e2e/ci-runner.js';

test('when the base branch has the plan then the first comment compares it with that one', async () => {
  const runner = await Runner.start({ 'plan.yaml': PLAN });
  runner.github.files['plan.yaml'] = PLAN.replace('Hello', 'Hi');
  await runner.job('pull_request', pullEvent(runner.github));
  expect(botComments(runner)[0]).toContain('Compared with the plan of the base branch');
  expect(runner.github.unexpected).toEqual([]);
});

test('when GitHub fails for a moment or limits then it is asked again, and else the job says so', async () => {
  const runner = await Runner.start({ 'plan.yaml': PLAN });
  runner.github.faults = [{ status: 502 }, { status: 429, headers: { 'retry-after': '0' } }];
  expect(await runner.job('pull_request', pullEvent(runner.github))).toMatchObject({ code: 0 });
  runner.github.faults = [{ status: 403, headers: { 'retry-after': '3600' } }];
  const limited = await runner.job('pull_request', pullEvent(runner.github));
  expectError(limited, { code: 'rate-limited', exit: 3 });
  const wrong = await runner.job('pull_request', pullEvent(runner.github), { env: { GITHUB_TOKEN: 'ghs_wrong' } });
  expectError(wrong, { code: 'key-rejected', exit: 4 });
  expect(wrong.stderr).not.toContain('ghs_wrong');
  expect(runner.github.unexpected).toEqual([]);
});

test('when the comment or the artifact is not as it was then nothing is run', async () => {
  const runner = await planned();
  const [comment] = runner.github.comments;
  const body = comment?.body ?? '';
  if (comment !== undefined) comment.body = body.replace('Greet somebody', 'Harmless');
  expectError(await says(runner, 'ada', '/portia approve'), { code: 'stale', exit: 6 });
  expect(botComments(runner).at(-1)).toContain('not as portia wrote it');
  if (comment !== undefined) comment.body = body.replaceAll('\n', '\r\n');
  runner.loseArtifacts();
  expectError(await says(runner, 'ada', '/portia approve'), { code: 'stale', exit: 6 });
  expect(botComments(runner).at(-1)).toContain('The artifact of the comment is not here');
  expect(await says(runner, 'ada', '/portia plan')).toMatchObject({ code: 0, outputs: { state: 'PLANNED' } });
  expect(runner.github.unexpected).toEqual([]);
});

test('when a plan has errors then they are annotations at their lines, and nothing can be approved', async () => {
  const runner = await Runner.start({ 'plan.yaml': PLAN.replace('kind: compute', 'kind: computer') });
  const shown = await runner.job('pull_request', pullEvent(runner.github));
  expect(shown).toMatchObject({ code: 2, outputs: { state: '', 'exit-code': '2' } });
  expect(shown.stdout).toMatch(/^::error file=plan\.yaml,line=5,col=\d+,title=plan\.yaml%3A /m);
  expect(botComments(runner)[0]).toMatch(/^## Portia: the plan has errors/);
  expectError(await says(runner, 'ada', '/portia approve'), { code: 'answer-refused', exit: 2 });
});

test('when a job was ended while it worked then its run is not done twice', async () => {
  const runner = await planned();
  await says(runner, 'ada', '/portia approve');
  const [comment] = runner.github.comments;
  // As the job that was ended left it.
  if (comment !== undefined) comment.body = runner.github.written.at(-2) ?? '';
  expect(comment?.body).toContain('is being done: [log](https://github.com/octo/plans/actions/runs/');
  expectError(await says(runner, 'ada', '/portia answer name=Bob'), { code: 'run-locked', exit: 7 });
  expect(await says(runner, 'ada', '/portia plan')).toMatchObject({ code: 0, outputs: { state: 'PLANNED' } });
  expect(runner.github.unexpected).toEqual([]);
});

test('when an answer does not fit then the question stays open, and hostile texts stay texts', async () => {
  const plan = `plan_context: { query: '@octo/all <img src=x> | [x](http://x) \`a\`' }
steps:
  - { kind: user_input, message: "How many? ::error::x </pre><script>", schema: { type: integer }, output: $n }
`;
  const runner = await planned({ 'plan.yaml': plan });
  await says(runner, 'ada', '/portia approve');
  const refused = await says(runner, 'ada', '/portia answer n=</pre>\n::set-output name=a::b ##[add-mask]x');
  expectError(refused, { code: 'answer-refused', exit: 2 });
  // What follows ::error on its line is a message.
  expect((refused.stdout + refused.stderr).replaceAll(/^::error .*$/gm, '')).not.toMatch(/^\s*::|##\[/m);
  expect(botComments(runner)[0]).toContain('/portia answer n=VALUE');
  for (const body of botComments(runner)) {
    expect(body.replaceAll(/<\/?(?:pre|code|details|summary|br)>/g, '')).not.toMatch(
      /<(?!!-- portia)|@octo|\]\(http:\/\/x/,
    );
  }
  expect(await says(runner, 'ada', '/portia answer n:=3')).toMatchObject({ code: 0, outputs: { state: 'COMPLETE' } });
  expect(runner.github.unexpected).toEqual([]);
});

test('when the workflow is started by hand then the plan runs, and a public repository is told', async () => {
  const runner = await Runner.start({ 'plan.yaml': PLAN });
  const done = await runner.job('workflow_dispatch', dispatchEvent({ isPublic: true }), {
    flags: ['--answer', '$name=Ada'],
  });
  expect(done).toMatchObject({ code: 8, outputs: { state: 'NEED_CLARIFICATION', questions: '1' } });
  expect(done.summary).toContain('**This repository is public.**');
  expect(done.summary).toContain('Greet Ada?');
  expect(runner.artifact(done.id)).toContain('export.started');
  expect(runner.github.requests).toEqual([]);
});

test('when the plan names who must agree then the logins of members count, each once, and not that of who started it', async () => {
  const plan = `plan_context: { query: Pay }
steps:
  - { kind: user_verify, message: "Pay?", approvers: { any_of: [ada, root, bob], required: 2, not: starter } }
  - { kind: compute, expression: '"paid"', output: $paid }
`;
  const runner = await planned({ 'plan.yaml': plan });
  runner.github.rights['bob'] = 'write';
  expect(await says(runner, 'ada', '/portia approve')).toMatchObject({ code: 8 });
  expectError(await says(runner, 'ada', '/portia answer verify=yes'), { code: 'wrong-person', exit: 6 });
  expect(await says(runner, 'bob', '/portia approve')).toMatchObject({ code: 8, outputs: { questions: '1' } });
  expectError(await says(runner, 'bob', '/portia approve'), { code: 'wrong-person', exit: 6 });
  expect(await says(runner, 'root', '/portia approve')).toMatchObject({ code: 0, outputs: { state: 'COMPLETE' } });
  expect(runner.github.unexpected).toEqual([]);
});

test('when a call is asked about then a comment can allow it for the run, but not for always', async () => {
  const write = '{kind: tool, tool_id: file_writer_tool, args: {filename: notes.md, content: b}, output: $w}';
  const runner = await planned({
    'notes.md': 'old',
    'plan.yaml': `plan_context: {query: Write}\nsteps:\n- ${write}\n`,
  });
  expect(await says(runner, 'ada', '/portia approve')).toMatchObject({ code: 8 });
  expectError(await says(runner, 'ada', '/portia answer verify=always'), { code: 'answer-refused', exit: 2 });
  const spelt = '/portia answer verify:="\\u0061lways"';
  expectError(await says(runner, 'ada', spelt), { code: 'answer-refused', exit: 2 });
  expect(botComments(runner).at(-1)).toContain('/portia answer verify=run');
  expect(await says(runner, 'ada', '/portia answer verify=run')).toMatchObject({ code: 0 });
});

test('when what is asked is too long for a comment then it cannot be approved there', async () => {
  const message = 'x'.repeat(40_000);
  const runner = await planned({
    'plan.yaml': `plan_context: {query: Long}\nsteps:\n- {kind: user_verify, message: ${message}}\n`,
  });
  expect(await says(runner, 'ada', '/portia approve')).toMatchObject({ code: 8, outputs: { questions: '1' } });
  expect(botComments(runner)[0]).toContain('too long for a comment');
  expectError(await says(runner, 'ada', '/portia approve'), { code: 'answer-refused', exit: 2 });
  expect(runner.github.unexpected).toEqual([]);
});

test('when the plan is a link to a file of the machine then it is not read', async () => {
  const runner = await Runner.start({ 'plan.yaml': PLAN });
  runner.link('plan.yaml', '/etc/passwd');
  const refused = await runner.job('pull_request', pullEvent(runner.github));
  expectError(refused, { code: 'usage', exit: 2 });
  expect(refused.stdout + refused.stderr + refused.summary).not.toContain('root:');
  expect(runner.github.comments).toEqual([]);
});
