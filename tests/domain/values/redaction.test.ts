import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { liveRedactor, redactor } from '../../../src/domain/values/redaction.js';

const CANARIES = [
  'sk-proj-Canary1234567890',
  'sk-ant-api03-Canary_AAAA-BBBB',
  'AIzaSyCanary_0123456789abcdefghijk',
  'tvly-CanaryCanaryCanary',
  'ghp_Canary0123456789abcdef',
  'gsk_Canary/with+slashes==',
  'canary with spaces in it',
  'canary"with"quotes',
  "canary'with'apostrophes",
  'canary\\with\\backslashes',
  'canary\nwith\nlines',
  'canary\twith\ttabs',
  'canary%20with%percent',
  'canary&amp=1;2?3#4',
  'canary.*+?^${}()|[]',
  'cänärÿ-ümläut',
  'canary-🦜-parrot',
  'canary-日本語',
  'CANARY123',
  'canary42',
  'Ab3$xZ',
  '0123456789',
  'c'.repeat(13),
  'canary-'.repeat(60),
  'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.c2ln',
];

const base64 = (text: string) => Buffer.from(text).toString('base64');

const SPELLINGS: [string, (secret: string) => string][] = [
  ['as it is', (secret) => `Authorization: Bearer ${secret}`],
  ['twice in a row', (secret) => secret + secret],
  ['in JSON', (secret) => JSON.stringify({ key: secret })],
  ['in JSON in JSON', (secret) => JSON.stringify(JSON.stringify({ key: secret }))],
  ['in Base64', (secret) => base64(secret)],
  ['in Base64 for URLs', (secret) => Buffer.from(secret).toString('base64url')],
  ['in Base64 behind a name', (secret) => base64(`user:${secret}`)],
  ['in Base64 inside a text', (secret) => base64(`{"k":"${secret}"}`)],
  ['in hexadecimal', (secret) => Buffer.from(secret).toString('hex')],
  ['in a URL', (secret) => `https://x/?key=${encodeURIComponent(secret)}&a=1`],
  ['in a URL in lower case', (secret) => encodeURIComponent(secret).replace(/%../g, (code) => code.toLowerCase())],
  ['in a form', (secret) => new URLSearchParams({ key: secret }).toString()],
];

describe('redactor', () => {
  test('when there are 25 canaries then each is another one', () => {
    expect(new Set(CANARIES).size).toBe(25);
  });

  test.each(SPELLINGS)('when a canary is written %s then nothing of it is left', (_, spell) => {
    const { text } = redactor(CANARIES.map((value, index) => ({ name: `KEY_${index}`, value })));
    for (const [index, canary] of CANARIES.entries()) {
      const spelled = spell(canary);
      const redacted = text(spelled);
      expect(redacted, canary).toContain('[KEY_');
      expect(redacted).not.toContain(canary);
      expect(redacted.length - `[KEY_${index}]`.length, canary).toBeLessThan(Math.max(spelled.length, 24));
    }
  });

  test('when Base64 holds it inside a text then what is left does not decode to it', () => {
    const { text } = redactor([{ name: 'KEY', value: CANARIES[0] ?? '' }]);
    for (const before of ['', 'a', 'ab', 'abc', 'user:']) {
      for (const after of ['', 'z', 'zz', 'zzz']) {
        const left = text(base64(before + CANARIES[0] + after)).replace('[KEY]', '');
        expect(left.length).toBeLessThanOrEqual(base64(before + after).length + 4);
        expect(Buffer.from(left, 'base64').toString()).not.toContain('Canary');
      }
    }
  });

  test('when a value holds it at any depth, also in names, then the shape stays and it is gone', () => {
    const { json } = redactor([{ name: 'KEY', value: 'sk-canary-1' }]);
    const value = { a: ['x', { 'sk-canary-1': 'Bearer sk-canary-1', '[KEY]': 2 }], n: 1, t: true, z: null };
    expect(json(value)).toEqual({ a: ['x', { '[KEY]': 'Bearer [KEY]', '[KEY] 2': 2 }], n: 1, t: true, z: null });
  });

  test('when a name is __proto__ then it stays a name', () => {
    const { json } = redactor([{ name: 'KEY', value: 'sk-canary-1' }]);
    const redacted = json(JSON.parse('{"__proto__": {"a": "sk-canary-1"}}'));
    expect(JSON.stringify(redacted)).toBe('{"__proto__":{"a":"[KEY]"}}');
  });

  test.each(['ollama', 'secret', 'test', 'x', ''])('when the value is %j then texts are left alone', (value) => {
    const text = 'ollama/qwen3 is a secret test, x';
    expect(redactor([{ name: 'KEY', value }]).text(text)).toBe(text);
  });

  test('when one secret is part of another then the longer one is taken out whole', () => {
    const { text } = redactor([
      { name: 'SHORT', value: 'sk-canary' },
      { name: 'LONG', value: 'sk-canary-and-more' },
    ]);
    expect(text('sk-canary-and-more sk-canary')).toBe('[LONG] [SHORT]');
  });

  test('when a text holds no secret then it is unchanged', () => {
    const { text, json } = redactor([{ name: 'KEY', value: 'sk-canary-0123456789' }]);
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const written = JSON.stringify(value);
        expect(text(written)).toBe(written);
        expect(JSON.stringify(json(JSON.parse(written)))).toBe(written);
      }),
    );
  });
});

describe('liveRedactor', () => {
  const none = () => liveRedactor(() => []);

  test('when somebody said that a value is a secret then it is hidden however short or plain, until it is let go', () => {
    const live = none();
    const show = live.hide('‹secret pin›', { pin: '4711', words: ['hunter', 'ab'], code: 123456 });
    const value = {
      a: 'it is 4711',
      b: 'hunters',
      c: 'ab',
      d: 'abc',
      e: 123456,
      f: 1234567,
      '4711': Buffer.from('4711').toString('base64'),
    };
    const s = '‹secret pin›';
    expect(live.json(value)).toEqual({ a: `it is ${s}`, b: `${s}s`, c: s, d: 'abc', e: s, f: 1234567, [s]: s });
    show();
    expect(live.json(value)).toEqual(value);
    live.hide('‹secret keys›', { 'hunter-2': { password: 'canary-1' } });
    expect(live.text('hunter-2 has the password canary-1')).toBe('‹secret keys› has the password ‹secret keys›');
  });

  test('when a text came with a line end then it is hidden without it, too', () => {
    const live = none();
    live.hide('‹secret a›', ' canary-1\n');
    expect(live.text('<canary-1>')).toBe('<‹secret a›>');
  });

  test('when a secret is added later then it is hidden from then on', () => {
    const live = liveRedactor(() => [{ name: 'KEY', value: 'sk-first-1' }]);
    expect(live.text('sk-first-1 sk-second-2')).toBe('[KEY] sk-second-2');
    live.add({ name: 'OTHER', value: 'sk-second-2' });
    expect(live.text('sk-first-1 sk-second-2')).toBe('[KEY] [OTHER]');
  });

  test('when people must see an added value then it is shown from then on, and others are not', () => {
    const live = liveRedactor(() => [{ name: 'KEY', value: 'sk-first-1' }]);
    live.add({ name: 'PLACE', value: 'https://a.example' });
    live.show('https://a.example');
    live.show('sk-first-1');
    live.add({ name: 'PLACE', value: 'https://a.example' });
    expect(live.text('https://a.example/?k=sk-first-1')).toBe('https://a.example/?k=[KEY]');
  });
});
