import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

import type { Json } from '../../../src/domain/values/json.js';
import { findBrowser } from '../../../src/tools/browser/find-browser.js';

const PACKAGE = resolve('node_modules/playwright-core');

function place(settings: Record<string, Json> = {}, { isRoot = false } = {}) {
  const projectRoot = mkdtempSync(join(tmpdir(), 'portia-find-'));
  onTestFinished(() => rmSync(projectRoot, { recursive: true }));
  const path = join(projectRoot, 'bin');
  mkdirSync(path);
  const addProgram = (name: string, mode = 0o700) => {
    writeFileSync(join(path, name), '#!/bin/sh\n');
    chmodSync(join(path, name), mode);
    return join(path, name);
  };
  const find = () => findBrowser({ projectRoot, path: `relative:${path}`, setting: (name) => settings[name], isRoot });
  return { projectRoot, addProgram, find };
}

test('when the package and a program in PATH are there then they are found', () => {
  const { addProgram, find } = place();
  const executable = addProgram('chromium-browser');
  expect(find()).toEqual({ ok: true, playwright: PACKAGE, executable, hasNoSandbox: false });
});

test('when the settings name both then these are taken', () => {
  const { projectRoot, addProgram, find } = place({
    executable: 'bin/mine',
    playwright: './node_modules/playwright-core',
  });
  const executable = addProgram('mine');
  const playwright = join(projectRoot, 'node_modules/playwright-core');
  mkdirSync(playwright, { recursive: true });
  writeFileSync(join(playwright, 'package.json'), '{}');
  expect(find()).toMatchObject({ ok: true, playwright, executable });
});

test.each<[string, Record<string, Json>, { isRoot?: boolean }, string, string]>([
  ['no Chromium', {}, {}, 'None of chromium', 'apt-get install chromium'],
  ['a file that is no program', { executable: 'bin/plain' }, {}, 'is not a program', '"executable"'],
  ['no package', { playwright: './none' }, {}, 'The package playwright-core is not in', 'npm install playwright-core'],
  ['a user with all rights', { executable: 'bin/mine' }, { isRoot: true }, 'as root', '"no_sandbox":true'],
])('when there is %s then it says what to do', (_what, settings, who, why, fix) => {
  const { addProgram, find } = place(settings, who);
  addProgram('plain', 0o600);
  addProgram('mine');
  expect(find()).toEqual({ ok: false, why: expect.stringContaining(why), fix: expect.stringContaining(fix) });
});
