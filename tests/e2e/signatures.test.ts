import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

import { digestText } from '../../src/domain/digest.js';
import type { RunEvent } from '../../src/domain/events.js';
import { portiaHere } from '../support/portia-here.js';
import { makeProject, portia } from '../support/portia.js';
import { loggedRunIds, printedError, readEvents } from '../support/scenario.js';

const write = (content: string) => ({
  plan_context: { query: 'write', tool_ids: ['file_writer_tool'] },
  steps: [{ kind: 'tool', tool_id: 'file_writer_tool', args: { filename: 'Makefile', content }, output: '$written' }],
});

const home = (project: string, name: string): Record<string, string> => {
  const folder = join(project, `.${name}`);
  mkdirSync(folder, { recursive: true });
  return { HOME: folder };
};
const makefile = (project: string): string => readFileSync(join(project, 'Makefile'), 'utf8');
const idOf = (project: string): string => loggedRunIds(project)[0] ?? '';
const logPath = (project: string): string => join(project, 'runs', idOf(project), 'events.ndjson');
const linesOf = (project: string): string[] => readFileSync(logPath(project), 'utf8').trimEnd().split('\n');
const writeLines = (project: string, lines: string[]): void => {
  writeFileSync(logPath(project), lines.map((line) => `${line}\n`).join(''));
  // It is made again from the log.
  rmSync(join(project, 'runs', `${idOf(project)}.json`), { force: true });
};

/** Lines that follow from one another, as whoever writes a log by hand makes them. */
function tied(lines: object[]): string[] {
  let before: string | undefined;
  return lines.map((line, index) => {
    const prev = before === undefined ? {} : { prev: digestText(before) };
    before = JSON.stringify({ ...line, seq: index + 1, ...prev });
    return before;
  });
}

/** A project with a run that waits for a yes to overwriting Makefile. */
async function waiting(env: Record<string, string> = {}, content = 'NEW'): Promise<string> {
  const project = makeProject({ Makefile: 'mine', 'plan.json': write(content) });
  expect(await portiaHere(['run-plan', 'plan.json'], { cwd: project, env })).toMatchObject({ code: 8 });
  return project;
}

/** The same, and its user said yes. */
async function answered(env: Record<string, string> = {}): Promise<string> {
  const project = await waiting(env);
  expect(await portiaHere(['answer', 'last', 'verify=yes'], { cwd: project, env })).toMatchObject({ code: 0 });
  return project;
}

function copyOf(project: string): string {
  const copy = makeProject();
  for (const name of ['runs', 'plans', 'Makefile']) cpSync(join(project, name), join(copy, name), { recursive: true });
  return copy;
}

const acceptedBy = (fix: unknown): string => /--accept-recorded (\w+)/.exec(String(fix))?.[1] ?? '';

describe('a recorded yes', () => {
  test('when its own user resumes then it counts', async () => {
    const project = await answered();
    expect(await portia(['resume', 'last'], { cwd: project })).toMatchObject({ code: 0 });
    expect(makefile(project)).toBe('NEW');
    expect(statSync(join(project, '.home/.config/portia/signing-key.pem')).mode & 0o777).toBe(0o600);
  });

  test('when somebody else resumes a copy of the project then it is listed and refused, until it is accepted', async () => {
    const clone = copyOf(await answered());
    const refused = await portia(['resume', 'last'], { cwd: clone });
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
    expect(await portia(args, { cwd: clone })).toMatchObject({ code: 0 });
    expect(makefile(clone)).toBe('NEW');
    const confirmed = readEvents(clone, idOf(clone)).find(({ type }) => type === 'consents.confirmed');
    expect(confirmed).toMatchObject({ digest: acceptedBy(fix), by: { user: expect.any(String) } });
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
    const refused = await portia(['resume', 'last'], { cwd: other });
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

  test('when a run has no consents then anybody resumes it', async () => {
    const steps = [{ kind: 'user_input', message: 'Which?', output: '$which' }];
    const project = makeProject({ 'plan.json': { plan_context: { query: 'ask', tool_ids: [] }, steps } });
    await portiaHere(['run-plan', 'plan.json'], { cwd: project });
    await portiaHere(['answer', 'last', 'which=this'], { cwd: project });
    const env = home(project, 'other');
    expect((await portiaHere(['resume', 'last', '--format', 'value'], { cwd: project, env })).stdout).toBe('this\n');
  });

  test('when a kill left the end of the drive unsigned then the run goes on', async () => {
    const project = await answered();
    const before = linesOf(project);
    // The drive that would have used the yes was killed after its first event.
    await portiaHere(['resume', 'last'], { cwd: project });
    writeFileSync(join(project, 'Makefile'), 'mine');
    writeLines(project, linesOf(project).slice(0, before.length + 2));
    expect(await portia(['resume', 'last'], { cwd: project })).toMatchObject({ code: 0 });
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
});

const isInner = (project: string, name: string): boolean =>
  (JSON.parse(readFileSync(join(project, 'runs', name), 'utf8')) as { parent_run?: object }).parent_run !== undefined;

describe('keys', () => {
  const pem = () => generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

  test('when a CI job is answered elsewhere then it resumes on another machine with PORTIA_SIGNING_KEY', async () => {
    const key = pem();
    const first = await waiting({ PORTIA_SIGNING_KEY: key });
    const elsewhere = copyOf(first);
    writeFileSync(join(elsewhere, 'ci.pem'), key);
    const env = { PORTIA_SIGNING_KEY: `@${join(elsewhere, 'ci.pem')}` };
    expect((await portia(['answer', 'last', 'verify=yes', '--by', 'Ada'], { cwd: elsewhere, env })).code).toBe(0);
    const last = copyOf(elsewhere);
    const seed = Buffer.from(key.split('\n')[1] ?? '', 'base64')
      .subarray(-32)
      .toString('base64');
    expect(await portia(['resume', 'last'], { cwd: last, env: { PORTIA_SIGNING_KEY: seed } })).toMatchObject({
      code: 0,
    });
    expect(makefile(last)).toBe('NEW');
    for (const project of [first, elsewhere, last]) expect(existsSync(join(project, '.home/.config'))).toBe(false);
  });

  test('when the user named a colleague as signer then her yes counts', async () => {
    const project = await waiting();
    const hers = home(project, 'ada');
    const { key } = JSON.parse((await portiaHere(['verify', '--key'], { cwd: project, env: hers })).stdout) as {
      key: string;
    };
    await portiaHere(['answer', 'last', 'verify=yes', '--by', 'Ada'], { cwd: project, env: hers });
    expect((await portiaHere(['resume', 'last'], { cwd: project })).code).toBe(6);
    expect(await portia(['trust', '--signer', key, '--name', 'Ada'], { cwd: project })).toMatchObject({ code: 0 });
    expect(await portiaHere(['resume', 'last'], { cwd: project })).toMatchObject({ code: 0 });
    const { stdout } = await portiaHere(['verify', 'last'], { cwd: project });
    expect(JSON.parse(stdout)).toMatchObject({ consents: [{ counts: true, signer: { kind: 'named', name: 'Ada' } }] });
  });

  test('when a signer is taken back then her yes does not count any more', async () => {
    const project = await waiting();
    const hers = home(project, 'ada');
    const made = await portiaHere(['verify', '--key'], { cwd: project, env: hers });
    const { key } = JSON.parse(made.stdout) as { key: string };
    await portiaHere(['answer', 'last', 'verify=yes'], { cwd: project, env: hers });
    const trust = async (...args: string[]) => {
      const ended = await portiaHere(['trust', ...args], { cwd: project });
      expect(ended.code).toBe(0);
      return JSON.parse(ended.stdout) as unknown;
    };
    await trust('--signer', key, '--name', 'Ada');
    expect(await trust('--signers')).toEqual([{ key, name: 'Ada' }]);
    expect(await trust('--signer', 'Ada', '--revoke')).toEqual([{ key, name: 'Ada' }]);
    expect(await trust('--signers')).toEqual([]);
    expect((await portiaHere(['resume', 'last'], { cwd: project })).code).toBe(6);
  });

  test.each([
    [['--signer', 'ssh-rsa AAAA', '--name', 'Ada'], 'not a public key'],
    [['--signer', `ed25519:${'A'.repeat(43)}`], 'has no name'],
    [['--name', 'Ada'], 'names no key'],
    [['--signers', '--list'], 'contradict'],
  ])('when signers are named with %j then it is refused', async (args, why) => {
    const project = makeProject();
    const ended = await portiaHere(['trust', ...args], { cwd: project });
    expect({ code: ended.code, message: printedError(ended.stderr)['message'] }).toEqual({
      code: 2,
      message: expect.stringContaining(why),
    });
  });

  test('when a new key was made then the earlier one stays valid', async () => {
    const project = await answered();
    const made = await portiaHere(['verify', '--new-key'], { cwd: project });
    const { fingerprint } = JSON.parse(made.stdout) as { fingerprint: string };
    expect(await portiaHere(['resume', 'last'], { cwd: project })).toMatchObject({ code: 0 });
    expect(readEvents(project, idOf(project)).at(-1)?.signature?.key).toBe(fingerprint);
  });

  test('when the config folder cannot be written then one warning says so, and the run works', async () => {
    const project = makeProject({ Makefile: 'mine', 'plan.json': write('NEW'), nowhere: 'a file' });
    const env = { HOME: join(project, 'nowhere') };
    const begun = await portia(['run-plan', 'plan.json'], { cwd: project, env });
    expect(begun.code).toBe(8);
    expect(begun.stderr.match(/PORTIA_SIGNING_KEY/g)).toHaveLength(1);
    expect(begun.stderr).toContain('PORTIA_CONFIG_DIR');
    const ended = await portia(['resume', 'last', '--answer', 'verify=yes'], { cwd: project, env });
    expect(ended.code).toBe(0);
    expect(ended.stderr.match(/PORTIA_SIGNING_KEY/g)).toHaveLength(1);
    expect(makefile(project)).toBe('NEW');
  });

  test.each([
    ['is no key', 'secret-text'],
    ['names no file', '@nothing.pem'],
  ])('when PORTIA_SIGNING_KEY %s then nothing is done and the value is not shown', async (_what, value) => {
    const project = makeProject({ 'plan.json': write('NEW') });
    const ended = await portia(['run-plan', 'plan.json'], { cwd: project, env: { PORTIA_SIGNING_KEY: value } });
    expect(ended.code).toBe(2);
    expect(printedError(ended.stderr)).toMatchObject({
      code: 'invalid-settings',
      fix: expect.stringContaining('openssl'),
    });
    expect(ended.stderr).not.toContain('secret-text');
    expect(existsSync(join(project, 'runs'))).toBe(false);
  });

  test('when .env names a key then it is not used', async () => {
    const project = makeProject({
      Makefile: 'mine',
      'plan.json': write('NEW'),
      '.env': 'PORTIA_SIGNING_KEY=secret-text\n',
    });
    expect((await portiaHere(['run-plan', 'plan.json'], { cwd: project })).code).toBe(8);
    expect(existsSync(join(project, '.home/.config/portia/signing-key.pem'))).toBe(true);
  });

  test('when nothing is signed then no key is made', async () => {
    const project = await waiting();
    const env = home(project, 'other');
    for (const args of [['show', 'last'], ['list'], ['verify', 'last'], ['check', 'plan.json']]) {
      await portiaHere(args, { cwd: project, env });
    }
    expect(readdirSync(env['HOME'] ?? '')).toEqual([]);
  });
});

describe('portia verify', () => {
  test('when everything holds then it says so', async () => {
    const project = await answered();
    await portiaHere(['resume', 'last'], { cwd: project });
    const { code, stdout } = await portia(['verify', 'last'], { cwd: project });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      run_id: idOf(project),
      holds: true,
      first_bad: null,
      last_end: { type: 'run.completed', signer: { kind: 'own' } },
      consents: [{ counts: true, signer: { kind: 'own' } }],
    });
  });

  test('when an event was changed then it is the first that is named', async () => {
    const project = await answered();
    await portiaHere(['resume', 'last'], { cwd: project });
    const lines = linesOf(project);
    writeLines(project, lines.with(2, (lines[2] ?? '').replace('"attempt":1', '"attempt":2')));
    const { code, stdout } = await portia(['verify', 'last'], { cwd: project });
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ holds: false, first_bad: { seq: 3 } });
  });

  test('when all events were tied again after a change then the first signature that does not fit is named', async () => {
    const project = await answered();
    const events = linesOf(project).map((line) => JSON.parse(line) as RunEvent);
    writeLines(
      project,
      tied(events.map((event) => (event.seq === 3 ? { ...event, ts: '2026-01-01T00:00:00.000Z' } : event))),
    );
    const { code, stdout } = await portiaHere(['verify', 'last'], { cwd: project });
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ holds: false, first_bad: { seq: 5 } });
    // So does what acts.
    const resumed = await portiaHere(['resume', 'last'], { cwd: project });
    expect(printedError(resumed.stderr)).toMatchObject({ code: 'log-edited', message: expect.stringContaining(':5 ') });
  });
});

describe('who answered', () => {
  test('when an answer is given then user, host, channel, time and name are recorded and shown', async () => {
    const project = await waiting();
    await portia(['answer', 'last', 'verify=yes', '--by', 'Ada'], { cwd: project });
    const { stdout } = await portia(['show', 'last', '--as', 'tree'], { cwd: project });
    expect(stdout).toMatch(/step 1 verify = yes by Ada \(\S+@\S+\) \(flag\) · just now/);
    const record = JSON.parse((await portia(['show', 'last', '--json'], { cwd: project })).stdout) as {
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
    const ended = await portia(['resume', WITH_ANSWER, '--format', 'value'], { cwd });
    expect(ended).toMatchObject({ code: 0, stdout: 'this\n' });
  });

  test('when it has a consent then it is shown, and acts after a confirmation that is asked for once', async () => {
    const cwd = older();
    expect(await portiaHere(['show', WITH_CONSENT], { cwd })).toMatchObject({ code: 0 });
    const refused = await portia(['resume', WITH_CONSENT], { cwd });
    expect({ code: refused.code, makefile: makefile(cwd) }).toEqual({ code: 6, makefile: 'mine' });
    const { fix, why } = printedError(refused.stderr);
    expect(why).toContain('it is not signed');
    const args = ['resume', WITH_CONSENT, '--accept-recorded', acceptedBy(fix)];
    expect(await portia(args, { cwd })).toMatchObject({ code: 0 });
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
