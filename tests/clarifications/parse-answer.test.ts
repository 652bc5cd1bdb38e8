import { describe, expect, test } from 'vitest';

import { allowedAnswers, checkAnswer, parseAnswerText } from '../../src/clarifications/parse-answer.js';
import { canonicalJson, type Json } from '../../src/domain/values/json.js';
import { question } from '../support/question-examples.js';

const input = (schema?: Json) => question({ category: 'Input', ...(schema === undefined ? {} : { schema }) });
const choice = (...options: Json[]) => question({ category: 'Multiple Choice', options });
const confirmation = (value: Json, schema?: Json) =>
  question({ category: 'Value Confirmation', value, ...(schema === undefined ? {} : { schema }) });
const verification = question({ category: 'User Verification' });
const action = question({ category: 'Action' });
const custom = (data: Json = {}) => question({ category: 'Custom', data });
const refused = { ok: false };
const accepted = (value: Json) => ({ ok: true, value });

describe('parseAnswerText', () => {
  test.each([
    ['free text', input(), ' two words ', accepted(' two words ')],
    ['nothing for free text', input(), '', refused],
    ['a number where text is taken', input({ type: 'string' }), '7', accepted('7')],
    ['a number', input({ type: 'number' }), '-2.5e1', accepted(-25)],
    ['a number in an alternative', input({ anyOf: [{ type: 'integer' }, { type: 'null' }] }), '7', accepted(7)],
    ['null in an alternative', input({ anyOf: [{ type: 'integer' }, { type: 'null' }] }), 'null', accepted(null)],
    ['a word where a number is taken', input({ type: 'number' }), 'seven', refused],
    ['infinity', input({ type: 'number' }), 'Infinity', refused],
    ['a number too large to be kept', input({ type: 'integer' }), '12345678901234567890', refused],
    ['yes for a boolean', input({ type: 'boolean' }), 'Yes', accepted(true)],
    ['n for a boolean', input({ type: 'boolean' }), 'n', accepted(false)],
    ['a list', input({ type: 'array' }), '[1, 2]', accepted([1, 2])],
    ['an object where a list is taken', input({ type: 'array' }), '{}', refused],
    ['a listed value', input({ enum: ['a', 2] }), '2', accepted(2)],
    ['a value that is not listed', input({ enum: ['a', 2] }), 'b', refused],
    ['an option', choice('a', 'b'), 'b', accepted('b')],
    ['an option by its place', choice('a', 'b'), '#2', accepted('b')],
    ['an option that looks like a place', choice('#2', 'b'), '#2', accepted('#2')],
    ['a place that is not there', choice('a', 'b'), '#3', refused],
    ['place zero', choice('a', 'b'), '#0', refused],
    ['a number option', choice(50, 100), '100', accepted(100)],
    ['text before number', choice(50, '50'), '50', accepted('50')],
    ['an object option', choice({ a: 1, b: 2 }), '{"b":2,"a":1}', accepted({ a: 1, b: 2 })],
    ['null as an option', choice(null, 'x'), 'null', accepted(null)],
    ['no option', choice('a', 'b'), 'c', refused],
    ['yes to a verification', verification, 'YES', accepted(true)],
    ['no to a verification', verification, 'no', accepted(false)],
    ['maybe', verification, 'maybe', refused],
    ['yes to a value', confirmation(12), 'yes', accepted(true)],
    ['no to a value', confirmation(12), 'no', accepted(false)],
    ['another value', confirmation(12), '15', accepted(15)],
    ['another value of another type', confirmation(12), 'many', refused],
    ['another value by the schema', confirmation('a', { enum: ['a', 'b'] }), 'b', accepted('b')],
    ['done', action, 'done', accepted(true)],
    ['not done', action, 'no', refused],
    ['text for a custom question', custom(), 'hello', accepted('hello')],
    ['a number for a custom schema', custom({ schema: { type: 'number' } }), '3', accepted(3)],
  ])('when given %s then it is read in the type of the question', (_case, asked, text, expected) => {
    expect(parseAnswerText(asked, text)).toMatchObject(expected);
  });
});

describe('checkAnswer', () => {
  test.each([
    ['any JSON without a schema', input(), { a: [1] }, accepted({ a: [1] })],
    ['null without a schema', input(), null, refused],
    ['an equal option', choice({ a: 1, b: 2 }), { b: 2, a: 1 }, accepted({ a: 1, b: 2 })],
    ['a number for a text option', choice('50'), 50, refused],
    ['a boolean', verification, false, accepted(false)],
    ['a number for a boolean', verification, 1, refused],
    ['a confirmed value', confirmation(12), true, accepted(true)],
    ['a declined value', confirmation(12), false, accepted(false)],
    ['a replaced value', confirmation(12), 13, accepted(13)],
    ['a replacement of another type', confirmation(12), ['13'], refused],
    ['a replacement where nothing is known', confirmation(null), ['13'], accepted(['13'])],
    ['a whole number for an integer schema', confirmation(12, { type: 'integer' }), 13, accepted(13)],
    ['what the Python SDK writes for an action', action, 'complete', accepted(true)],
    ['any JSON for a custom question', custom(), [1], accepted([1])],
  ])('when given %s then it is checked against the question', (_case, asked, response, expected) => {
    expect(checkAnswer(asked, response)).toMatchObject(expected);
  });

  test('when the value does not fit its schema then the problems of the validator are named', () => {
    const validate = (_schema: unknown, value: Json) => (value === 3 ? [] : ['must be 3']);
    const asked = input({ type: 'number', minimum: 3 });
    expect(checkAnswer(asked, 3, { validate })).toEqual({ ok: true, value: 3 });
    expect(checkAnswer(asked, 2, { validate })).toEqual({
      ok: false,
      problem: 'the answer does not fit: must be 3',
      allowed: 'a number, at least 3',
    });
  });

  test('when an answer nests too deep then it is refused', () => {
    let deep: Json = 1;
    for (let level = 0; level < 300; level += 1) deep = [deep];
    expect(checkAnswer(input(), deep)).toMatchObject({ ok: false, problem: 'the answer nests deeper than 256 levels' });
  });

  test('when a secret is refused then it is not repeated', () => {
    const checked = parseAnswerText(input({ type: 'number', format: 'password' }), 'hunter2');
    expect(checked.ok).toBe(false);
    expect(JSON.stringify(checked)).not.toContain('hunter2');
  });
});

describe('answers about a call', () => {
  const call = question({
    category: 'User Verification',
    tool_id: 'pay',
    args: { amount: 12 },
    args_schema: { type: 'object', properties: { amount: { type: 'number' } } },
    key: '0/1/1:approval:0',
    source: 'portia',
  });
  const validate = (_schema: unknown, value: Json) =>
    canonicalJson(value).includes('"many"') ? ['amount must be a number'] : [];

  test.each<[string, object]>([
    ['yes', accepted(true)],
    ['no', accepted(false)],
    ['run', accepted('run')],
    ['no=too expensive', accepted({ no: 'too expensive' })],
    ['No= late = late ', accepted({ no: 'late = late' })],
    ['no=', accepted(false)],
    ['no:="late"', refused],
    ['yes:={"amount":5}', accepted({ yes: { amount: 5 } })],
    ['yes:={"amount":12}', accepted(true)],
    ['yes:=5', { ok: false, problem: 'the answer has arguments that are not a JSON object' }],
    ['yes:={', refused],
    ['yes:={"amount":5,"amount":6}', { ok: false, problem: expect.stringContaining('"amount" is given twice') }],
    ['yes:={"amount":1e999}', { ok: false, problem: expect.stringContaining('too large') }],
    ['yes={"amount":5}', refused],
    [
      'yes:={"amount":"many"}',
      { ok: false, problem: 'the answer has arguments that do not fit: amount must be a number' },
    ],
  ])('when %j is typed then it is read as meant', (text, expected) => {
    expect(parseAnswerText(call, text, { validate })).toMatchObject(expected);
  });

  test('when a yes may be kept then always is taken, and nowhere else', () => {
    expect(parseAnswerText(call, 'always')).toMatchObject(refused);
    expect(parseAnswerText({ ...call, may_keep: true }, 'always')).toMatchObject(accepted('always'));
    expect(allowedAnswers({ ...call, may_keep: true })).toContain('always');
  });

  test.each<[Json, object]>([
    [{ no: 'too expensive' }, accepted({ no: 'too expensive' })],
    [{ no: 7 }, refused],
    [{ yes: { amount: 5 } }, accepted({ yes: { amount: 5 } })],
    [{ yes: [5] }, refused],
    [{ yes: { amount: 5 }, no: 'x' }, refused],
  ])('when %j is given as JSON then it is taken or refused', (response, expected) => {
    expect(checkAnswer(call, response, { validate })).toMatchObject(expected);
  });

  test.each(['no=too expensive', 'yes:={}', 'run'])(
    'when %s is said to a question of a tool then it is refused',
    (text) => {
      expect(parseAnswerText(verification, text)).toMatchObject(refused);
      expect(
        parseAnswerText(question({ category: 'User Verification', tool_id: 'pay', args: {} }), text),
      ).toMatchObject(refused);
    },
  );
});

describe('allowedAnswers', () => {
  test.each([
    [input(), 'text'],
    [input({ type: 'integer', minimum: 1, maximum: 9 }), 'a whole number, at least 1, at most 9'],
    [choice('a', 50), 'one of: #1 "a", #2 50'],
    [confirmation(12), 'yes, no, or another value (a number)'],
    [verification, 'yes or no'],
    [action, 'done, once it is done'],
    [custom(), 'any JSON value'],
  ])('when asked what %# takes then it is said in words', (asked, words) => {
    expect(allowedAnswers(asked)).toBe(words);
  });
});
