import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { ADD_PLAN_ID, addPlan, makeExampleProject, pausedRun } from '../support/example-project.js';
import { listFolder } from '../support/folder-listing.js';
import { portiaHere } from '../support/portia-here.js';
import { cleanEnvironment, ended, PORTIA, TESTED_NODE } from '../support/portia.js';
import { expectError } from '../support/printed-error.js';
import { onlyRun, planIds, readPlan, runPrinted } from '../support/scenario.js';

const step = { kind: 'tool', tool_id: 'calculator_tool', args: { math_question: '1 + 2' }, output: '$result' };
const text = JSON.stringify(addPlan());
const uses = (name: string, output: string) => ({ kind: 'compute', expression: `$${name} + 1`, output: `$${output}` });

/** Content of a plan file, the error's code, and what the message, why or pointer says. */
const BAD: [what: string, content: string | object, code: string, says: RegExp][] = [
  ['empty', '', 'unreadable', /It is empty/],
  ['only white space', ' \n ', 'unreadable', /It is empty/],
  ['truncated', text.slice(0, -20), 'unreadable', /It is not JSON. Line 1, column \d+: /],
  ['no JSON', 'hello', 'unreadable', /Line 1, column 1/],
  ['a list', [addPlan()], 'invalid-plan', /not a list/],
  ['null', 'null', 'invalid-plan', /not null/],
  ['a number', '7', 'invalid-plan', /not a number/],
  ['a text', '"plan"', 'invalid-plan', /not a string/],
  ['without steps', addPlan({ steps: undefined }), 'invalid-plan', /steps/],
  ['zero steps', addPlan({ steps: [] }), 'invalid-plan', /steps/],
  ['steps of the wrong type', addPlan({ steps: { 0: step } }), 'invalid-plan', /\/steps/],
  ['an id that is a path', addPlan({ id: '../../etc/passwd' }), 'invalid-plan', /\/id/],
  ['an id of a run', addPlan({ id: ADD_PLAN_ID.replace('plan-', 'prun-') }), 'invalid-plan', /\/id/],
  ['__proto__', text.replace('"steps"', '"__proto__":{"polluted":true},"steps"'), 'unreadable', /__proto__/],
  ['a key given twice', text.replace('"steps"', '"steps":[],"steps"'), 'unreadable', /"steps" is given twice/],
  ['depth 10,000', `${'['.repeat(10_000)}${']'.repeat(10_000)}`, 'unreadable', /deeper than/],
  [
    'depth 10,000 within a plan',
    text.replace('"1 + 2"', `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`),
    'unreadable',
    /deeper than/,
  ],
  ['NaN', text.replace('"1 + 2"', 'NaN'), 'unreadable', /Line 1, column/],
  ['comments', `// a plan\n${text}`, 'unreadable', /no comments/],
  ['a cycle', addPlan({ steps: [uses('b', 'a'), uses('a', 'b')] }), 'invalid-plan', /\$b/],
  ['a step that uses itself', addPlan({ steps: [uses('a', 'a')] }), 'invalid-plan', /\$a/],
  ['an output that nothing makes', addPlan({ steps: [uses('nothing', 'a')] }), 'invalid-plan', /\$nothing/],
  ['an unknown tool', addPlan({ steps: [{ ...step, tool_id: 'no_such_tool' }] }), 'invalid-plan', /no_such_tool/],
  [
    'a tool named constructor',
    addPlan({ steps: [{ ...step, tool_id: 'constructor' }] }),
    'invalid-plan',
    /constructor/,
  ],
  [
    'an unknown kind',
    addPlan({ steps: [{ ...step, kind: 'magic' }] }),
    'invalid-plan',
    /\/steps\/0\/kind[^]*must be one of|must be one of[^]*\/steps\/0\/kind/,
  ],
  [
    'a broken expression',
    addPlan({ steps: [{ kind: 'compute', expression: '1 +', output: '$a' }] }),
    'invalid-plan',
    /expression/,
  ],
  [
    'a newer schema',
    addPlan({ metadata: { schema_version: 99, created_at: '2026-11-23T10:00:00.000Z', planner: 'hand' } }),
    'newer-version',
    /newer|99/,
  ],
];

describe('a bad plan file', () => {
  test.each(BAD)(
    'when it is %s then run-plan says so, exits 2, and nothing is changed',
    async (_what, content, code, says) => {
      const cwd = makeExampleProject({ 'bad.json': content });
      const before = listFolder(cwd);
      const result = await portiaHere(['run-plan', 'bad.json'], { cwd });
      const error = expectError(result, { code, exit: 2 });
      expect(result.stdout).toBe('');
      expect(`${error.message}\n${error.why}\n${error.pointer}`).toMatch(says);
      expect(error.message).toContain('bad.json');
      expect(listFolder(cwd)).toEqual(before);
    },
  );

  test.each(BAD)(
    'when it is %s then check exits 2 and says where, changing nothing',
    async (_what, content, _code, says) => {
      const cwd = makeExampleProject({ 'bad.json': content });
      const before = listFolder(cwd);
      const { code, stdout, stderr } = await portiaHere(['check', 'bad.json'], { cwd });
      expect(code).toBe(2);
      expect(stdout + stderr.replaceAll(String.raw`\"`, '"')).toMatch(says);
      expect(listFolder(cwd)).toEqual(before);
    },
  );

  test.each(BAD)('when it is %s and comes through a pipe then it is refused alike', async (_what, content, code) => {
    const cwd = makeExampleProject();
    const before = listFolder(cwd);
    const input = typeof content === 'string' ? content : JSON.stringify(content);
    expectError(await portiaHere(['run-plan', '-'], { cwd, input }), { code, exit: 2 });
    expect(listFolder(cwd)).toEqual(before);
  });

  test.each([
    ['a byte order mark', `\u{feff}${text}`],
    ['CRLF', JSON.stringify(addPlan(), null, 2).replaceAll('\n', '\r\n')],
    ['a lone surrogate', text.replace('add 1 + 2', String.raw`add \ud800 1 + 2`)],
    ['unknown keys', { ...addPlan(), note: 'kept', steps: [{ ...step, colour: 'blue' }] }],
  ])('when it has %s then it runs', async (_what, content) => {
    const cwd = makeExampleProject({ 'odd.json': content });
    expect(await portiaHere(['run-plan', 'odd.json', '--format', 'value'], { cwd })).toMatchObject({
      code: 0,
      stdout: '3\n',
    });
  });

  test('when it has 100 MB then it is refused before it is read', async () => {
    const cwd = makeExampleProject();
    execFileSync('truncate', ['-s', '100M', join(cwd, 'huge.json')]);
    expect(
      expectError(await portiaHere(['run-plan', 'huge.json'], { cwd }), { code: 'unreadable', exit: 2 }).why,
    ).toContain('bytes');
    const piped = spawn('/bin/sh', ['-c', `head -c 100000000 /dev/zero | "${TESTED_NODE}" "${PORTIA}" run-plan -`], {
      cwd,
      env: cleanEnvironment(cwd),
    });
    expect(expectError(await ended(piped, ''), { code: 'unreadable', exit: 2 }).why).toContain('bytes');
  });

  test('when a folder, a named pipe or a device stands in its place then it is refused at once', async () => {
    const cwd = makeExampleProject();
    mkdirSync(join(cwd, 'folder.json'));
    execFileSync('mkfifo', [join(cwd, 'pipe.json')]);
    for (const name of ['folder.json', 'pipe.json', '/dev/zero', './plans-that-are-not', 'folder.json/x.json'])
      for (const command of ['run-plan', 'check', 'show'])
        expect(await portiaHere([command, name], { cwd })).toMatchObject({ code: 2, stdout: '' });
  });

  test('when a pipe that the shell opened stands in its place then it is read', async () => {
    const cwd = makeExampleProject();
    const command = 'cat plan.json | portia run-plan /dev/fd/0 --format value';
    expect(await runPrinted(command, { cwd })).toMatchObject({ code: 0, stdout: '3\n' });
  });

  test('when standard input is closed then a plan from it is empty', async () => {
    const cwd = makeExampleProject();
    const closed = spawn('/bin/sh', ['-c', `"${TESTED_NODE}" "${PORTIA}" run-plan - <&-`], {
      cwd,
      env: cleanEnvironment(cwd),
    });
    expectError(await ended(closed, ''), { code: 'unreadable', exit: 2 });
  });
});

describe('a plan file that was edited after it was stored', () => {
  test('when it is run then it is kept under a new id with derived_from, and standard error says so', async () => {
    const cwd = makeExampleProject();
    await portiaHere(['run-plan', 'plan.json'], { cwd });
    const stored = readFileSync(join(cwd, 'plans', `${ADD_PLAN_ID}.json`));
    writeFileSync(join(cwd, 'plan.json'), text.replaceAll('1 + 2', '40 + 2'));
    const { code, stdout, stderr } = await portiaHere(['run-plan', 'plan.json', '--format', 'value'], { cwd });
    expect({ code, stdout }).toEqual({ code: 0, stdout: '42\n' });
    const [renamed = ''] = planIds(cwd).filter((id) => id !== ADD_PLAN_ID);
    expect(stderr).toContain(renamed);
    expect(readPlan(cwd, renamed).derived_from).toBe(ADD_PLAN_ID);
    // Run again, it is the same plan and the newest one.
    await portiaHere(['run-plan', 'plan.json'], { cwd });
    expect(planIds(cwd)).toEqual([ADD_PLAN_ID, renamed].sort());
    const again = await portiaHere(['run-plan', 'last', '--format', 'value'], { cwd });
    expect(again.stdout).toBe('42\n');
    expect(readFileSync(join(cwd, 'plans', `${ADD_PLAN_ID}.json`))).toEqual(stored);
  });

  test('when the stored file itself was edited while a run waits then resume refuses it as stale', async () => {
    const cwd = makeExampleProject();
    const id = await pausedRun(cwd);
    const path = join(cwd, 'plans', `${onlyRun(cwd).plan_id}.json`);
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll('weather.txt', 'notes.md'));
    const before = listFolder(cwd);
    const { fix } = expectError(await portiaHere(['resume', id, '--answer', 'filename=old/weather.txt'], { cwd }), {
      code: 'stale',
      exit: 6,
    });
    expect(fix).toContain('portia run-plan');
    expect(listFolder(cwd)).toEqual(before);
  });
});

/** What may have happened to the files of a run that waits for an answer. */
const SPOILED: [
  what: string,
  spoil: (cwd: string, id: string) => void,
  code: string,
  says: RegExp,
  showable: boolean,
][] = [
  [
    'its plan is gone',
    (cwd) => execFileSync('rm', [join(cwd, 'plans', `${onlyRun(cwd).plan_id}.json`)]),
    'plan-missing',
    /plan/,
    true,
  ],
  [
    'its snapshot was edited beside its log',
    (cwd, id) => edit(cwd, `runs/${id}.json`, 'NEED_CLARIFICATION', 'COMPLETE'),
    'snapshot-edited',
    /runs\/prun-\S+\.json[^]*events\.ndjson/,
    false,
  ],
  [
    'its snapshot is newer',
    (cwd, id) => edit(cwd, `runs/${id}.json`, /"schema_version": ?1/, '"schema_version": 99'),
    'newer-version',
    /99|newer/,
    false,
  ],
  [
    'its log is garbage',
    (cwd, id) => writeFileSync(join(cwd, 'runs', id, 'events.ndjson'), 'garbage\n'),
    'unreadable',
    /events\.ndjson/,
    false,
  ],
  [
    'its log was emptied',
    (cwd, id) => writeFileSync(join(cwd, 'runs', id, 'events.ndjson'), ''),
    'unreadable',
    /lost events[^]*backup/,
    false,
  ],
  [
    'its log is gone with its folder',
    (cwd, id) => rmSync(join(cwd, 'runs', id), { recursive: true }),
    'unreadable',
    /lost events[^]*do finished steps again[^]*backup/,
    true,
  ],
  [
    'a folder stands for its log',
    (cwd, id) => replaceByFolder(join(cwd, 'runs', id, 'events.ndjson')),
    'unreadable',
    /events\.ndjson/,
    false,
  ],
  [
    'its plan file is truncated',
    (cwd) => truncate(join(cwd, 'plans', `${onlyRun(cwd).plan_id}.json`)),
    'unreadable',
    /plan-/,
    true,
  ],
];

function edit(cwd: string, name: string, from: string | RegExp, to: string): void {
  const path = join(cwd, name);
  const old = readFileSync(path, 'utf8');
  expect(old).toMatch(from);
  writeFileSync(path, old.replace(from, to));
}

function replaceByFolder(path: string): void {
  execFileSync('rm', [path]);
  mkdirSync(path);
}

function truncate(path: string): void {
  writeFileSync(path, readFileSync(path).subarray(0, 100));
}

describe('a run whose files were spoiled', () => {
  test.each(SPOILED)(
    'when %s then resume and answer refuse it with exit 2, and nothing is changed',
    async (_what, spoil, code, says, showable) => {
      const cwd = makeExampleProject();
      const id = await pausedRun(cwd);
      spoil(cwd, id);
      const before = listFolder(cwd);
      const result = await portiaHere(['resume', id, '--answer', 'filename=old/weather.txt'], { cwd });
      const error = expectError(result, { code, exit: 2 });
      expect(result.stdout).toBe('');
      expect(`${error.message}\n${error.why}\n${error.fix}`).toMatch(says);
      expect(error.resumable).toBe(false);
      expect((await portiaHere(['show', id], { cwd })).code).toBe(showable ? 0 : 2);
      if (!showable)
        expectError(await portiaHere(['answer', id, 'filename=old/weather.txt'], { cwd }), { code, exit: 2 });
      expect(await portiaHere(['list', 'runs'], { cwd })).toMatchObject({ code: 0 });
      expect(listFolder(cwd)).toEqual(before);
    },
  );
});
