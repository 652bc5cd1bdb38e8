import { describe, expect, test } from 'vitest';

import { readHere } from './read-here.js';

async function read(name: string, content: string | Uint8Array) {
  const result = await readHere(name, content);
  return 'value' in result ? { value: result.value } : result;
}

const bytes = (hex: string) => Buffer.from(hex, 'hex');

/** In the manner of JSONTestSuite: what must be read, what must be refused, and what readers may decide. */
describe('JSON', () => {
  test.each<[string | Uint8Array, unknown]>([
    ['[]', []],
    ['{}', {}],
    ['null', null],
    ['true', true],
    ['""', ''],
    [' [1 , 2]\r\n\t', [1, 2]],
    ['[[[]], {"a": {}}]', [[[]], { a: {} }]],
    ['[0, -0, 0e1, 1E+2, 0.1e-2, -1.5]', [0, 0, 0, 100, 0.001, -1.5]],
    ['[1.7976931348623157e308, 5e-324, 1e-400]', [1.7976931348623157e308, 5e-324, 0]],
    ['["\\"\\\\\\/\\b\\f\\n\\r\\t"]', ['"\\/\b\f\n\r\t']],
    ['["\\u00e9\\ud83d\\ude00\\u0000"]', ['é😀\0']],
    ['["\\ud800", "\\udc00x"]', ['\ud800', '\udc00x']],
    ['["\u2028\u2029\u007f"]', ['\u2028\u2029\u007f']],
    ['{"": 0, " ": 1}', { '': 0, ' ': 1 }],
    ['{"a": 1, "a": 2}', { a: 2 }],
    ['{"constructor": 1, "toString": 2}', { constructor: 1, toString: 2 }],
    ['\uFEFF[1]', [1]],
    [Buffer.from('\uFEFF["é"]', 'utf16le'), ['é']],
    [Buffer.from('["é"]', 'utf16le').swap16(), ['é']],
    ['[9007199254740991, -9007199254740991]', [9007199254740991, -9007199254740991]],
    ['[9007199254740993, {"id": -1234567890123456789}]', ['9007199254740993', { id: '-1234567890123456789' }]],
    [`[${'['.repeat(200)}${']'.repeat(200)}]`, JSON.parse(`[${'['.repeat(200)}${']'.repeat(200)}]`)],
  ])('when it is %j, then it is read', async (text, value) => {
    expect(await read('a.json', text)).toEqual({ value });
  });

  test('when a name is __proto__, then it is a name as others', async () => {
    const { value } = { value: null, ...(await read('a.json', '{"__proto__": {"x": 1}}')) };
    expect(JSON.stringify(value)).toBe('{"__proto__":{"x":1}}');
  });

  test.each<[string | Uint8Array]>([
    [''],
    ['  \n'],
    ['[1,]'],
    ['[,1]'],
    ['[1 2]'],
    ['[1'],
    ['[1]]'],
    ['[1]x'],
    ['[1]\0'],
    ['{"a":1,}'],
    ['{"a" 1}'],
    ['{a: 1}'],
    ["{'a': 1}"],
    ['{"a": 1'],
    ['{1: 1}'],
    ['{"a"}'],
    ['[01]'],
    ['[+1]'],
    ['[.5]'],
    ['[1.]'],
    ['[1e]'],
    ['[-]'],
    ['[0x10]'],
    ['[1_000]'],
    ['[NaN]'],
    ['[Infinity]'],
    ['[1e400]'],
    ['[True]'],
    ['[nul]'],
    ['["a]'],
    ['["\t"]'],
    ['["\n"]'],
    ['["\\x41"]'],
    ['["\\u12"]'],
    ['[1] // end'],
    ['/* c */ [1]'],
    ['[\f1]'],
    ['[\u00a01]'],
    ['{"a": 1}\n{"a": 2}'],
    [bytes('5b22ff225d')],
    [bytes('5b22c0af225d')],
    [bytes('5b22eda080225d')],
    [bytes('5b22e9225d')],
    ['['.repeat(100_000)],
    [`${'['.repeat(300)}${']'.repeat(300)}`],
  ])('when it is %j, then it is refused with the reason', async (text) => {
    expect(await read('a.json', text)).toMatchObject({ kind: 'failure', message: expect.stringMatching(/./) });
  });
});

describe('lines of JSON', () => {
  test.each<[string | Uint8Array, unknown]>([
    ['', []],
    ['\n \r\n', []],
    ['{"a":1}', [{ a: 1 }]],
    ['\uFEFF{"a":1}\r\n\r\n  \n[2]\nnull\n"x"\n', [{ a: 1 }, [2], null, 'x']],
    ['"\u2028"\n"\\n"\n', ['\u2028', '\n']],
    ['{"id":9007199254740993}\n', [{ id: '9007199254740993' }]],
    [Buffer.from('\uFEFF{"a":"é"}\n{"a":2}\n', 'utf16le'), [{ a: 'é' }, { a: 2 }]],
  ])('when they are %j, then each is a value', async (text, value) => {
    expect(await read('a.ndjson', text)).toEqual({ value });
    expect(await read('a.jsonl', text)).toEqual({ value });
  });

  test.each([
    ['{"a":1}\n\n{"a":\n', /line 3: it is not JSON/],
    ['{"a":1}{"a":2}\n', /line 1: it is not JSON/],
    ['{"a":1},\n{"a":2}\n', /line 1: /],
    ['[\n{"a":1}\n]\n', /line 1: /],
    ['{"a":1}\n\uFEFF{"a":2}\n', /line 2: /],
  ])('when they are %j, then the first that is wrong is named', async (text, message) => {
    expect(await read('a.ndjson', text)).toMatchObject({ kind: 'failure', message: expect.stringMatching(message) });
  });
});

/** Version 1.2, whose plain words and digits mean less than in 1.1. */
describe('YAML', () => {
  test.each<[string, unknown]>([
    ['[yes, No, on, OFF, y, n]', ['yes', 'No', 'on', 'OFF', 'y', 'n']],
    ['[true, True, FALSE, null, ~]', [true, true, false, null, null]],
    ['a:\n', { a: null }],
    ['[0o12, 0x1F, 1_000, 0b11, 0, 0.5, "012"]', [10, 31, '1_000', '0b11', 0, 0.5, '012']],
    ['[1e3, .5, +1, 1.0, -0, 685_230.15]', [1000, 0.5, 1, 1, 0, '685_230.15']],
    [
      '[12:30:45, 190:20:30, 2024-01-31, 2024-01-31T10:00:00Z]',
      ['12:30:45', '190:20:30', '2024-01-31', '2024-01-31T10:00:00Z'],
    ],
    ["['007', 1.2.3, 1e, NO]", ['007', '1.2.3', '1e', 'NO']],
    ['[9007199254740993]', ['9007199254740993']],
    ['a: |\n  x\n   y\nb: >-\n  x\n  y\n', { a: 'x\n y\n', b: 'x y' }],
    ['a: "x\\ty\\u00e9"\nb: \'it\'\'s\'\nc: "#"\n', { a: 'x\tyé', b: "it's", c: '#' }],
    ['- &x {a: 1}\n- *x\n', [{ a: 1 }, { a: 1 }]],
    ['"true": 1\n"2019": 2\n', { true: 1, 2019: 2 }],
    ['a: !!str 1\nb: !!int "2"\n', { a: '1', b: 2 }],
    ['? x\n: y\n', { x: 'y' }],
    ['---\na: 1\n...\n', { a: 1 }],
    ['\uFEFFa: 1\r\nb: 2\r\n', { a: 1, b: 2 }],
    ['{"a": [1, {"b": null}]}', { a: [1, { b: null }] }],
    ['a: =\nb: <\n', { a: '=', b: '<' }],
  ])('when it is %j, then it is read', async (text, value) => {
    expect(await read('a.yaml', text)).toEqual({ value });
  });

  test('when numbers begin with 0, then they are read as YAML says, and the first is told', async () => {
    expect(await readHere('a.yaml', 'zip: 01234\nid: -007\nat: 08.30\n')).toEqual({
      kind: 'output',
      value: { zip: 1234, id: -7, at: 8.3 },
      warnings: [
        'a.yaml has a number that begins with 0 (01234), which YAML reads without it. Put it in quotes to keep it.',
      ],
    });
  });

  test.each([
    ['', /nothing but comments/],
    ['# only this\n', /nothing but comments/],
    ['a: 1\na: 2\n', /Line 2, .*given twice/],
    ['1: a\n', /not the number 1\. Put it in quotes: "1"/],
    ['true: a\n', /not the boolean true/],
    ['a: .inf\n', /not a number that JSON has/],
    ['a: .NaN\n', /not a number that JSON has/],
    ['a: 1e400\n', /not a number that JSON has/],
    ['a: &x {b: 1}\nc: {<<: *x}\n', /merge keys/],
    ['a: !!binary aGk=\n', /unresolved tag/],
    ['a: !foo 1\n', /unresolved tag/],
    ['--- 1\n--- 2\n', /a second document/],
    ['%YAML 1.1\n---\na: yes\n', /YAML 1\.1/],
    ['a: 1\n\tb: 2\n', /tabs are not allowed/],
    ['a: x: y\n', /second ": "/],
    ['a: *x\n', /no anchor/],
    ['__proto__: 1\n', /__proto__/],
    ['a: \0\n', /U\+0000/],
  ])('when it is %j, then it is refused with the reason', async (text, message) => {
    expect(await read('a.yml', text)).toMatchObject({ kind: 'failure', message: expect.stringMatching(message) });
  });
});
