import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { parseJson } from '../../src/documents/parse-json.js';

describe('parseJson', () => {
  test.each([
    ['{"a": x}', 1, 7, 'expected a value', 'Put a text in double quotes.'],
    ['{\n  "a": 1,\n}', 2, 9, 'there is a comma before the closing }', 'Remove the comma.'],
    ['[1,]', 1, 3, 'there is a comma before the closing ]', 'Remove the comma.'],
    ['[1,,2]', 1, 4, 'expected a value', 'Remove the comma, or write a value before it.'],
    ['{"a" 1}', 1, 6, 'expected : after the name', 'Write : and a value after the name.'],
    ['{"a" = 1}', 1, 6, 'expected : after the name', 'Write : instead of =.'],
    ['{"a": }', 1, 7, 'expected a value', 'Write a value; null stands for none.'],
    ['{a: 1}', 1, 2, 'expected a name in double quotes, or }', 'Put the name in double quotes.'],
    ['{{"a": 1}}', 1, 2, 'expected a name in double quotes, or }', 'Write "name": before it'],
    ['{"a": 1 "b": 2}', 1, 9, 'expected a comma or }', 'Write a comma before it.'],
    ['{"a": 1\n "b": 2}', 2, 2, 'expected a comma or }', 'Write a comma at the end of line 1.'],
    ['{"a": 1; "b": 2}', 1, 8, 'expected a comma or }', 'Write a comma instead of ;.'],
    ['["he said "hi""]', 1, 12, 'expected a comma or ]', String.raw`a " inside a text is written \".`],
    ['["a": 1]', 1, 5, 'expected a comma or ]', 'Put names and values in { }.'],
    ['{"a": [1}', 1, 9, 'expected a comma or ], because the [ of line 1 is open', 'Write ] before it'],
    ['{"a": 1', 1, 8, 'the text ends too early: expected a comma or }', 'Write } at the end'],
    ['{"a": [{"b": 1', 1, 15, 'because the { of line 1 is open', 'Write } ] } at the end'],
    ['', 1, 1, 'the text ends too early: expected a value', 'Write a value, for example {}.'],
    ["{'a': 1}", 1, 2, 'text needs double quotes', `Write "…" instead of '…'.`],
    ['{“a”: 1}', 1, 2, 'text needs straight double quotes', 'straight'],
    ['{"a": "b\nc"}', 1, 7, 'this text has no closing quote on its line', 'Write " at the end of the text'],
    ['{"a": "b\tc"}', 1, 9, 'a text cannot have a tab', String.raw`Write \t`],
    ['{"a": "b\u0000c"}', 1, 9, 'control character U+0000', String.raw`write \u0000`],
    [String.raw`{"a": "\d"}`, 1, 8, String.raw`a \ in a text is followed by`, String.raw`Write \\ for one backslash`],
    ['// hello\n{}', 1, 1, 'JSON has no comments', 'Remove the comment.'],
    ['```json\n{}\n```', 1, 1, 'Markdown', 'Remove the lines with ```'],
    ['<!DOCTYPE html>', 1, 1, 'a web page', 'Get the file itself'],
    ['city: London', 1, 1, 'expected a value', 'Write it as JSON'],
    ['Here it is: {}', 1, 1, 'expected a value', 'Remove everything before the first { or [.'],
    ['{} done', 1, 4, 'expected nothing after the end', 'Remove everything after the end.'],
    ['{} {}', 1, 4, 'expected nothing after the end', 'a file of its own'],
    ['{}}', 1, 3, 'expected nothing after the end', 'Remove it: it closes nothing.'],
    ['{"a": 01}', 1, 8, 'a number cannot begin with 0', 'Remove the 0'],
    ['{"a": .5}', 1, 7, 'a number begins with a digit or -', '0.5 instead of .5'],
    ['{\r\n"a": tru}', 2, 6, 'expected a value', 'Put a text in double quotes.'],
    ['[True]', 1, 2, 'true is written in small letters', 'Write true.'],
    ['[NaN]', 1, 2, 'JSON has no NaN', 'Write null'],
    ['[undefined]', 1, 2, 'JSON has no undefined', 'Write null'],
    ['\u0000\u0000', 1, 1, 'U+0000 is not JSON', 'plain text in UTF-8'],
    ['{"a": 1, "a": 2}', 1, 10, '"a" is given twice', 'Remove one of the two.'],
    ['{"a": 1, "\\u0061": 2}', 1, 10, '"a" is given twice', 'Remove one of the two.'],
    ['[1, -1e999]', 1, 5, 'too large', 'Put it in double quotes'],
    ['[12345678901234567890]', 1, 2, 'more digits than a number can keep', 'Put it in double quotes'],
    ['{"__proto__": {}}', 1, 2, '"__proto__" is not allowed', 'Use another name.'],
    ['{"__pr\\u006fto__": {}}', 1, 2, '"__proto__" is not allowed', 'Use another name.'],
  ])(
    'when the text is %j then the fault is at line %i, column %i, and the fix is what to write there',
    (text, line, column, problem, fix) => {
      expect(parseJson(text)).toEqual({
        ok: false,
        line,
        column,
        problem: expect.stringContaining(problem),
        fix: expect.stringContaining(fix),
      });
    },
  );

  test('when there is a byte order mark then it is skipped', () => {
    expect(parseJson('\uFEFF{"a": [1, {"b": null}]}')).toEqual({ ok: true, value: { a: [1, { b: null }] } });
  });

  test.each([5000, 200_000])('when it nests %i levels deep then it is refused without a crash', (depth) => {
    const problem = expect.stringContaining('nested deeper than 256');
    expect(parseJson('['.repeat(depth) + ']'.repeat(depth))).toMatchObject({ ok: false, problem });
    expect(parseJson('{"a":'.repeat(depth))).toMatchObject({ ok: false, problem });
  });

  test('when the same name is in two objects then it is fine', () => {
    expect(parseJson('[{"a":1},{"a":{"a":2}}]').ok).toBe(true);
  });

  test('when a value is written as JSON then it is read as JSON.parse reads it', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 5 }), fc.constantFrom(undefined, 2), (text, indent) => {
        fc.pre(!text.includes('__proto__'));
        const value: unknown = JSON.parse(text);
        expect(parseJson(JSON.stringify(value, null, indent))).toEqual({ ok: true, value });
      }),
    );
  });

  test('when a text is damaged then it is refused exactly when JSON.parse refuses it', () => {
    const json = fc.json({ maxDepth: 3 }).map((text) => text.replaceAll('__proto__', 'x'));
    const damage = fc.record({ at: fc.nat(), text: fc.constantFrom('', ',', '"', '{', ']', '0', ' ', '\\', 'e') });
    fc.assert(
      fc.property(json, damage, (text, { at, text: piece }) => {
        const offset = at % (text.length + 1);
        const damaged = text.slice(0, offset) + piece + text.slice(offset + 1);
        const parsed = parseJson(damaged);
        if (!parsed.ok && /given twice|too large|more digits/.test(parsed.problem)) return;
        expect(parsed.ok).toBe(isJson(damaged));
      }),
      { numRuns: 2000 },
    );
  });
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
