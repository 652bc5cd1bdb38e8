import { randomBytes } from 'node:crypto';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, inject, test } from 'vitest';

import { askServer } from '../support/ask-server.js';
import { portiaHere } from '../support/portia-here.js';
import { HAS_POSTGRES, newStoreUrl } from '../support/postgres.js';
import { printedError } from '../support/scenario.js';
import { ask, call, calls, CANARY, expectSecret, GIVEN, project, SPELLINGS } from './secret-project.js';

/** All texts of all tables of a schema. */
async function dumpOf(schema: string): Promise<string> {
  const server = inject('postgres');
  const tables = await askServer(
    server,
    'select table_name as name from information_schema.tables where table_schema = $1',
    [schema],
  );
  const texts = [];
  for (const { name } of tables as { name: string }[])
    texts.push(JSON.stringify(await askServer(server, `select * from ${schema}.${name}`)));
  return texts.join('\n');
}

interface Place {
  url: string;
  /** What is in the store, as text, and how many sealed answers. */
  dump(cwd: string): Promise<string>;
  sealed(cwd: string): Promise<number>;
}

const filesUnder = (folder: string): string[] => readdirSync(folder, { recursive: true }).map(String);
const FILES: Place = {
  url: 'file:',
  dump: async () => '',
  sealed: async (cwd) => filesUnder(join(cwd, 'runs')).filter((name) => /sealed\/clar-/.test(name)).length,
};
async function inTables(): Promise<Place> {
  const { url, schema } = await newStoreUrl();
  return {
    url,
    dump: () => dumpOf(schema),
    sealed: async () => (await askServer(inject('postgres'), `select 1 from ${schema}.sealed_answers`)).length,
  };
}

const PLACES: [name: string, place: () => Promise<Place>][] = [['files', async () => FILES]];
if (HAS_POSTGRES) PLACES.push(['PostgreSQL', inTables]);

function newKeyFile(cwd: string, name: string): string {
  const file = join(cwd, '.home', name);
  writeFileSync(file, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600 });
  return file;
}

describe.each(PLACES)('a secret answer for a worker on %s', (_name, makePlace) => {
  test('when it is given with a key then a worker with that key uses it, and it is nowhere in clear, nor there afterwards', async () => {
    const place = await makePlace();
    const cwd = project([call('inside', {}, '$inside'), ask, call('login')]);
    const env = { PORTIA_TRUST_PROJECT: '1', PORTIA_STORE: place.url };
    const [ours, other] = [newKeyFile(cwd, 'seal.key'), newKeyFile(cwd, 'other.key')];
    const with_ = (key: string) => ({ cwd, env: { ...env, PORTIA_SEAL_KEY_FILE: key } });
    const submitted = await portiaHere(['run-plan', 'plan.json', '--queue', '--format', 'value'], { cwd, env });
    expect(submitted).toMatchObject({ code: 0 });
    const id = submitted.stdout.trim();
    const asked = await portiaHere(['worker', '--until-idle'], { cwd, env });

    const refused = await portiaHere(['answer', id, 'token=@.home/secret.txt', '--json'], { cwd, env });
    expect([refused.code, printedError(refused.stderr)]).toMatchObject([
      2,
      { why: expect.stringContaining('With PORTIA_SEAL_KEY_FILE, the file of a key that the workers have') },
    ]);
    expect(await place.sealed(cwd)).toBe(0);
    const answered = await portiaHere(['answer', id, 'token=@.home/secret.txt'], with_(ours));
    expect(answered.code).toBe(0);
    expect(await place.sealed(cwd)).toBe(1);
    const again = await portiaHere(['answer', id, 'token=@.home/secret.txt', '--json'], with_(ours));
    expect([again.code, printedError(again.stderr).why]).toEqual([2, expect.stringMatching(/^No question is open\. /)]);
    const before = await place.dump(cwd);
    expectSecret(cwd, refused, answered);

    const without = await portiaHere(['worker', '--until-idle'], { cwd, env });
    expect(without.stderr).toContain('PORTIA_SEAL_KEY_FILE is not set here');
    const wrong = await portiaHere(['worker', '--until-idle'], with_(other));
    expect(wrong.stderr).toMatch(/does not have the key\s+[0-9a-f]{16}/);
    expect([await place.sealed(cwd), calls(cwd)]).toEqual([1, '']);

    const worked = await portiaHere(['worker', '--until-idle', '-v'], with_(ours));
    expect(worked.stdout).toContain('NEED_CLARIFICATION');
    expect(calls(cwd)).toBe(`inside ${CANARY} ${CANARY}\n`);
    // The step that asked for it has ended.
    expect(await place.sealed(cwd)).toBe(0);
    expect((await portiaHere(['answer', id, GIVEN], with_(ours))).code).toBe(0);
    const done = await portiaHere(['worker', '--until-idle', '-v'], with_(ours));
    expect(done.stdout).toContain('COMPLETE');
    expect(calls(cwd)).toContain(`login ann ${CANARY}`);
    expect(await place.sealed(cwd)).toBe(0);
    const shown = await portiaHere(['show', id, '--format', 'ndjson'], { cwd, env });
    expectSecret(cwd, submitted, asked, without, wrong, worked, done, shown);
    for (const spelling of SPELLINGS) expect(before + (await place.dump(cwd))).not.toContain(spelling);
  });

  test('when the run is resumed without the key then it is asked for again, and when it is cancelled nothing stays', async () => {
    const place = await makePlace();
    const cwd = project([call('inside', {})]);
    const env = { PORTIA_TRUST_PROJECT: '1', PORTIA_STORE: place.url };
    const sealing = { cwd, env: { ...env, PORTIA_SEAL_KEY_FILE: newKeyFile(cwd, 'seal.key') } };
    expect((await portiaHere(['run-plan', 'plan.json'], { cwd, env })).code).toBe(8);
    expect((await portiaHere(['answer', 'last', 'token=@.home/secret.txt'], sealing)).code).toBe(0);
    const again = await portiaHere(['resume', 'last', '-v'], { cwd, env });
    expect(again.code).toBe(8);
    expect(again.stderr).toContain('The secret answer token cannot be opened: PORTIA_SEAL_KEY_FILE is not set here.');
    expect(again.stderr).toContain('is needed again');
    expect(await place.sealed(cwd)).toBe(1);
    expect((await portiaHere(['cancel', 'last', '--yes'], { cwd, env })).code).toBe(0);
    expect(await place.sealed(cwd)).toBe(0);
  });
});
