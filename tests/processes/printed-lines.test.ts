import { spawnSync } from 'node:child_process';
import { PassThrough } from 'node:stream';

import { expect, test } from 'vitest';

import { lastLines, LastWords, printLines, type PrintOptions } from '../../src/processes/printed-lines.js';

async function printed(chunks: (string | Buffer)[], options?: PrintOptions): Promise<string[]> {
  const stream = new PassThrough();
  const texts: string[] = [];
  const print = async (text: string) => {
    texts.push(text);
  };
  printLines(stream, print, options);
  for (const chunk of chunks) {
    stream.write(chunk);
    await new Promise(setImmediate);
  }
  stream.end();
  await new Promise((resolve) => stream.once('close', resolve));
  await new Promise(setImmediate);
  return texts;
}

test('when a line comes in pieces then it is passed on whole', async () => {
  expect(await printed(['one', ' line\ntw', 'o\n'])).toEqual(['one line\n', 'two\n']);
});

test('when the last line has no end then it gets one', async () => {
  expect(await printed(['done'])).toEqual(['done\n']);
});

test('when text would act on a terminal then that is made visible', async () => {
  expect(await printed(['\u001b[2J\u202ered\r\nnext\n'])).toEqual(['\\u{1b}[2J\\u{202e}red\nnext\n']);
});

test('when a character comes in two pieces then it is whole', async () => {
  const bytes = Buffer.from('€\n');
  expect(await printed([bytes.subarray(0, 1), bytes.subarray(1)])).toEqual(['€\n']);
});

test('when a secret comes in two pieces then it is taken out', async () => {
  const redact = (text: string) => text.replace('secret', '***');
  expect(await printed(['the sec', 'ret\n'], { redact })).toEqual(['the ***\n']);
});

test('when a line never ends then it is passed on in pieces', async () => {
  const texts = await printed(Array.from({ length: 5 }, () => 'x'.repeat(40_000)));
  expect(texts.map((text) => text.length)).toEqual([80_000, 80_000, 40_001]);
});

test('when a program prints more than is passed on then the rest is dropped, and that is said', async () => {
  expect(await printed(['one\n', 'two\nthr', 'ee\n', 'four\n'], { most: 5 })).toEqual([
    'one\n',
    'two\n… (what it prints from here on is not shown)\n',
  ]);
});

test('when whoever prints is slow then the program waits', async () => {
  const stream = new PassThrough({ highWaterMark: 10 });
  let goOn = (): void => undefined;
  printLines(stream, async () => new Promise((resolve) => (goOn = resolve)));
  stream.write('first line\n');
  await new Promise(setImmediate);
  expect(stream.write('second line\n')).toBe(false);
  expect(stream.isPaused()).toBe(true);
  goOn();
  await new Promise(setImmediate);
  expect(stream.isPaused()).toBe(true);
});

test('when a program writes much then its last words are kept', async () => {
  const stream = new PassThrough();
  const words = new LastWords(stream, 5);
  stream.end('a long story');
  await new Promise((resolve) => stream.once('close', resolve));
  expect(words.text).toBe('story');
});

test('when a program wrote many lines then the last ones are told', () => {
  expect(lastLines('1\n2\n3\n4\n5\n6\n\n')).toBe('2\n3\n4\n5\n6');
  expect(lastLines('\n')).toBe('');
});

test.each([
  [
    "import('./missing-module.mjs')",
    /^Error \[ERR_MODULE_NOT_FOUND\]: Cannot find module '[^']+missing-module\.mjs'[^\n]*$/,
  ],
  ["console.error('begins'); require('./missing-module')", /^Error: Cannot find module '.\/missing-module'\n/],
  ["throw new TypeError('no key\\nset one')", /^TypeError: no key\nset one$/],
  ["throw Object.assign(new Error('no key'), { code: 'NO_KEY' })", /^Error: no key$/],
  ["throw new Error('no key', { cause: new Error('no file') })", /^Error: no key$/],
  ["Promise.reject('no key')", /^\[?UnhandledPromiseRejection: .*"no key"/],
  ["throw 'no key'", /no key/],
])('when Node is ended by an error that nothing caught then that error is told: %s', (code, told) => {
  expect(lastLines(spawnSync(process.execPath, ['--eval', code], { encoding: 'utf8' }).stderr)).toMatch(told);
});
