import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { makeExampleProject } from '../support/example-project.js';
import { portiaHere } from '../support/portia-here.js';
import { expectError } from '../support/printed-error.js';

const BROKEN = `plan_context: { query: Broken }
steps:
  - { kind: tool, tool_id: no_such_tool, args: {}, output: $out }
`;
const FILES = { 'plans/broken.yaml': BROKEN, 'plans/cut.yaml': 'steps:\n  - {kind: compute\n' };
const THREE = ['plan.json', 'plans/broken.yaml', 'plans/cut.yaml'];

test('when several plans are checked then each has its problems, also one that cannot be read', async () => {
  const cwd = makeExampleProject(FILES);
  const { code, stdout } = await portiaHere(['check', ...THREE, '--json'], { cwd });
  expect(code).toBe(2);
  expect(JSON.parse(stdout)).toMatchObject([
    { plan: 'plan.json', problems: [], counts: { steps: 1 } },
    { plan: 'plans/broken.yaml', problems: [{ rule: 'unknown-tool', line: 3 }] },
    { plan: 'plans/cut.yaml', problems: [{ rule: 'unreadable', severity: 'error', line: expect.any(Number) }] },
  ]);
  const human = await portiaHere(['check', ...THREE, '--format', 'human'], { cwd });
  expect(human.stdout).toContain('plan.json has no problems');
  expect(human.stdout).toContain('plans/cut.yaml: 1 error');
});

test('when plans are checked for a workflow then files are named from the root of the checkout', async () => {
  const cwd = makeExampleProject(FILES);
  const call = { cwd, env: { GITHUB_WORKSPACE: cwd } };
  const { code, stdout } = await portiaHere(
    ['check', 'broken.yaml', 'cut.yaml', '--format', 'github', '-C', 'plans'],
    call,
  );
  const lines = stdout.trimEnd().split('\n');
  expect(code).toBe(2);
  expect(lines[0]).toMatch(/^::error file=plans\/broken\.yaml,line=3,col=\d+,title=broken\.yaml%3A unknown-tool::/);
  expect(lines.at(-1)).toMatch(/^::error file=plans\/cut\.yaml,line=\d,col=\d+,title=cut\.yaml%3A unreadable::/);
});

test('when plans are checked for code scanning then a good plan has no result', async () => {
  const cwd = makeExampleProject(FILES);
  const { code, stdout } = await portiaHere(['check', ...THREE, '--format', 'sarif', '-o', 'portia.sarif'], { cwd });
  expect([code, stdout]).toEqual([2, '']);
  const { runs } = JSON.parse(readFileSync(join(cwd, 'portia.sarif'), 'utf8')) as {
    runs: [{ results: { ruleId: string }[] }];
  };
  expect(new Set(runs[0].results.map(({ ruleId }) => ruleId))).toEqual(new Set(['unknown-tool', 'unreadable']));
});

test('when what is listed is a report of tests then failures and what waits can be told apart', async () => {
  const cwd = makeExampleProject(FILES);
  const checked = await portiaHere(['check', ...THREE, '--format', 'junit'], { cwd });
  expect(checked.stdout).toContain('<testsuite name="portia check" tests="3" failures="2" errors="0" skipped="0">');
  writeFileSync(join(cwd, 'numbers.ndjson'), '{"text": "1"}\n{"text": "x"}\n{"no": 1}\n');
  const steps = [{ kind: 'compute', expression: '$number($text)', output: '$n' }];
  const plan = { plan_context: { query: 'Numbers' }, plan_inputs: [{ name: '$text' }], steps };
  writeFileSync(join(cwd, 'numbers.json'), JSON.stringify(plan));
  const batch = await portiaHere(['run-plan', 'numbers.json', '--batch', 'numbers.ndjson', '--format', 'junit'], {
    cwd,
  });
  expect(batch.code).toBe(1);
  expect(batch.stdout).toContain('<testsuite name="portia run-plan" tests="3" failures="1" errors="1" skipped="0">');
  await portiaHere(['run', 'read weather.txt', '--yes'], { cwd });
  const listed = await portiaHere(['list', '--format', 'junit'], { cwd });
  expect(listed.stdout).toContain('<testsuite name="portia list" tests="3" failures="1" errors="0" skipped="1">');
  expect(listed.stdout).toContain('<skipped message="NEED_CLARIFICATION: 1 open question">');
});

test('when a list is for a spreadsheet then each row has its columns, and no cell is a formula', async () => {
  const steps = [{ kind: 'user_input', message: '=cmd("x"), "quoted"\nand more', output: '$n' }];
  const cwd = makeExampleProject({ ...FILES, 'ask.json': { plan_context: { query: '=1+2' }, steps } });
  await portiaHere(['run-plan', 'ask.json'], { cwd });
  const csv = async (...args: string[]) => {
    const { code, stdout } = await portiaHere([...args, '--format', 'csv'], { cwd });
    expect(code).toBe(args[0] === 'check' ? 2 : 0);
    return stdout;
  };
  expect(await csv('list')).toMatch(
    /^id,plan_id,query,state,[^]*\r\nprun-[^,]+,plan-[^,]+,'=1\+2,NEED_CLARIFICATION,1,/,
  );
  expect(await csv('list', '--fields', 'state,query')).toBe("state,query\r\nNEED_CLARIFICATION,'=1+2\r\n");
  expect(await csv('list', 'plans', '--fields', 'query,steps')).toBe("query,steps\r\n'=1+2,1\r\n");
  expect(await csv('list', 'questions', '--fields', 'user_guidance')).toBe(
    `user_guidance\r\n"'=cmd(""x""), ""quoted""\nand more"\r\n`,
  );
  expect(await csv('check', ...THREE)).toMatch(
    /^plan,severity,rule,message,line,column,pointer,fix\r\nplans\/broken\.yaml,error,/,
  );
  const refused = await portiaHere(['list', '--format', 'csv', '--fields', 'stat'], { cwd });
  expect(expectError(refused, { code: 'usage', exit: 2 }).fix).toBe('--fields state');
});

test.each([
  [['run', 'add 1 + 2', '--format', 'sarif'], 'portia run prints no sarif.'],
  [['list', '--format', 'github'], 'portia list prints no github.'],
  [['list', 'plans', '--format', 'junit'], '--format junit is for runs.'],
  [['run-plan', 'plan.json', '--format', 'junit'], '--format junit is for --batch.'],
])('when %j asks for a report that is not there then that is said', async (args, message) => {
  const cwd = makeExampleProject();
  const error = expectError(await portiaHere(args, { cwd }), { code: 'usage', exit: 2 });
  expect(error.message).toBe(message);
});
