import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { digestText } from '../../src/domain/values/digest.js';
import type { Run } from '../../src/domain/run/run.js';
import { carryOver } from '../support/exported-run.js';
import { portiaHere } from '../support/portia-here.js';
import { ended, makeProject, portia, startPortia, type Ended } from '../support/portia.js';
import { expectError } from '../support/printed-error.js';
import { loggedRunIds, openPortia, printedError, readEvents, runIds } from '../support/scenario.js';
import { acceptedBy, answered, idOf, makefile } from '../support/signed-project.js';

const parse = (stdout: string) => JSON.parse(stdout) as Run;

/** Two rounds of an inner plan that asks, between a large value and a file that is written. */
const PLAN = {
  plan_context: { query: 'ask two people', tool_ids: ['file_writer_tool'] },
  plan_inputs: [{ name: 'greeting' }],
  steps: [
    { kind: 'compute', expression: '[1..3000].$string()', output: '$large' },
    {
      kind: 'for_each',
      over: '["Ada", "Bob"]',
      as: 'name',
      steps: [
        {
          kind: 'plan',
          inputs: { who: '{{ $name }}' },
          plan: {
            plan_context: { query: 'ask one', tool_ids: [] },
            plan_inputs: [{ name: 'who' }],
            steps: [{ kind: 'user_input', message: 'How old is {{ $who }}?', output: '$age' }],
          },
          output: '$one',
        },
      ],
      output: '$all',
    },
    {
      kind: 'tool',
      tool_id: 'file_writer_tool',
      args: { filename: 'out.txt', content: '{{ $greeting }} {{ $join($all, ",") }} {{ $count($large) }}' },
      output: '$file',
    },
  ],
};

/** A project whose run waits for its second answer. */
async function waitingProject(): Promise<{ cwd: string; id: string }> {
  const cwd = makeProject({ 'plan.json': PLAN });
  const begun = await portiaHere(['run-plan', 'plan.json', '-i', 'greeting=Hi', '--end-user', 'ada'], { cwd });
  expect(begun.code).toBe(8);
  expect((await portiaHere(['resume', 'last', '--answer', 'age=36'], { cwd })).code).toBe(8);
  return { cwd, id: parse(begun.stdout).id };
}

async function exported(cwd: string, id: string): Promise<string> {
  const { code, stdout } = await portiaHere(['export', id, '-q'], { cwd });
  expect(code).toBe(0);
  return stdout;
}

/** The text as a file whose last line vouches for it. */
function sealed(lines: string[]): string {
  const text = lines.map((line) => `${line}\n`).join('');
  const end = { v: 1, type: 'export.finished', lines: lines.length, digest: digestText(text) };
  return `${text}${JSON.stringify(end)}\n`;
}

const linesOf = (text: string): string[] => text.trimEnd().split('\n').slice(0, -1);

const importText = (text: string, cwd = makeProject()): Promise<Ended> =>
  portiaHere(['import', '-'], { cwd, input: text });

const expectNothing = (cwd: string): void => {
  const names = existsSync(join(cwd, 'runs')) ? readdirSync(join(cwd, 'runs')) : [];
  expect(names.filter((name) => name !== 'keys' && name !== '.portia-changes')).toEqual([]);
};

describe('a run that is exported and imported elsewhere', () => {
  test('when it waits then it is shown, verified, answered and finished there, with its large values and inner runs', async () => {
    const { cwd, id } = await waitingProject();
    const there = makeProject();
    await carryOver(id, cwd, there);
    expect(runIds(there)).toEqual(runIds(cwd));
    const shown = await portiaHere(['show', id], { cwd: there });
    expect(parse(shown.stdout)).toEqual(parse((await portiaHere(['show', id], { cwd })).stdout));
    const large = await portiaHere(['show', id, '--output-of', '$large'], { cwd: there });
    expect(JSON.parse(large.stdout)).toHaveLength(3000);
    expect((await portiaHere(['verify', id], { cwd: there })).code).toBe(0);
    expect((await portiaHere(['answer', id, 'age=40'], { cwd: there })).code).toBe(0);
    expect(await portiaHere(['resume', id], { cwd: there })).toMatchObject({ code: 0 });
    expect(readFileSync(join(there, 'out.txt'), 'utf8')).toBe('Hi 36,40 3000');
    expect((await portiaHere(['verify', id], { cwd: there })).code).toBe(0);
    const computed = readEvents(there, id).filter(({ type }) => type === 'memory.stored');
    expect(computed).toHaveLength(1);
  });

  test('when it returns then only what is new is taken, and the same again changes nothing', async () => {
    const { cwd, id } = await waitingProject();
    const there = makeProject();
    await carryOver(id, cwd, there);
    const before = await exported(cwd, id);
    expect((await portiaHere(['resume', id, '--answer', 'age=40'], { cwd: there })).code).toBe(0);
    for (const text of [await exported(there, id), await exported(there, id), before]) {
      const end = await portiaHere(['import', '-', '--format', 'json'], { cwd, input: text });
      expect(end.code).toBe(0);
      expect(parse(end.stdout).state).toBe('COMPLETE');
    }
    expect(await exported(cwd, id)).toContain(
      linesOf(await exported(there, id))
        .slice(1)
        .join('\n'),
    );
    expect(loggedRunIds(cwd)).toEqual(loggedRunIds(there));
  });

  test('when the file is - then it goes to standard output, as other results do', async () => {
    const { cwd, id } = await waitingProject();
    const { stdout } = await portiaHere(['export', id, '-q', '-o', '-'], { cwd });
    expect(linesOf(stdout).slice(1)).toEqual(linesOf(await exported(cwd, id)).slice(1));
    expect(parse((await portiaHere(['show', id, '-o', '-'], { cwd })).stdout).id).toBe(id);
    expect(existsSync(join(cwd, '-'))).toBe(false);
  });

  test('when a pipe carries it then nothing is written in between', async () => {
    const { cwd, id } = await waitingProject();
    const there = makeProject();
    const [from, to] = [startPortia(['export', id], { cwd }), startPortia(['import', '-'], { cwd: there })];
    if (from.stdout === null || to.stdin === null) throw new Error('no pipe');
    from.stdout.pipe(to.stdin);
    const [wrote, took] = await Promise.all([ended(from), ended(to)]);
    expect({ wrote: wrote.code, took: took.code }).toEqual({ wrote: 0, took: 0 });
    expect(parse(took.stdout)).toMatchObject({ id, state: 'NEED_CLARIFICATION' });
  });

  test('when it has not ended then the export says what the copy is, and the file is for its owner alone', async () => {
    const { cwd, id } = await waitingProject();
    const { stderr } = await portiaHere(['export', id, '-o', 'run.ndjson'], { cwd });
    expect(stderr.replaceAll(/\s+/g, ' ')).toContain('Continue either this run or the copy');
    expect(statSync(join(cwd, 'run.ndjson')).mode & 0o777).toBe(0o600);
    expect(readdirSync(cwd).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    expect((await portiaHere(['resume', id, '--answer', 'age=40'], { cwd })).code).toBe(0);
    expect((await portiaHere(['export', id, '-o', 'run.ndjson'], { cwd })).stderr).toBe('');
  });

  test('when somebody else said yes in it then that counts only after it was accepted', async () => {
    const from = await answered();
    const there = makeProject({ Makefile: 'mine' });
    await carryOver(idOf(from), from, there);
    const refused = await portiaHere(['resume', 'last'], { cwd: there });
    expect(refused.code).toBe(6);
    const { code, fix } = printedError(refused.stderr);
    expect(code).toBe('consents-unconfirmed');
    expect(makefile(there)).toBe('mine');
    const accepted = ['resume', 'last', '--accept-recorded', acceptedBy(fix)];
    expect((await portiaHere(accepted, { cwd: there })).code).toBe(0);
    expect(makefile(there)).toBe('NEW');
  });

  test('when an end user is known there then that stays', async () => {
    const { cwd, id } = await waitingProject();
    const file = `users/${digestText('ada')}.json`;
    const user = { external_id: 'ada', name: 'Ada', email: null, phone_number: null, additional_data: {} };
    const [unknown, known] = [makeProject(), makeProject({ [file]: { ...user, name: 'Another' } })];
    // The run made it, with nothing but the id.
    expect(JSON.parse(readFileSync(join(cwd, file), 'utf8'))).toEqual({ ...user, name: null });
    writeFileSync(join(cwd, file), JSON.stringify(user));
    await carryOver(id, cwd, unknown);
    expect(JSON.parse(readFileSync(join(unknown, file), 'utf8'))).toEqual(user);
    const { code, stderr } = await importText(await exported(cwd, id), known);
    expect({ code, stderr: stderr.replaceAll(/\s+/g, ' ') }).toEqual({
      code: 0,
      stderr: expect.stringContaining('something else is known here'),
    });
    expect(JSON.parse(readFileSync(join(known, file), 'utf8'))).toMatchObject({ name: 'Another' });
  });
});

describe('an exported file that is not as it was', () => {
  test('when a byte is changed then nothing is imported', async () => {
    const { cwd, id } = await waitingProject();
    const text = await exported(cwd, id);
    for (const at of [0, 9, 100, Math.floor(text.length / 2), text.length - 20, text.length - 1]) {
      const other = text.slice(0, at) + (text[at] === 'x' ? 'y' : 'x') + text.slice(at + 1);
      const there = makeProject();
      expect({ at, code: (await importText(other, there)).code }).toEqual({ at, code: 2 });
      expectNothing(there);
    }
  });

  test('when something else is given then the error says what it is not', async () => {
    const cwd = makeProject({ 'plan.json': PLAN, 'empty.ndjson': '', 'binary.ndjson': '\u0000\u0001\n' });
    for (const name of ['plan.json', 'empty.ndjson', 'binary.ndjson']) {
      const { message } = expectError(await portiaHere(['import', name], { cwd }), { code: 'unreadable', exit: 2 });
      expect(message).toContain('is not an exported run');
    }
    expectError(await portiaHere(['import', 'none.ndjson'], { cwd }), { code: 'not-found', exit: 2 });
    expectNothing(cwd);
  });

  test('when a newer portia wrote it then it is refused', async () => {
    const { cwd, id } = await waitingProject();
    const [, ...rest] = linesOf(await exported(cwd, id));
    const there = makeProject();
    const newer = sealed([JSON.stringify({ v: 2, type: 'export.started', run_id: id }), ...rest]);
    expectError(await importText(newer, there), { code: 'newer-version', exit: 2 });
    const unknown = rest.with(0, '{"v":1,"type":"export.another"}');
    const started = JSON.stringify({ v: 1, type: 'export.started', run_id: id });
    expect((await importText(sealed([started, ...unknown]), there)).code).toBe(0);
  });

  test('when it was made by hand then no name in it becomes a path, and no value is another one', async () => {
    const { cwd, id } = await waitingProject();
    const lines = linesOf(await exported(cwd, id));
    const spoil = (find: string | RegExp, by: string) => sealed(lines.map((line) => line.replaceAll(find, by)));
    const hostile = {
      'a run with a path as id': spoil(id, 'prun-../../../../tmp/x'),
      'a plan with a path as id': spoil(/"id":"plan-[^"]*"/g, '"id":"plan-../../x"'),
      'a digest that is a path': spoil(/"digest":"[0-9a-f]{64}","value"/g, '"digest":"../../x","value"'),
      'another value': spoil('"value":["1",', '"value":["2",'),
      'another step': spoil('"expression":"[1..3000]', '"expression":"[1..2000]'),
      'no value': sealed(lines.filter((line) => !line.startsWith('{"v":1,"type":"export.value"'))),
      'no run': sealed(lines.slice(0, 2)),
      'another run last': sealed(
        lines.filter((line) => !line.includes(`"run_id":"${id}"`) || line.includes('started","v')),
      ),
      'a line behind its end': `${sealed(lines)}{}\n`,
    };
    for (const [what, text] of Object.entries(hostile)) {
      const there = makeProject();
      const { code, stderr } = await importText(text, there);
      expect({ what, code, error: stderr }).toMatchObject({ what, code: 2 });
      expect({ what, ...printedError(stderr) }).toMatchObject({
        what,
        why: expect.any(String),
        fix: expect.any(String),
      });
      expectNothing(there);
      expect(existsSync(join(there, 'plans'))).toBe(false);
    }
  });
});

describe('what export and import do not take', () => {
  test('when an exported file is given to a command for runs then it says to import it', async () => {
    const { cwd, id } = await waitingProject();
    const there = makeProject({ 'run.ndjson': await exported(cwd, id) });
    const commands = ['verify', 'resume', 'wait', 'cancel', 'export', 'check', 'diff last', 'export --for python-sdk'];
    for (const line of [...commands.map((each) => `${each} run.ndjson`), 'answer run.ndjson age=40']) {
      const refused = await portiaHere(line.split(' '), { cwd: there });
      const error = expectError(refused, { code: 'usage', exit: 2 });
      expect({ line, ...error }).toMatchObject({
        line,
        message: 'run.ndjson is an exported run.',
        fix: 'Import it first: portia import run.ndjson',
      });
    }
  });

  test('when a flag has no effect then it is refused', async () => {
    const { cwd } = await waitingProject();
    const redacted = await portiaHere(['export', 'last', '--for', 'python-sdk', '--redact'], { cwd });
    expect(redacted.stdout).toBe('');
    expect(expectError(redacted, { code: 'usage', exit: 2 }).message).toContain('--redact');
    const { fix } = expectError(await portiaHere(['export', 'last', '--fields', 'id'], { cwd }), {
      code: 'usage',
      exit: 2,
    });
    expect(fix).toBe('portia show last --json --fields id');
  });
});

describe('what is here already', () => {
  test('when the run was continued in both places then the other one is refused', async () => {
    const { cwd, id } = await waitingProject();
    const there = makeProject();
    await carryOver(id, cwd, there);
    for (const [place, age] of [
      [cwd, '40'],
      [there, '41'],
    ] as const) {
      expect((await portiaHere(['resume', id, '--answer', `age=${age}`], { cwd: place })).code).toBe(0);
    }
    const { why, fix } = expectError(await importText(await exported(there, id), cwd), { code: 'stale', exit: 6 });
    expect(why).toMatch(/Event \d+ is another one here/);
    expect(fix).toContain('portia show');
    expect(readFileSync(join(cwd, 'out.txt'), 'utf8')).toBe('Hi 36,40 3000');
  });

  test('when its plan is here with another content then nothing is imported', async () => {
    const { cwd, id } = await waitingProject();
    const plan = parse((await portiaHere(['show', id], { cwd })).stdout).plan_id;
    const other = {
      id: plan,
      plan_context: { query: 'q', tool_ids: [] },
      steps: [{ kind: 'compute', expression: '1', output: '$o' }],
    };
    const there = makeProject({ [`plans/${plan}.json`]: other });
    expectError(await importText(await exported(cwd, id), there), { code: 'stale', exit: 6 });
    expectNothing(there);
  });

  test('when another program made a run then its file is named, and a changed log is not exported', async () => {
    const { cwd, id } = await waitingProject();
    const log = join(cwd, 'runs', id, 'events.ndjson');
    writeFileSync(log, readFileSync(log, 'utf8').replace('"Hi"', '"Ho"'));
    expectError(await portiaHere(['export', id], { cwd }), { code: 'log-edited', exit: 2 });
    const foreign = 'prun-01890000-0000-7000-8000-0000000000c1';
    writeFileSync(
      join(cwd, 'runs', `${foreign}.json`),
      JSON.stringify({
        id: foreign,
        plan_id: 'plan-01890000-0000-7000-8000-0000000000a1',
        state: 'COMPLETE',
        outputs: {},
      }),
    );
    const { fix } = expectError(await portiaHere(['export', foreign], { cwd }), { code: 'unreadable', exit: 2 });
    expect(fix).toContain(`runs/${foreign}.json`);
  });

  test('when the screen would get it then a file is asked for', async () => {
    const { cwd, id } = await waitingProject();
    const terminal = openPortia(['export', id], { cwd });
    expect(await terminal.exit()).toMatchObject({ code: 2 });
    expect(terminal.screen()).toContain('-o run.ndjson');
    expect(await portia(['export', id, '-o', 'nowhere/run.ndjson'], { cwd })).toMatchObject({ code: 10 });
  });
});
