import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

import type { RunEvent } from '../../src/domain/run/events.js';
import { portiaHere } from '../support/portia-here.js';
import { makeProject } from '../support/portia.js';
import { printedError, readEvents } from '../support/scenario.js';
import {
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

describe('keys', () => {
  const pem = () => generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

  test('when a CI job is answered elsewhere then it resumes on another machine with PORTIA_SIGNING_KEY', async () => {
    const key = pem();
    const first = await waiting({ PORTIA_SIGNING_KEY: key });
    const elsewhere = copyOf(first);
    writeFileSync(join(elsewhere, 'ci.pem'), key);
    const env = { PORTIA_SIGNING_KEY: `@${join(elsewhere, 'ci.pem')}` };
    expect((await portiaHere(['answer', 'last', 'verify=yes', '--by', 'Ada'], { cwd: elsewhere, env })).code).toBe(0);
    const last = copyOf(elsewhere);
    const seed = Buffer.from(key.split('\n')[1] ?? '', 'base64')
      .subarray(-32)
      .toString('base64');
    expect(await portiaHere(['resume', 'last'], { cwd: last, env: { PORTIA_SIGNING_KEY: seed } })).toMatchObject({
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
    expect(await portiaHere(['trust', '--signer', key, '--name', 'Ada'], { cwd: project })).toMatchObject({ code: 0 });
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
    [['--signer', 'Adda', '--revoke'], 'You have named nobody with the key or name "Adda"'],
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
    const begun = await portiaHere(['run-plan', 'plan.json'], { cwd: project, env });
    expect(begun.code).toBe(8);
    expect(begun.stderr.match(/PORTIA_SIGNING_KEY/g)).toHaveLength(1);
    expect(begun.stderr).toContain('PORTIA_CONFIG_DIR');
    const ended = await portiaHere(['resume', 'last', '--answer', 'verify=yes'], { cwd: project, env });
    expect(ended.code).toBe(0);
    expect(ended.stderr.match(/PORTIA_SIGNING_KEY/g)).toHaveLength(1);
    expect(makefile(project)).toBe('NEW');
  });

  test.each([
    ['is not a key', 'secret-text'],
    ['names no file', '@nothing.pem'],
  ])('when PORTIA_SIGNING_KEY %s then nothing is done and the value is not shown', async (_what, value) => {
    const project = makeProject({ 'plan.json': write('NEW') });
    const ended = await portiaHere(['run-plan', 'plan.json'], { cwd: project, env: { PORTIA_SIGNING_KEY: value } });
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
    const { code, stdout } = await portiaHere(['verify', 'last'], { cwd: project });
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
    const { code, stdout } = await portiaHere(['verify', 'last'], { cwd: project });
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
