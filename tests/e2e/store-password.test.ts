import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { allBytes } from '../support/folder-listing.js';
import { portiaHere } from '../support/portia-here.js';
import { makeProject } from '../support/portia.js';
import { emptyStoreUrl, HAS_POSTGRES, newStoreUrl } from '../support/postgres.js';

const PLAN = {
  plan_context: { query: 'add', tool_ids: [] },
  steps: [{ kind: 'compute', expression: '1 + 2', output: '$sum' }],
};

/** As they are written in an address: encoded where that is not needed, and too short to be searched for. */
const PASSWORDS: [what: string, written: string, plain: string][] = [
  ['one that is encoded in an unusual way', 'hunter%2D2%2F%40%65r', 'hunter-2/@er'],
  ['a short one', 'q7z', 'q7z'],
];

function withPassword(address: string, password: string): string {
  const url = new URL(address);
  url.username ||= 'portia';
  return url.href.replace(`${url.username}@`, `${url.username}:${password}@`);
}

describe.each(PASSWORDS)('%s in the address of a store', (_what, written, plain) => {
  const hidden = (cwd: string, ...texts: string[]) => {
    const everything = texts.join('\n');
    for (const secret of [written, plain, Buffer.from(plain).toString('base64')])
      expect(everything.replaceAll(cwd, '')).not.toContain(secret);
  };

  test.runIf(HAS_POSTGRES)('when commands use the store then it is in nothing that they print or write', async () => {
    const { url } = await newStoreUrl();
    const cwd = makeProject({ 'plan.json': PLAN });
    const store = withPassword(url, written);
    const env = { PORTIA_STORE: store };
    const printed: string[] = [];
    const call = async (...args: string[]) => {
      const { stdout, stderr, code } = await portiaHere(args, { cwd, env });
      printed.push(stdout, stderr);
      return { code, stdout };
    };
    expect((await call('run-plan', 'plan.json', '-v', '--events', 'events.ndjson')).code).toBe(0);
    for (const args of [
      ['store', 'status'],
      ['store', 'init'],
      ['store', 'copy', store, 'file:copy'],
      ['config', 'list'],
      ['doctor'],
      ['list', '--store', store, '--format', 'human'],
      ['export', 'last'],
    ])
      await call(...args);
    const empty = await portiaHere(['list', '--store', withPassword(emptyStoreUrl().url, written)], { cwd });
    expect(empty.code).toBe(10);
    printed.push(empty.stdout, empty.stderr);
    const files = ['events.ndjson', 'copy'].map((name) =>
      name === 'copy' ? allBytes(join(cwd, name)) : readFileSync(join(cwd, name), 'utf8'),
    );
    hidden(cwd, ...printed, ...files);
  });

  test('when the store cannot be used then it is in no message, wherever the address was given', async () => {
    const cwd = makeProject({ 'plan.json': PLAN });
    const nowhere = withPassword('postgres://portia@127.0.0.1:1/x', written);
    const wrong = [`${nowhere}?sslmode=odd`, `${nowhere}?odd=1`];
    const printed: string[] = [];
    for (const address of [nowhere, ...wrong]) {
      const given = await portiaHere(['list', '--store', address], { cwd });
      const said = await portiaHere(['store', 'status', '-v', '--json'], { cwd, env: { PORTIA_STORE: address } });
      printed.push(given.stdout, given.stderr, said.stdout, said.stderr);
      expect([given.code, said.code]).toEqual(address === nowhere ? [3, 3] : [2, 2]);
    }
    writeFileSync(join(cwd, 'portia.json'), JSON.stringify({ store: nowhere }));
    for (const args of [['list'], ['doctor'], ['config', 'list'], ['trust']]) {
      const { stdout, stderr } = await portiaHere(args, { cwd, env: { PORTIA_TRUST_PROJECT: '' } });
      printed.push(stdout, stderr);
    }
    printed.push((await portiaHere(['run-plan', 'plan.json'], { cwd })).stderr);
    hidden(cwd, ...printed);
  });
});

test('when the password has a % that encodes nothing then the address is refused without showing it', async () => {
  const bad = 'postgres://portia:hunter%zz@127.0.0.1:1/x';
  const { code, stdout, stderr } = await portiaHere(['list', '--store', bad], { cwd: makeProject() });
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toContain('cannot be read');
  expect(stderr).not.toContain('hunter');
});
