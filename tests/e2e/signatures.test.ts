import { cpSync, existsSync, readdirSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

import { digestText } from '../../src/domain/values/digest.js';
import type { RunEvent } from '../../src/domain/run/events.js';
import { portiaHere } from '../support/portia-here.js';
import { makeProject } from '../support/portia.js';
import { loggedRunIds, openPortia, printedError, readEvents } from '../support/scenario.js';
import {
  acceptedBy,
  answered,
  copyOf,
  home,
  idOf,
  linesOf,
  makefile,
  tied,
  waiting,
  write,
  writeLines,
} from '../support/signed-project.js';

/** A run that made own.txt and waits; then it overwrites that file and the Makefile, which it did not make. */
async function makingFiles(): Promise<string> {
  const writing = (filename: string, content: string, output: string) => ({
    kind: 'tool',
    tool_id: 'file_writer_tool',
    args: { filename, content },
    output,
  });
  const steps = [
    writing('own.txt', '1', '$one'),
    { kind: 'user_input', message: 'Which?', output: '$which' },
    writing('own.txt', '2', '$two'),
    writing('Makefile', 'NEW', '$three'),
  ];
  const plan = { plan_context: { query: 'q', tool_ids: ['file_writer_tool'] }, steps };
  const project = makeProject({ Makefile: 'mine', 'plan.json': plan });
  expect((await portiaHere(['run-plan', 'plan.json'], { cwd: project })).code).toBe(8);
  return project;
}

describe('a recorded yes', () => {
  test('when its own user resumes then it counts', async () => {
    const project = await answered();
    expect(await portiaHere(['resume', 'last'], { cwd: project })).toMatchObject({ code: 0 });
    expect(makefile(project)).toBe('NEW');
    expect(statSync(join(project, '.home/.config/portia/signing-key.pem')).mode & 0o777).toBe(0o600);
  });

  test('when somebody else resumes a copy of the project then it is listed and refused, until it is accepted', async () => {
    const clone = copyOf(await answered());
    const refused = await portiaHere(['resume', 'last'], { cwd: clone });
    expect(refused.code).toBe(6);
    const { code, why, fix } = printedError(refused.stderr);
    expect(code).toBe('consents-unconfirmed');
    expect(why).toContain('{"filename":"Makefile","content":"NEW"}');
    expect(makefile(clone)).toBe('mine');
    expect(await portiaHere(['show', 'last'], { cwd: clone })).toMatchObject({ code: 0 });

    const blind = await portiaHere(['resume', 'last', '--accept-recorded', 'yes'], { cwd: clone });
    expect(blind.code).toBe(6);
    expect(makefile(clone)).toBe('mine');

    const args = ['resume', 'last', '--accept-recorded', acceptedBy(fix)];
    expect(await portiaHere(args, { cwd: clone })).toMatchObject({ code: 0 });
    expect(makefile(clone)).toBe('NEW');
    const confirmed = readEvents(clone, idOf(clone)).find(({ type }) => type === 'consents.confirmed');
    expect(confirmed).toMatchObject({ digest: acceptedBy(fix), by: { user: expect.any(String) } });
  });

  test.each([
    ['y', 0, 'NEW'],
    ['n', 9, 'mine'],
  ])(
    'when a person at a terminal is shown the answers of others and types %s then that decides',
    async (typed, code, content) => {
      const clone = copyOf(await answered());
      const terminal = openPortia(['resume', 'last'], { cwd: clone });
      await terminal.waitFor('Do they count for you, too?');
      expect(terminal.screen()).toContain('file_writer_tool {"filename":"Makefile","content":"NEW"}');
      terminal.type(typed);
      terminal.press('enter');
      expect(await terminal.exit()).toEqual({ code, signal: 0 });
      expect(makefile(clone)).toBe(content);
    },
  );

  test('when the plan of a keyed start is approved by --yes then the answers of others are asked about all the same', async () => {
    const project = makeProject({ Makefile: 'mine', 'notes.md': 'NEW' });
    const start = ['run', 'read notes.md then write it to "Makefile"', '--yes', '--key', 'k'];
    expect((await portiaHere(start, { cwd: project })).code).toBe(8);
    expect((await portiaHere(['answer', 'last', 'verify=yes'], { cwd: project })).code).toBe(0);
    const terminal = openPortia(start, { cwd: copyOf(project) });
    await terminal.waitFor('Do they count for you, too?');
    terminal.type('n');
    terminal.press('enter');
    expect(await terminal.exit()).toEqual({ code: 9, signal: 0 });
  });

  test('when the yes of one run is put into the log of another then the log is refused, naming the event', async () => {
    const one = await answered();
    const other = await waiting({}, 'EVIL');
    const questionOf = (project: string) =>
      readEvents(project, idOf(project)).flatMap((event) =>
        event.type === 'clarification.raised' ? [event.clarification.id] : [],
      )[0] ?? '';
    const yes = (linesOf(one).at(-1) ?? '')
      .replaceAll(idOf(one), idOf(other))
      .replaceAll(questionOf(one), questionOf(other));
    writeLines(other, [...linesOf(other), yes]);
    const refused = await portiaHere(['resume', 'last'], { cwd: other });
    expect(refused.code).toBe(2);
    expect(printedError(refused.stderr)).toMatchObject({ code: 'log-edited', message: expect.stringContaining(':5 ') });
    expect(makefile(other)).toBe('mine');
  });

  test.each([
    ['without a signature', (event: object) => ({ ...event, signature: undefined })],
    ['with a signature of something else', (event: object) => event],
  ])(
    'when a yes is written into the log by hand %s, tied as it should be, then it does not count',
    async (_how, sign) => {
      const project = await answered();
      const events = linesOf(project).map((line) => JSON.parse(line) as RunEvent);
      const yes = events.at(-1);
      if (yes?.type !== 'clarification.resolved') throw new Error('no answer');
      const byHand = sign({ ...yes, ts: '2026-01-01T00:00:00.000Z' });
      writeLines(project, [...linesOf(project).slice(0, -1), tied([...events.slice(0, -1), byHand]).at(-1) ?? '']);
      const refused = await portiaHere(['resume', 'last'], { cwd: project });
      expect({ code: refused.code, error: printedError(refused.stderr)['code'] }).toEqual({
        code: 6,
        error: 'consents-unconfirmed',
      });
      expect(makefile(project)).toBe('mine');
    },
  );

  test('when a question is written into the log with its answer then it is asked', async () => {
    const project = await waiting();
    const events = linesOf(project).map((line) => JSON.parse(line) as RunEvent);
    const answeredQuestion = events.map((event) =>
      event.type === 'clarification.raised'
        ? { ...event, clarification: { ...event.clarification, resolved: true, response: true } }
        : event,
    );
    writeLines(project, tied(answeredQuestion.slice(0, -1)));
    expect((await portiaHere(['resume', 'last'], { cwd: project })).code).toBe(8);
    expect(makefile(project)).toBe('mine');
  });

  test('when a log says by hand that the run made a file then overwriting it is asked, also in a later drive', async () => {
    const project = await makingFiles();
    const lines = linesOf(project).map((line) => JSON.parse(line) as RunEvent);
    const forged = lines.map((event) => {
      if (event.type !== 'tool.finished' || event.outcome.kind !== 'output') return event;
      const created = [...(event.outcome.created ?? []), join(realpathSync(project), 'Makefile')];
      return { ...event, signature: undefined, outcome: { ...event.outcome, created } };
    });
    const unended = forged.filter(({ type }) => type !== 'run.paused');
    writeLines(project, tied(unended));
    // The first of these drives ends with a signature of its user: it does not vouch for what was forged before.
    expect((await portiaHere(['resume', 'last', '--answer', 'which=x'], { cwd: project })).code).toBe(8);
    expect((await portiaHere(['resume', 'last', '--answer', '2.verify=yes'], { cwd: project })).code).toBe(8);
    expect(makefile(project)).toBe('mine');
  });

  test('when the run made a file then a later process overwrites it without a question', async () => {
    const project = await makingFiles();
    expect((await portiaHere(['resume', 'last', '--answer', 'which=x'], { cwd: project })).code).toBe(8);
    expect(readFileSync(join(project, 'own.txt'), 'utf8')).toBe('2');
    expect(makefile(project)).toBe('mine');
  });

  test('when the log says by hand that a question was answered by being done then it is asked', async () => {
    const act = { kind: 'tool', tool_id: 'file_writer_tool', args: { filename: 'made', content: 'x' }, output: '$w' };
    const steps = [{ kind: 'user_verify', message: 'Really?' }, act];
    const plan = { plan_context: { query: 'ask first', tool_ids: ['file_writer_tool'] }, steps };
    const project = makeProject({ 'plan.json': plan });
    expect((await portiaHere(['run-plan', 'plan.json'], { cwd: project })).code).toBe(8);
    const events = linesOf(project).map((line) => JSON.parse(line) as RunEvent);
    const done = { ...events.at(-1), type: 'step.completed', path: '0', signature: undefined, log_digest: undefined };
    writeLines(project, tied([...events.slice(0, -1), done]));
    expect((await portiaHere(['resume', 'last'], { cwd: project })).code).toBe(8);
    expect(existsSync(join(project, 'made'))).toBe(false);
  });

  test('when a run has no consents then anybody resumes it', async () => {
    const steps = [{ kind: 'user_input', message: 'Which?', output: '$which' }];
    const project = makeProject({ 'plan.json': { plan_context: { query: 'ask', tool_ids: [] }, steps } });
    await portiaHere(['run-plan', 'plan.json'], { cwd: project });
    await portiaHere(['answer', 'last', 'which=this'], { cwd: project });
    const env = home(project, 'other');
    expect((await portiaHere(['resume', 'last', '--format', 'value'], { cwd: project, env })).stdout).toBe('this\n');
  });

  test('when a kill left the end of the drive unsigned then the run continues', async () => {
    const project = await answered();
    const before = linesOf(project);
    // The drive that would have used the yes was killed after its first event.
    await portiaHere(['resume', 'last'], { cwd: project });
    writeFileSync(join(project, 'Makefile'), 'mine');
    writeLines(project, linesOf(project).slice(0, before.length + 2));
    expect(await portiaHere(['resume', 'last'], { cwd: project })).toMatchObject({ code: 0 });
    expect(makefile(project)).toBe('NEW');
  });

  test('when a plan inside the plan asks then its yes counts for nobody else, too', async () => {
    const inner = { ...write('NEW'), id: 'plan-019a0000-0000-7000-8000-0000000000c1' };
    const steps = [{ kind: 'plan', plan: inner, inputs: {}, output: '$inner' }];
    const plan = { plan_context: { query: 'outer', tool_ids: ['file_writer_tool'] }, steps };
    const project = makeProject({ Makefile: 'mine', 'plan.json': plan });
    expect((await portiaHere(['run-plan', 'plan.json'], { cwd: project })).code).toBe(8);
    const id = readdirSync(join(project, 'runs')).find((name) => name.endsWith('.json') && !isInner(project, name));
    const outer = id?.replace('.json', '') ?? '';
    expect((await portiaHere(['answer', outer, 'verify=yes'], { cwd: project })).code).toBe(0);
    const clone = copyOf(project);
    expect((await portiaHere(['resume', outer], { cwd: clone })).code).toBe(6);
    expect((await portiaHere(['resume', outer], { cwd: project })).code).toBe(0);
    expect(makefile(project)).toBe('NEW');
    // The answer that reached the log inside is signed as well.
    expect((await portiaHere(['verify', outer], { cwd: project })).code).toBe(0);
  });

  test('when the log around asks something harmless in place of what a plan inside asks then that answer is not a yes', async () => {
    const inner = { ...write('NEW'), id: 'plan-019a0000-0000-7000-8000-0000000000c2' };
    const steps = [{ kind: 'plan', plan: inner, inputs: {}, output: '$inner' }];
    const plan = { plan_context: { query: 'outer', tool_ids: ['file_writer_tool'] }, steps };
    const project = makeProject({ Makefile: 'mine', 'plan.json': plan });
    expect((await portiaHere(['run-plan', 'plan.json'], { cwd: project })).code).toBe(8);
    const outer = loggedRunIds(project).find((id) => !isInner(project, `${id}.json`)) ?? '';
    const harmless = { category: 'Input', user_guidance: 'Your name?', argument_name: 'name' };
    const lines = readEvents(project, outer).map(({ signature: _own, log_digest: _all, ...event }) => {
      if (event.type !== 'clarification.raised') return event;
      const { id, plan_run_id, step, path, key } = event.clarification;
      const place = { id, plan_run_id, step, path, key, resolved: false, response: null };
      return { ...event, clarification: { ...place, ...harmless } };
    });
    const asked = lines.find((event) => event.type === 'clarification.raised');
    const id = asked?.type === 'clarification.raised' ? asked.clarification.id : '';
    const answer = { ...asked, type: 'clarification.resolved', id, response: true, channel: 'terminal' };
    const forged = tied([...lines, { ...answer, clarification: undefined }]).map((line) => `${line}\n`);
    writeFileSync(join(project, 'runs', outer, 'events.ndjson'), forged.join(''));
    rmSync(join(project, 'runs', `${outer}.json`));
    const refused = await portiaHere(['resume', outer], { cwd: project });
    expect({ code: refused.code, error: printedError(refused.stderr)['code'] }).toEqual({
      code: 2,
      error: 'log-edited',
    });
    expect(makefile(project)).toBe('mine');
  });
});

const isInner = (project: string, name: string): boolean =>
  (JSON.parse(readFileSync(join(project, 'runs', name), 'utf8')) as { parent_run?: object }).parent_run !== undefined;

describe('who answered', () => {
  test('when an answer is given then user, host, channel, time and name are recorded and shown', async () => {
    const project = await waiting();
    await portiaHere(['answer', 'last', 'verify=yes', '--by', 'Ada'], { cwd: project });
    const { stdout } = await portiaHere(['show', 'last', '--as', 'tree'], { cwd: project });
    expect(stdout).toMatch(/step 1 verify = yes by Ada \(\S+@\S+\) \(flag\) · just now/);
    const record = JSON.parse((await portiaHere(['show', 'last', '--json'], { cwd: project })).stdout) as {
      outputs: { clarifications: object[] };
    };
    expect(record.outputs.clarifications[0]).toMatchObject({
      channel: 'flag',
      resolved_at: expect.any(String),
      answered_by: { user: expect.any(String), host: expect.any(String), name: 'Ada' },
    });
  });
});

/** Runs that a version without signatures left: one with a yes that was not used yet, one with an answer only. */
describe('a run of an older version', () => {
  const WITH_CONSENT = 'prun-01a22a83-f14b-7795-860e-2f5b771247ff';
  const WITH_ANSWER = 'prun-01a22a83-f65b-70d5-94f2-f8cc15229d17';
  const older = (): string => {
    const project = makeProject({ Makefile: 'mine' });
    cpSync('tests/golden/before-signatures', project, { recursive: true });
    return project;
  };

  test('when it has no consents then it resumes as before', async () => {
    const cwd = older();
    const ended = await portiaHere(['resume', WITH_ANSWER, '--format', 'value'], { cwd });
    expect(ended).toMatchObject({ code: 0, stdout: 'this\n' });
  });

  test('when it has a consent then it is shown, and acts after a confirmation that is asked for once', async () => {
    const cwd = older();
    expect(await portiaHere(['show', WITH_CONSENT], { cwd })).toMatchObject({ code: 0 });
    const refused = await portiaHere(['resume', WITH_CONSENT], { cwd });
    expect({ code: refused.code, makefile: makefile(cwd) }).toEqual({ code: 6, makefile: 'mine' });
    const { fix, why } = printedError(refused.stderr);
    expect(why).toContain('it is not signed');
    const args = ['resume', WITH_CONSENT, '--accept-recorded', acceptedBy(fix)];
    expect(await portiaHere(args, { cwd })).toMatchObject({ code: 0 });
    expect(makefile(cwd)).toBe('NEW');
    expect(await portiaHere(['verify', WITH_CONSENT], { cwd })).toMatchObject({ code: 0 });
  });
});

describe('a call that a log says was begun', () => {
  test.each(['idempotent', 'read'])(
    'when the record (%s) is written by hand then it is not a consent',
    async (effect) => {
      const project = await waiting({}, 'NEW');
      const events = linesOf(project).map((line) => JSON.parse(line) as RunEvent);
      const begun = {
        ...events[2],
        type: 'tool.started',
        key: '0/1/1',
        path: '0',
        tool_id: 'file_writer_tool',
        effect,
        args: { value: { filename: 'Makefile', content: 'EVIL' } },
        idempotency_key: 'f'.repeat(32),
        facts: { existing_digest: digestText('mine') },
      };
      writeLines(project, tied([...events.slice(0, 3), begun]));
      expect((await portiaHere(['resume', 'last'], { cwd: project })).code).toBe(8);
      expect(makefile(project)).toBe('mine');
    },
  );
});

describe('an answer that was given before its question', () => {
  const verified = {
    plan_context: { query: 'ask', tool_ids: [] },
    steps: [
      { kind: 'user_input', message: 'Which?', output: '$which' },
      { kind: 'user_verify', message: 'Do it?' },
      { kind: 'compute', expression: '$which', output: '$done' },
    ],
  };

  test.each([
    ['its own user', {}, 0],
    ['somebody else', { HOME: 'other' }, 8],
  ])('when it turns out to be a consent and %s resumes then it counts as theirs only', async (_who, env, code) => {
    const project = makeProject({ 'plan.json': verified });
    expect((await portiaHere(['run-plan', 'plan.json', '--answer', '1=yes'], { cwd: project })).code).toBe(8);
    expect(readEvents(project, idOf(project)).some(({ type }) => type === 'answer.given')).toBe(true);
    const args = ['resume', 'last', '--answer', 'which=this'];
    const theirs = 'HOME' in env ? home(project, 'other') : {};
    expect((await portiaHere(args, { cwd: project, env: theirs })).code).toBe(code);
    expect((await portiaHere(['resume', 'last'], { cwd: project, env: theirs })).code).toBe(code);
  });

  test('when it is a value then anybody may continue it', async () => {
    const steps = [...verified.steps.slice(1, 2), ...verified.steps.slice(0, 1)];
    const project = makeProject({ 'plan.json': { ...verified, steps } });
    expect((await portiaHere(['run-plan', 'plan.json', '--answer', '$which=this'], { cwd: project })).code).toBe(8);
    const args = ['resume', 'last', '--answer', 'verify=yes'];
    expect((await portiaHere(args, { cwd: project, env: home(project, 'other') })).code).toBe(0);
  });
});
