import { beforeAll, expect, test } from 'vitest';

import { expectDamageRefused, expectRefused, read, recordedBytes } from './damaged-recording.js';
import { played } from './played-runs.js';

let whole: Buffer;

beforeAll(async () => {
  whole = await recordedBytes();
});

test('when a text has characters that some take for ends of lines then it is played as it was', async () => {
  expect(await played(await read(whole))).toMatchObject({ differences: [], calls: 3 });
});

test('when a recording is cut at any byte then it is refused, and says why and what to do', async () => {
  for (let end = 1; end < whole.length; end += 1) await expectRefused(whole.subarray(0, end), { end });
});

test('when any byte of the last line is another one then it is refused, though nothing vouches for that line', async () => {
  const last = whole.lastIndexOf('\n', -2) + 1;
  for (let at = last; at < whole.length; at += 1) {
    const bytes = Buffer.from(whole);
    bytes[at] = bytes[at] === 0x20 ? 0x21 : 0x20;
    await expectRefused(bytes, { at });
  }
});

test('when Git wrote the ends of lines as on Windows then it is played as it was', async () => {
  const bytes = Buffer.from(whole.toString().replaceAll('\n', '\r\n'));
  expect(await played(await read(bytes))).toMatchObject({ differences: [] });
});

test('when a value is nested too deep to be read then the recording is refused', async () => {
  for (const depth of [1_000, 3_000, 10_000, 100_000]) {
    const deep = `${'['.repeat(depth)}${']'.repeat(depth)}`;
    await expectRefused(Buffer.from(whole.toString().replace('"args":{', `"args":{"deep":${deep},`)), { depth });
  }
});

test('when a recording is damaged at random then it is refused', async () => expectDamageRefused(500));
