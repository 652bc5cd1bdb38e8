import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, inject, test } from 'vitest';

import { askServer } from '../support/ask-server.js';
import { portiaHere } from '../support/portia-here.js';
import { makeProject } from '../support/portia.js';
import { HAS_POSTGRES, newStoreUrl } from '../support/postgres.js';
import { printedError } from '../support/scenario.js';
import { home, write } from '../support/signed-project.js';

/** A project on a store, with a command line for each person: everybody has keys of their own. */
async function makeOffice(store: string) {
  const cwd = makeProject({ Makefile: 'mine', 'plan.json': write('NEW') });
  const as = (person: string) => {
    const env = { ...home(cwd, person), PORTIA_STORE: store };
    return (...args: string[]) => portiaHere(args, { cwd, env });
  };
  return { cwd, as, makefile: () => readFileSync(join(cwd, 'Makefile'), 'utf8') };
}

const keyOf = async (call: (...args: string[]) => ReturnType<typeof portiaHere>): Promise<string> =>
  JSON.parse((await call('verify', '--key')).stdout).key;

describe.runIf(HAS_POSTGRES)('the signers of a store', () => {
  test('when the store names a person then her yes counts for a worker, and no longer once she is removed', async () => {
    const { url } = await newStoreUrl();
    const { as, makefile } = await makeOffice(url);
    const [ada, admin, worker] = [as('ada'), as('admin'), as('worker')];
    const submit = async () => {
      const { stdout } = await ada('run-plan', 'plan.json', '--queue', '--format', 'value');
      expect((await worker('worker', '--until-idle')).stdout).toContain('NEED_CLARIFICATION');
      expect((await ada('answer', stdout.trim(), 'verify=yes')).code).toBe(0);
      return stdout.trim();
    };
    const first = await submit();
    const unknown = await worker('worker', '--until-idle');
    expect(unknown.stderr).toContain('consents-unconfirmed');
    expect(makefile()).toBe('mine');

    const key = await keyOf(ada);
    const added = await admin('store', 'signers', 'add', key, '--name', 'Ada');
    expect([added.code, JSON.parse(added.stdout)]).toEqual([0, [{ key, name: 'Ada' }]]);
    expect(JSON.parse((await worker('store', 'signers')).stdout)).toEqual([{ key, name: 'Ada' }]);
    expect((await worker('worker', '--until-idle')).stdout).toContain('"COMPLETE"');
    expect(makefile()).toBe('NEW');
    const verified = await worker('verify', first);
    expect(JSON.parse(verified.stdout)).toMatchObject({ consents: [{ signer: { kind: 'named', name: 'Ada' } }] });

    expect((await admin('store', 'signers', 'remove', 'Ada')).code).toBe(0);
    expect((await admin('store', 'signers', 'remove', 'Ada')).code).toBe(2);
    expect(JSON.parse((await worker('store', 'signers', 'list')).stdout)).toEqual([]);
    expect((await worker('verify', first)).code).toBe(6);
  });

  test('when somebody writes a key that is none into the table then nothing that it signed counts', async () => {
    const { url, schema } = await newStoreUrl();
    const { as } = await makeOffice(url);
    await askServer(inject('postgres'), `insert into ${schema}.signers (key, name) values ('ed25519:nonsense', 'Eve')`);
    const { stdout } = await as('ada')('run-plan', 'plan.json', '--queue', '--format', 'value');
    expect((await as('worker')('worker', '--until-idle')).stdout).toContain(stdout.trim());
    const bad = await as('ada')('store', 'signers', 'add', 'nonsense', '--name', 'Eve');
    expect([bad.code, printedError(bad.stderr)]).toMatchObject([2, { message: 'This is not a public key.' }]);
  });
});

test.each([
  ['adds', ['add', 'ed25519:x', '--name', 'Eve'], 'portia trust --signer ed25519:x --name NAME'],
  ['lists', [], 'portia trust --signers'],
])('when somebody %s signers of a folder then it is said that each user names them', async (_what, words, fix) => {
  const refused = await portiaHere(['store', 'signers', ...words, '--json'], { cwd: makeProject() });
  expect([refused.code, printedError(refused.stderr)]).toMatchObject([2, { fix: expect.stringContaining(fix) }]);
});
