import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';

import { parseYaml } from '../../src/documents/parse-yaml.js';

const LIMITS = { maxDepth: 64 };

function valueOf(text: string): unknown {
  const parsed = parseYaml(text, LIMITS);
  return parsed.ok ? parsed.value : parsed;
}

function positionsOf(text: string, pointers: string[]): string[] {
  const parsed = parseYaml(text, LIMITS);
  if (!parsed.ok) throw new Error(parsed.problem);
  return [...parsed.locate(pointers).values()].map(({ line, column }) => `${line}:${column}`);
}

describe('values', () => {
  test.each<[string, string, unknown]>([
    ['comments and blocks', '# c\na: # d\n  - b: |\n      x\n      y\n', { a: [{ b: 'x\ny\n' }] }],
    [
      'words of older YAML',
      'on: yes\noff: [no, ~, 2024-01-01, 1_000, 0o14]',
      { on: 'yes', off: ['no', null, '2024-01-01', '1_000', 12] },
    ],
    ['a tag of the core schema', 'a: !!str 5\nb: ! 6', { a: '5', b: '6' }],
    ['a document between its marks', '%YAML 1.2\n---\na: 1\n...\n', { a: 1 }],
    ['a byte order mark', '\uFEFFa: 1', { a: 1 }],
    [
      'an alias',
      'a: &x [1]\nb: *x\nc: &y t\nd: {*y : 1}'.replace('{*y : 1}', '*y'),
      { a: [1], b: [1], c: 't', d: 't' },
    ],
    ['an anchor given twice', '- &a 1\n- &b [*a]\n- &a 2\n- *b\n- *a', [1, [1], 2, [1], 2]],
    ['an anchor inside of what is repeated', '- &x [&a 1]\n- &a 2\n- *x\n- *a', [[1], 2, [1], 2]],
    ['a quoted <<', '"<<": 1', { '<<': 1 }],
    ['names of a prototype', 'constructor: 1\ntoString: 2', { constructor: 1, toString: 2 }],
  ])('when there is %s then it means what YAML 1.2 says', (_what, text, expected) => {
    expect(valueOf(text)).toEqual(expected);
  });

  test('when a value is written as YAML then it is read as it was', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 })), (object) => {
        // These names are refused: one as it is, the other when it is written without quotes.
        fc.pre(!/"(?:__proto__|<<)":/.test(JSON.stringify(object)));
        expect(JSON.stringify(valueOf(stringify(object)))).toBe(JSON.stringify(object));
      }),
    );
  });
});

describe('what is refused', () => {
  test.each<[string, string, string, RegExp]>([
    ['a name is given twice', 'a: 1\nb: 2\na: 3', '3:1', /"a" is given twice/],
    ['a name is a number', 'a:\n  1: x', '2:3', /not the number 1/],
    ['a name is a boolean', 'true: x', '1:1', /not the boolean true/],
    ['a name is empty', 'a: {: x}', '1:5', /not nothing/],
    ['a name is a list', '? [a]\n: b', '1:3', /a name is a text/],
    ['a name is an alias', 'a: &x y\n*x : 1', '2:1', /a name is a text/],
    ['a name is __proto__', 'a:\n  __proto__: 1', '2:3', /__proto__/],
    ['there is a merge key', 'a: &a {b: 1}\nc:\n  <<: *a', '3:3', /merge keys/],
    ['there is a tag', 'a: !foo 1', '1:4', /!foo/],
    ['there is a date', 'a: !!timestamp 2024-01-01', '1:4', /timestamp/],
    ['there is NaN', 'a: [1, .nan]', '1:8', /not a number/],
    ['there is an infinity', 'a: -.inf', '1:4', /not a number/],
    ['a number begins with 0', 'a: "01"\nb: [0, 01]', '2:8', /begins with 0/],
    ['a time looks like a number', 'a: 08.30', '1:4', /begins with 0/],
    ['a name begins with 0', '007: x', '1:1', /not the number 007/],
    ['a number is too large', 'a: 1e999', '1:4', /not a number/],
    ['an alias has no anchor', 'a: *b', '1:4', /\*b has no anchor/],
    ['an alias contains itself', 'a: &a [*a]', '1:8', /contains itself/],
    ['there are two documents', 'a: 1\n---\nb: 2', '2:1', /second document/],
    ['it is another YAML', '%YAML 1.1\n---\na: yes', '1:1', /YAML 1.1/],
    ['it is empty', '', '1:1', /nothing/],
    ['it has comments only', '# c\n', '1:1', /nothing/],
    ['it is one text', 'hello', '1:1', /there is only a text/],
    ['a tab indents', 'a:\n\tb: 1', '2:1', /tabs/],
    ['the indentation is wrong', 'a:\n  b: 1\n c: 2', '3:2', /does not begin in the column/],
    ['a list is not closed', 'a: [1', '1:6', /a \[ is not closed/],
    ['a zero byte', 'a: b\u0000', '1:5', /U\+0000 is not text/],
  ])('when %s then the place is reported', (_what, text, place, problem) => {
    const parsed = parseYaml(text, LIMITS);
    expect(parsed).toMatchObject({ ok: false, problem: expect.stringMatching(problem) });
    expect(parsed.ok ? '' : `${parsed.line}:${parsed.column}`).toBe(place);
  });

  test.each([
    ['no space after a dash', '-a: b\n  c: d', 'a second ": "', 'Put a space after the dash'],
    ['no space after a colon', 'kind:a\nb: 1', 'not a name with a value', 'Put a space after the colon: kind: a'],
    ['no colon', 'kind a\nb: 1', 'not a name with a value', 'with a colon and a space'],
    ['no closing quote', 'a: "b', 'no closing "', 'Write the missing quote'],
    ['no closing brace', 'a: { b: 1\nc: 2', 'a { is not closed', 'Write } where the object ends'],
    ['no closing bracket', 'a: { b: [ }', 'a [ is not closed', 'Write ] where the list ends'],
    ['no comma', 'a: { b: c d: [] }', 'a comma is missing', 'Write a comma between the entries'],
    ['no comma between names', 'a: { b: "c" d: e }', 'a comma is missing', 'Write a comma between the entries'],
    [
      'a line indented too far',
      'a:\n  - b: c\n      d: "1"',
      'the line below is indented further',
      'Indent the line below as far as the first name',
    ],
    ['a text that begins with >', 'a: > 3\nb: 1', 'a text after > or |', 'begins with > or | in quotes'],
    ['a no-break space', 'a:\n  b:\u00a01\n  c: 2', 'not a name with a value', 'Replace the no-break spaces'],
    ['a fence around it', '```yaml\na: 1\n```', 'not a name with a value', 'Leave out the lines with ```'],
    ['a reserved character', 'a: @b', 'reserved character @', 'Put the text in quotes.'],
    ['a star', 'a: *b*', 'the alias *b* has no anchor', 'begins with * in quotes'],
    ['an exclamation mark', 'a: !b', 'unresolved tag', 'begins with ! in quotes'],
    ['text behind a quote', 'a: "b" c', 'more text after the end of the value', 'Put the whole text in quotes'],
    ['a dash as a value', 'a: - b', 'cannot begin on the line of its name', 'Begin a list on a line of its own'],
    ['a dash too far to the left', 'a:\n  - b: 1\n - c: 2', 'in the column of the -', 'Indent this - as far as'],
  ])('when there is %s then the problem and the fix are in plain words', (_what, text, problem, fix) => {
    expect(parseYaml(text, LIMITS)).toMatchObject({
      ok: false,
      problem: expect.stringContaining(problem),
      fix: expect.stringContaining(fix),
    });
  });

  test.each<[string, string]>([
    ['a block list', '- '.repeat(10_000)],
    ['a flow list', `a: ${'['.repeat(10_000)}`],
    ['block objects', Array.from({ length: 200 }, (_, level) => `${' '.repeat(level)}a:`).join('\n')],
    ['explicit names', '? '.repeat(10_000)],
    [
      'aliases',
      Array.from({ length: 70 }, (_, level) => `a${level}: &a${level} [${level === 0 ? '' : `*a${level - 1}`}]`).join(
        '\n',
      ),
    ],
  ])('when %s nests too deeply then it is refused without a crash', (_what, text) => {
    expect(parseYaml(text, LIMITS)).toMatchObject({ ok: false, problem: 'nested deeper than 64 levels' });
  });

  test('when aliases multiply then they are refused before they are written out', () => {
    const levels = Array.from(
      { length: 30 },
      (_, level) => `a${level + 1}: &a${level + 1} [${Array(9).fill(`*a${level}`).join(',')}]`,
    );
    const long = `s: &s ${'x'.repeat(100_000)}\nl: [${Array(100).fill('*s').join(',')}]`;
    for (const text of [['a0: &a0 [lol]', ...levels].join('\n'), long])
      expect(parseYaml(text, LIMITS)).toMatchObject({ ok: false, problem: expect.stringMatching(/aliases repeat/) });
  });

  test('when everything is a mistake then the first is reported, and no more are looked for', () => {
    expect(parseYaml(`a: "${String.raw`\q`.repeat(100_000)}"`, LIMITS)).toMatchObject({
      ok: false,
      line: 1,
      column: 5,
    });
  });

  test('when there are more parts than can be kept then JSON is asked for', () => {
    expect(parseYaml('- a\n'.repeat(50), { ...LIMITS, maxTokens: 100 })).toMatchObject({
      ok: false,
      fix: expect.stringMatching(/JSON/),
    });
  });
});

describe('places', () => {
  const text =
    '# c\nsteps:\n  - kind: tool\n    args: {a/b: "x", n:   2}\n    none:\n  - &two\n    kind: if\nagain: *two\n';

  test('when values are looked for then texts stand where they are, objects and lists where their name is', () => {
    const pointers = [
      '',
      '/steps',
      '/steps/0',
      '/steps/0/kind',
      '/steps/0/args',
      '/steps/0/args/a~1b',
      '/steps/0/args/n',
    ];
    expect(positionsOf(text, pointers)).toEqual(['2:1', '2:1', '3:5', '3:11', '4:5', '4:17', '4:27']);
  });

  test('when a value is empty or repeated then its name, and what is repeated, are shown', () => {
    expect(positionsOf(text, ['/steps/0/none', '/again', '/again/kind'])).toEqual(['5:5', '8:8', '7:11']);
  });

  test('when a value is not there then the nearest one around it is shown', () => {
    expect(positionsOf(text, ['/steps/0/output', '/steps/0/args/q/r', '/steps/7', '/no/such'])).toEqual([
      '3:5',
      '4:5',
      '2:1',
      '2:1',
    ]);
  });
});
