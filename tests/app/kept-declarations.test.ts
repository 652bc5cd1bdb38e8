import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';

import { openKeptDeclarations } from '../../src/app/kept-declarations.js';
import { mergeSettings } from '../../src/config/settings.js';
import { digestValue } from '../../src/domain/values/digest.js';
import type { ToolDeclaration } from '../../src/tools/host/protocol.js';

const PAY: ToolDeclaration = {
  id: 'pay',
  name: 'Pay',
  description: 'Pays.',
  effect: 'once',
  inputSchema: { ok: true, schema: { type: 'object' } },
  outputSchema: { ok: false, error: { text: 'cannot be written as JSON Schema' } },
  hasReadiness: false,
  hasInspect: true,
  env: ['TOKEN'],
  allow: { read: ['/data'], childProcesses: true },
};

let root = '';
let folder = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'kept-'));
  folder = join(root, '.cache/portia/tools');
  const made = root;
  onTestFinished(() => rmSync(made, { recursive: true }));
});

interface Circumstances {
  node?: string;
  sandbox?: 'permission';
  projectRoot?: string;
}

function open({ node = '20.19.0', sandbox, projectRoot = root }: Circumstances = {}) {
  const shell = { HOME: root };
  const { tools, ...settings } = mergeSettings(
    { flags: {}, shell, dotenv: new Map(), project: undefined, user: undefined },
    { cwd: root, projectRoot, home: root },
  );
  const origin = { origin: 'project' as const, source: 'portia.json' };
  return openKeptDeclarations({
    shell,
    projectRoot,
    process: { node: { version: node }, userId: process.geteuid?.() },
    settings: { ...settings, tools: { ...tools, ...(sandbox && { sandbox: { value: sandbox, ...origin } }) } },
  });
}

function keptFile(): string {
  const [name = '', ...others] = readdirSync(folder);
  expect(others).toEqual([]);
  return join(folder, name);
}

test('when something was kept then it is there for the same modules, and readable by the user alone', async () => {
  expect(await open().recall('a')).toBeUndefined();
  await open().keep('a', [[PAY]]);
  expect(await open().recall('a')).toEqual([[PAY]]);
  expect(await open().recall('b')).toBeUndefined();
  expect([keptFile(), folder].map((path) => statSync(path).mode & 0o777)).toEqual([0o600, 0o700]);
});

test.each<[string, () => unknown, Circumstances]>([
  ['Node is another', () => undefined, { node: '22.0.0' }],
  ['hosts are restricted', () => undefined, { sandbox: 'permission' }],
  ['packages were installed', () => writeFileSync(join(root, 'package-lock.json'), '{}'), {}],
])('when %s then it does not count', async (_what, change, circumstances) => {
  await open().keep('a', [[PAY]]);
  change();
  expect(await open(circumstances).recall('a')).toBeUndefined();
});

test('when two projects keep something then each has its own', async () => {
  await open().keep('a', [[PAY]]);
  await open({ projectRoot: join(root, 'other') }).keep('a', [[]]);
  expect(await open().recall('a')).toEqual([[PAY]]);
  expect(readdirSync(folder).length).toBe(2);
});

test('when the same modules declare something else by now then nothing is known of them', async () => {
  await open().keep('a', [[PAY]]);
  await open().keep('a', [[{ ...PAY, effect: 'read' }]]);
  expect(await open().recall('a')).toBeUndefined();
  await open().keep('a', [[PAY]]);
  expect(await open().recall('a')).toBeUndefined();
  await open().keep('b', [[PAY]]);
  expect(await open().recall('b')).toEqual([[PAY]]);
});

test('when a file is a month old then the next one that is written clears it away, and nothing else', async () => {
  const [old, own] = [join(folder, `${'a'.repeat(64)}.json`), join(folder, 'mine.json')];
  mkdirSync(folder, { recursive: true });
  for (const file of [old, own]) {
    writeFileSync(file, '{}');
    utimesSync(file, 0, 0);
  }
  await open().keep('a', [[PAY]]);
  expect([existsSync(old), existsSync(own)]).toEqual([false, true]);
});

test('when nothing can be written then nothing is kept', async () => {
  writeFileSync(join(root, '.cache'), '');
  await open().keep('a', [[PAY]]);
  expect(await open().recall('a')).toBeUndefined();
});

describe('a file that portia did not write so', () => {
  /** Somebody changes it, and makes its digest fit. */
  const edit = (change: (kept: { key: string; declared: unknown; varies?: unknown }) => unknown) => () => {
    const { digest, ...kept } = JSON.parse(readFileSync(keptFile(), 'utf8')) as {
      digest: string;
      key: string;
      declared: unknown;
    };
    expect(digest).toBe(digestValue(kept));
    change(kept);
    writeFileSync(keptFile(), JSON.stringify({ ...kept, digest: digestValue(kept) }));
  };
  const declare = (parts: object) => edit((kept) => Object.assign(kept, { declared: [[{ ...PAY, ...parts }]] }));
  const write = (text: string) => () => writeFileSync(keptFile(), text);

  test.each<[string, () => unknown]>([
    ['is not JSON', write('{"key":')],
    ['is empty', write('')],
    ['is another value', write('[null]')],
    ['has another digest', () => write(readFileSync(keptFile(), 'utf8').replace('Pays', 'Gets'))()],
    ['declares nothing', edit((kept) => Reflect.deleteProperty(kept, 'declared'))],
    ['declares no lists', edit((kept) => Object.assign(kept, { declared: [7] }))],
    ['declares no tools', edit((kept) => Object.assign(kept, { declared: [[null]] }))],
    ['has an effect that does not exist', declare({ effect: 'none' })],
    ['has no schema', declare({ inputSchema: { ok: true } })],
    ['has a wrong variable', declare({ env: [1] })],
    ['has a wrong permission', declare({ allow: { addons: 'yes' } })],
    ['is of other modules', edit((kept) => Object.assign(kept, { key: 'a' }))],
    ['can be read by others', () => chmodSync(keptFile(), 0o640)],
    [
      'is a folder',
      () => {
        const file = keptFile();
        rmSync(file);
        mkdirSync(file);
      },
    ],
    [
      'is a link',
      () => {
        const file = keptFile();
        renameSync(file, join(root, 'elsewhere'));
        symlinkSync(join(root, 'elsewhere'), file);
      },
    ],
  ])('when it %s then it counts as none', async (_what, spoil) => {
    await open().keep('a', [[PAY]]);
    expect(await open().recall('a')).toEqual([[PAY]]);
    spoil();
    expect(await open().recall('a')).toBeUndefined();
    await open().keep('a', [[PAY]]);
  });
});
