import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';

import { fingerprintOf, publicKeyText, readPrivateKeys, readPublicKey } from '../../../src/app/signing/key-text.js';
import { createSigning, type UserSigning } from '../../../src/app/signing/signing.js';

function newHome(): string {
  const folder = mkdtempSync(join(tmpdir(), 'portia-keys-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function signingOf(home: string, variables: Record<string, string> = {}): { signing: UserSigning; warnings: string[] } {
  const warnings: string[] = [];
  const shell = { HOME: home, ...variables };
  return { signing: createSigning({ shell, warn: (message) => warnings.push(message) }), warnings };
}

const keyFile = (home: string): string => join(home, '.config/portia/signing-key.pem');
const newKey = () => generateKeyPairSync('ed25519').privateKey;
const pemOf = (key = newKey()): string => key.export({ type: 'pkcs8', format: 'pem' }).toString();

describe('the keys of a user', () => {
  test('when something is signed first then a key is made that only the user can read, and is used from then on', () => {
    const home = newHome();
    const signature = signingOf(home).signing.sign('text');
    expect(statSync(keyFile(home)).mode & 0o777).toBe(0o600);
    const later = signingOf(home).signing;
    expect(later.sign('other').key).toBe(signature.key);
    expect(later.judge('text', signature)).toEqual({ kind: 'own' });
    expect(later.judge('texts', signature)).toEqual({ kind: 'forged' });
    expect(signingOf(newHome()).signing.judge('text', signature)).toEqual({ kind: 'unknown' });
  });

  test('when a signature is judged then no key is made', () => {
    const home = newHome();
    signingOf(home).signing.judge('text', { key: 'f'.repeat(64), value: 'AAAA' });
    expect(() => statSync(keyFile(home))).toThrow('ENOENT');
  });

  test('when another key was made then it signs and the earlier one is still the user’s', () => {
    const home = newHome();
    const earlier = signingOf(home).signing.sign('text');
    const { fingerprint } = signingOf(home).signing.addKey();
    const { signing } = signingOf(home);
    expect(signing.sign('text').key).toBe(fingerprint);
    expect(fingerprint).not.toBe(earlier.key);
    expect(signing.judge('text', earlier)).toEqual({ kind: 'own' });
  });

  test('when two processes make the first key at once then both sign with the one that is there', () => {
    const home = newHome();
    const [one, other] = [signingOf(home).signing, signingOf(home).signing];
    // The other one has looked for a key before the first was made.
    other.judge('text', { key: 'f'.repeat(64), value: '' });
    expect(one.sign('text').key).toBe(other.sign('text').key);
  });

  test('when no key can be kept then one warning says so, and what is signed counts in this process', () => {
    const home = newHome();
    writeFileSync(join(home, '.config'), 'a file');
    const { signing, warnings } = signingOf(home);
    const signature = signing.sign('text');
    expect(signing.judge('text', signature)).toEqual({ kind: 'own' });
    expect(signing.sign('more').key).toBe(signature.key);
    expect(warnings).toEqual([expect.stringMatching(/PORTIA_SIGNING_KEY.*PORTIA_CONFIG_DIR/)]);
  });

  test('when the key file holds something else then it is left as it is, and one warning names it', () => {
    const home = newHome();
    mkdirSync(join(home, '.config/portia'), { recursive: true });
    writeFileSync(keyFile(home), 'not a key');
    const { signing, warnings } = signingOf(home);
    expect(signing.judge('text', signing.sign('text'))).toEqual({ kind: 'own' });
    expect(readFileSync(keyFile(home), 'utf8')).toBe('not a key');
    expect(warnings).toEqual([expect.stringContaining(keyFile(home))]);
  });
});

describe('PORTIA_SIGNING_KEY', () => {
  const key = newKey();
  const seed = key.export({ type: 'pkcs8', format: 'der' }).subarray(-32);

  test.each([
    ['PEM', pemOf(key)],
    ['PEM on one line', pemOf(key).replaceAll('\n', '\\n')],
    ['base64 of its bytes', seed.toString('base64')],
    ['base64url of its bytes', seed.toString('base64url')],
    ['hex', seed.toString('hex')],
    ['base64 of DER', key.export({ type: 'pkcs8', format: 'der' }).toString('base64')],
  ])('when it is written as %s then it signs', (_form, value) => {
    const home = newHome();
    const { signing, warnings } = signingOf(home, { PORTIA_SIGNING_KEY: value });
    signing.prepare();
    expect(signing.sign('text').key).toBe(fingerprintOf(key));
    expect(signing.ownKey()).toMatchObject({ key: publicKeyText(key), from: 'PORTIA_SIGNING_KEY' });
    expect(warnings).toEqual([]);
    expect(() => statSync(keyFile(home))).toThrow('ENOENT');
  });

  test('when it names a file then the key is read from there, ~ too', () => {
    const home = newHome();
    writeFileSync(join(home, 'ci.pem'), pemOf(key));
    for (const value of [`@${join(home, 'ci.pem')}`, '@~/ci.pem']) {
      expect(signingOf(home, { PORTIA_SIGNING_KEY: value }).signing.sign('text').key).toBe(fingerprintOf(key));
    }
  });

  test('when the user has a key of the file, too, then what that signed is still the user’s', () => {
    const home = newHome();
    const earlier = signingOf(home).signing.sign('text');
    const { signing } = signingOf(home, { PORTIA_SIGNING_KEY: pemOf(key) });
    expect(signing.judge('text', earlier)).toEqual({ kind: 'own' });
  });

  test.each([
    ['a word', 'secret-value'],
    ['another kind of key', pemOf(generateKeyPairSync('ed448').privateKey)],
    ['half a key', seed.subarray(0, 16).toString('base64')],
    ['no file', '@/nowhere/secret.pem'],
  ])('when it holds %s then that is said before anything is done', (_what, value) => {
    const { signing } = signingOf(newHome(), { PORTIA_SIGNING_KEY: value });
    expect(() => signing.prepare()).toThrow('PORTIA_SIGNING_KEY cannot be used');
  });

  test('when it is set and another key is to be made then that is refused', () => {
    const { signing } = signingOf(newHome(), { PORTIA_SIGNING_KEY: pemOf(key) });
    expect(() => signing.addKey()).toThrow('another key would not sign');
  });
});

describe('a public key as text', () => {
  const key = newKey();

  test('when it is written then it is one line that is read as the same key', () => {
    const text = publicKeyText(key);
    expect(text).toMatch(/^ed25519:[\w-]{43}$/);
    const read = readPublicKey(` ${text}\n`);
    expect(read && fingerprintOf(read)).toBe(fingerprintOf(key));
  });

  test.each([
    '',
    'ed25519:',
    'ed25519:AAAA',
    'ssh-ed25519 AAAA',
    '-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----',
  ])('when it is %j then it is not one', (text) => {
    expect(readPublicKey(text)).toBeUndefined();
  });

  test('when a file of keys holds one of another kind then none of it is used', () => {
    const other = pemOf(generateKeyPairSync('ed448').privateKey);
    expect(readPrivateKeys(pemOf() + pemOf())).toHaveLength(2);
    expect(readPrivateKeys(pemOf() + other)).toEqual([]);
  });
});
