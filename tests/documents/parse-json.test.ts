import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { parseJson } from '../../src/documents/parse-json.js';

describe('parseJson', () => {
  it.each([
    ['{"a": x}', 1, 7, /expected a value/],
    ['{\n  "a": 1,\n}', 2, 9, /a comma before the closing }/],
    ['{"a" 1}', 1, 6, /expected : after the name/],
    ['{"a": 1 "b": 2}', 1, 9, /expected a comma or }/],
    ['[1 2]', 1, 4, /expected a comma or \]/],
    ['[1,]', 1, 3, /a comma before the closing ]/],
    ['{"a": 1', 1, 8, /ends too early/],
    ['', 1, 1, /ends too early/],
    ["{'a': 1}", 1, 2, /double quotes/],
    ['{"a": "b\nc"}', 1, 7, /no closing quote, or a line break/],
    ['// hello\n{}', 1, 1, /no comments/],
    ['{} {}', 1, 4, /nothing after the end/],
    ['{"a": 01}', 1, 8, /expected a comma or }/],
    ['{\r\n"a": tru}', 2, 6, /expected a value/],
    ['{"a": 1, "a": 2}', 1, 10, /"a" is given twice/],
    ['{"a": 1, "\\u0061": 2}', 1, 10, /"a" is given twice/],
    ['[1, -1e999]', 1, 5, /too large/],
    ['{"__proto__": {}}', 1, 2, /"__proto__" is not allowed/],
    ['{"__pr\\u006fto__": {}}', 1, 2, /"__proto__" is not allowed/],
  ])('when the text is %j then the fault is at line %i, column %i', (text, line, column, problem) => {
    expect(parseJson(text)).toMatchObject({ ok: false, line, column, problem: expect.stringMatching(problem) });
  });

  it('when there is a byte order mark then it is skipped', () => {
    expect(parseJson('\uFEFF{"a": [1, {"b": null}]}')).toEqual({ ok: true, value: { a: [1, { b: null }] } });
  });

  it.each([5000, 200_000])('when it nests %i levels deep then it is refused without a crash', (depth) => {
    const problem = expect.stringContaining('nested deeper than 256');
    expect(parseJson('['.repeat(depth) + ']'.repeat(depth))).toMatchObject({ ok: false, problem });
    expect(parseJson('{"a":'.repeat(depth))).toMatchObject({ ok: false, problem });
  });

  it('when the same name is in two objects then it is fine', () => {
    expect(parseJson('[{"a":1},{"a":{"a":2}}]').ok).toBe(true);
  });

  it('when a value is written as JSON then it is read as JSON.parse reads it', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 5 }), fc.constantFrom(undefined, 2), (text, indent) => {
        fc.pre(!text.includes('__proto__'));
        const value: unknown = JSON.parse(text);
        expect(parseJson(JSON.stringify(value, null, indent))).toEqual({ ok: true, value });
      }),
    );
  });

  it('when a text is damaged then it is refused exactly when JSON.parse refuses it', () => {
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
