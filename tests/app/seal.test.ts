import { chmodSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { openSeal } from '../../src/app/seal.js';
import { makeProject } from '../support/portia.js';

const ABOUT = {
  run: 'prun-01234567-89ab-7cde-8f01-23456789abcd',
  question: 'clar-01234567-89ab-7cde-8f01-23456789abcd',
} as const;
const newKey = () => randomBytes(32).toString('base64');

/** The seal of a file with these lines. */
function sealOf(lines: string[], mode = 0o600) {
  const file = join(makeProject(), 'seal.key');
  writeFileSync(file, lines.map((line) => `${line}\n`).join(''));
  chmodSync(file, mode);
  return openSeal({ PORTIA_SEAL_KEY_FILE: file });
}

test('when an answer is sealed then it opens for its run and question, and nowhere else', () => {
  const seal = sealOf([newKey()]);
  const sealed = seal.close({ pin: 'canary-1234' }, ABOUT);
  expect(sealed).not.toContain('canary');
  expect(sealed).not.toBe(seal.close({ pin: 'canary-1234' }, ABOUT));
  expect(seal.open(sealed, ABOUT)).toEqual({ pin: 'canary-1234' });
  const elsewhere = [
    { ...ABOUT, run: 'prun-11234567-89ab-7cde-8f01-23456789abcd' as const },
    { ...ABOUT, question: 'clar-11234567-89ab-7cde-8f01-23456789abcd' as const },
  ];
  for (const about of elsewhere) expect(() => seal.open(sealed, about)).toThrow('sealed for another run or question');
});

test('when a sealed answer was changed then it does not open', () => {
  const seal = sealOf([newKey()]);
  const parts = JSON.parse(seal.close('canary', ABOUT));
  const broken = [
    { ...parts, text: Buffer.from('other').toString('base64') },
    { ...parts, tag: '' },
    { ...parts, tag: Buffer.from(parts.tag, 'base64').subarray(0, 4).toString('base64') },
    { ...parts, nonce: '' },
    { ...parts, text: undefined },
  ];
  for (const changed of [...broken.map((part) => JSON.stringify(part)), 'nonsense', '{}', ''])
    expect(() => seal.open(changed, ABOUT)).toThrow('It was changed');
});

test('when another key is put first in the file then it seals, and the earlier one still opens', () => {
  const [old, next] = [newKey(), newKey()];
  const sealed = sealOf([old]).close('canary', ABOUT);
  expect(sealOf([next, old]).open(sealed, ABOUT)).toBe('canary');
  const renewed = sealOf([next, old]).close('canary', ABOUT);
  expect(() => sealOf([old]).open(renewed, ABOUT)).toThrow(/does not have the key [0-9a-f]{16}/);
  expect(() => openSeal({}).open(renewed, ABOUT)).toThrow('PORTIA_SEAL_KEY_FILE is not set here');
});

test.each([
  ['others can read it', [newKey()], 0o644, 'chmod 600'],
  ['it is empty', [], 0o600, 'openssl rand -base64 32'],
  ['a key is too short', [randomBytes(16).toString('base64')], 0o600, 'openssl rand -base64 32'],
  ['it holds something else', [newKey(), 'hunter2'], 0o600, 'openssl rand -base64 32'],
])(
  'when the file cannot be used because %s then it is said how to mend that, without its text',
  (_why, lines, mode, fix) => {
    const refused = () => sealOf(lines, mode);
    expect(refused).toThrow(
      expect.objectContaining({
        code: 'invalid-settings',
        details: expect.objectContaining({ fix: expect.stringContaining(fix) }),
      }),
    );
    expect(refused).not.toThrow('hunter2');
  },
);

test('when the file is not there then it is said', () => {
  expect(() => openSeal({ PORTIA_SEAL_KEY_FILE: '/nowhere/seal.key' })).toThrow(
    expect.objectContaining({ details: expect.objectContaining({ why: '/nowhere/seal.key does not exist.' }) }),
  );
});
