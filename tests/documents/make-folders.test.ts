import { mkdirSync, mkdtempSync, realpathSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

import { makeFolders } from '../../src/documents/make-folders.js';

function newFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'portia-folders-')));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test('when parents are missing then all are made, private, and a second time changes nothing', () => {
  const root = newFolder();
  makeFolders(join(root, 'a', 'b'));
  makeFolders(join(root, 'a', 'b'));
  expect([join(root, 'a'), join(root, 'a', 'b')].map((path) => statSync(path).mode & 0o777)).toEqual([0o700, 0o700]);
});

test('when a folder on the way is a link to one then it is followed', () => {
  const root = newFolder();
  mkdirSync(join(root, 'elsewhere'));
  symlinkSync('elsewhere', join(root, 'link'));
  makeFolders(join(root, 'link', 'a'));
  expect(statSync(join(root, 'elsewhere', 'a')).isDirectory()).toBe(true);
});

test('when a folder cannot be made then that is an error, also below /proc, where Node itself never ends', () => {
  const root = newFolder();
  writeFileSync(join(root, 'file'), '');
  symlinkSync('nowhere', join(root, 'broken'));
  for (const path of ['/proc/portia/a', join(root, 'file', 'a'), join(root, 'file'), join(root, 'broken')]) {
    expect(() => makeFolders(path)).toThrow(/ENOENT|ENOTDIR|EEXIST|EACCES|EROFS|EPERM/);
  }
});
