import { describe, expect, test } from 'vitest';

import { parseAnswerFlags, parseAnswersDocument } from '../../src/clarifications/answer-flags.js';

const files = new Map([
  ['mail.txt', 'Dear all,\nhello\n'],
  ['list.json', '[1, 2]'],
  ['-', 'from stdin'],
]);
async function readText(path: string): Promise<string> {
  const text = files.get(path);
  if (text === undefined) throw new Error(`unexpected read of ${path}`);
  return text;
}

describe('parseAnswerFlags', () => {
  test.each([
    ['filename=notes.txt', { selector: 'filename', form: 'text', text: 'notes.txt' }],
    ['a=b=c', { selector: 'a', form: 'text', text: 'b=c' }],
    ['empty=', { selector: 'empty', form: 'text', text: '' }],
    ['4[2].steps.0.filename=x', { selector: '4[2].steps.0.filename', form: 'text', text: 'x' }],
    ['$quantity:=50', { selector: '$quantity', form: 'json', json: 50 }],
    ['note:=""', { selector: 'note', form: 'json', json: '' }],
    ['url=https://x?a:=b', { selector: 'url', form: 'text', text: 'https://x?a:=b' }],
    ['body=@mail.txt', { selector: 'body', form: 'text', text: 'Dear all,\nhello\n' }],
    ['body=@-', { selector: 'body', form: 'text', text: 'from stdin' }],
    ['list:=@list.json', { selector: 'list', form: 'json', json: [1, 2] }],
  ])('when given %s then selector and value are told apart', async (flag, expected) => {
    const [given] = await parseAnswerFlags([flag], readText);
    expect(given).toMatchObject({ ...expected, channel: 'flag', origin: `--answer ${expected.selector}` });
  });

  test.each(['filename', '=x', ':=1', 'n:=seven', 'n:=', ''])(
    'when given %j then it is refused as usage',
    async (flag) => {
      await expect(parseAnswerFlags([flag], readText)).rejects.toMatchObject({
        code: 'usage',
        details: { why: expect.any(String), fix: expect.stringContaining('--answer') },
      });
    },
  );
});

describe('parseAnswersDocument', () => {
  const a = { selector: 'a', form: 'json', json: 1, channel: 'file' };
  const b = { selector: 'clar-0001', form: 'json', json: null, channel: 'file' };
  test.each([
    ['an object', '{"a": 1}', [a]],
    ['a list of records', '[{"selector": "a", "response": 1}, {"id": "clar-0001", "response": null}]', [a, b]],
    ['one record', '{"selector": "a", "response": 1}', [a]],
    ['lines of records', '{"selector":"a","response":1}\n\n{"id":"clar-0001","response":null}\n', [a, b]],
    ['lines of objects', '{"a":1}\n{"clar-0001":null}', [a, b]],
    ['an argument named response', '{"response": 1}', [{ ...a, selector: 'response' }]],
    ['nothing to answer', '{}', []],
  ])('when given %s then every answer is found', (_case, text, expected) => {
    expect(parseAnswersDocument(text, 'answers.json')).toMatchObject(expected);
  });

  test.each([
    ['nothing', '', /empty/],
    ['broken JSON', '{"a": ', /JSON. Line 1, column 7/],
    [
      'a text without its closing quote',
      '{"a": "1, "b": "secret"}',
      /^It is not JSON\. Line 1, column 12: expected a comma or }\.$/,
    ],
    ['a name that is given twice', '{"a": 1, "a": 2}', /"a" is given twice/],
    ['a broken second line', '{"a":1}\n{"b"', /^It is not JSON\. Column 5: /],
    ['a number', '7', /neither an object nor a list/],
    ['a list of numbers', '[1]', /not an object/],
    ['a record without a response', '[{"id": "clar-0001"}]', /no "response"/],
    ['a record without a selector', '[{"response": 1}]', /no "id" or "selector"/],
    ['a deep value', `{"a": ${'['.repeat(300)}${']'.repeat(300)}}`, /deeper than 256/],
  ])('when given %s then it is unreadable and says why', (_case, text, why) => {
    const parse = () => parseAnswersDocument(text, 'answers.json');
    expect(parse).toThrow(/Cannot read answers from answers\.json/);
    expect(parse).toThrow(
      expect.objectContaining({
        code: 'unreadable',
        details: expect.objectContaining({ why: expect.stringMatching(why) }),
      }),
    );
  });

  test('when a second line is broken then the line is named', () => {
    expect(() => parseAnswersDocument('{"a":1}\nnope', 'a.ndjson')).toThrow('a.ndjson line 2');
  });
});
