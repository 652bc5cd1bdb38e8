import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { extractJson } from '../../../src/models/reply/extract-json.js';

const FENCE = '```';

const found: [string, string, unknown][] = [
  ['JSON alone', ' {"a":1}\n', { a: 1 }],
  ['a byte order mark', '\uFEFF{"a":1}', { a: 1 }],
  ['a list alone', '[1,2]', [1, 2]],
  ['a fenced block', `${FENCE}json\n{"a":1}\n${FENCE}`, { a: 1 }],
  ['prose around a fenced block', `Use {x}, see {"b":2}:\n${FENCE}json\n{"a":1}\n${FENCE}\nBye.`, { a: 1 }],
  ['a fence that is never closed', `${FENCE}\n{"a":1}`, { a: 1 }],
  ['a code block that holds no JSON', `{"a":1}\n${FENCE}bash\nls\n${FENCE}`, { a: 1 }],
  ['prose around', 'Here is {the} plan: {"a":"} \\" {"} I hope it helps {you}.', { a: '} " {' }],
  ['two objects', '{"a":1}\n{"a":2}', { a: 1 }],
  ['thoughts before', '<think>maybe {"a":0}</think>{"a":1}', { a: 1 }],
  ['thoughts before a closing tag alone', 'maybe {"a":0}\n</think>\n\n{"a":1}', { a: 1 }],
  ['a bracket in the prose that stays open', 'A { opens. {"a":1}', { a: 1 }],
  ['single quotes and a comma too many', "{'a': [1, 2,],}", { a: [1, 2] }],
  ['comments and bare keys', 'Sure:\n{a: 1, // one\n b: "x"}', { a: 1, b: 'x' }],
  ['a key of every object', '{"constructor":1,"toString":2}', { constructor: 1, toString: 2 }],
  ['a lone surrogate', '{"a":"\\ud800"}', { a: '\ud800' }],
];
test.each(found)('when the reply has %s then the value is found', async (_name, text, value) => {
  expect(await extractJson(text, 'object')).toEqual({ ok: true, value });
});

test('when a list is wanted then an object in the prose is not taken for it', async () => {
  expect(await extractJson('As {"a":1} says: [1, {"b":2}]', 'array')).toEqual({ ok: true, value: [1, { b: 2 }] });
});

const problems: [string, string, RegExp][] = [
  ['nothing', '  ', /no JSON/],
  ['prose', 'I cannot do that.', /no JSON/],
  ['a draft in thoughts that never end', '<think>maybe {"a":0}', /no JSON/],
  ['an object that is cut off', '{"steps":[{"task":"a"},{"ta', /cut off/],
  ['a bare object that is cut off', 'Plan: {steps: [{"task":"a"}', /cut off/],
  ['a number out of range', '{"a":1e999}', /out of range/],
  ['the key __proto__', '{"a":{"__proto__":{"polluted":true}}}', /__proto__/],
  ['10,000 levels', `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`, /deeper than 256/],
  ['10,000 open lists', '['.repeat(10_000), /no JSON/],
  ['10,000 broken levels', `${'{a:'.repeat(10_000)}1${'}'.repeat(10_000)}`, /no JSON|deeper/],
  ['5 MB of brackets', '{'.repeat(5_000_000), /cut off|no JSON/],
  ['5 MB of open brackets in words', '{ see '.repeat(800_000), /no JSON/],
  ['9 MB', 'x'.repeat(9_000_000), /longer than/],
];
test.each(problems)(
  'when the reply has %s then the problem is named and nothing is polluted',
  async (_name, text, why) => {
    expect(await extractJson(text, 'object')).toEqual({ ok: false, problem: expect.stringMatching(why) });
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  },
);

test('when a text of 5 MB is in the JSON then it is kept whole', async () => {
  const task = 'x'.repeat(5_000_000);
  expect(await extractJson(`Here:\n${JSON.stringify({ task })}`, 'object')).toEqual({ ok: true, value: { task } });
});

test('when NaN stands for a number then it does not become one', async () => {
  const result = await extractJson('{"a": NaN}', 'object');
  expect(result.ok && result.value).toEqual({ a: 'NaN' });
});

test('when any object stands in any prose without brackets then it is found', async () => {
  const object = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 }), { noNullPrototype: true });
  const prose = fc.string().map((text) => text.replace(/[{}[\]`]/g, ''));
  await fc.assert(
    fc.asyncProperty(prose, object, prose, async (before, value, after) => {
      const json: unknown = JSON.parse(JSON.stringify(value));
      fc.pre(!JSON.stringify(json).includes('__proto__'));
      expect(await extractJson(`${before}:\n${JSON.stringify(json)}\n${after}`, 'object')).toEqual({
        ok: true,
        value: json,
      });
    }),
    { numRuns: 300 },
  );
});

test('when the reply is any text then nothing is thrown', async () => {
  const pieces = fc.array(
    fc.oneof(fc.constantFrom('{', '}', '[', ']', '"', "'", ':', ',', '\\', FENCE, '\n'), fc.string()),
  );
  await fc.assert(
    fc.asyncProperty(pieces, async (parts) => {
      expect(await extractJson(parts.join(''), 'object')).toHaveProperty('ok');
    }),
    { numRuns: 500 },
  );
});
