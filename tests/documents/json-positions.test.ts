import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { locateInJson } from '../../src/documents/json-positions.js';
import { parseYaml } from '../../src/documents/parse-yaml.js';

const positionsOf = (text: string, pointers: string[]) =>
  [...locateInJson(text, pointers).values()].map(({ line, column }) => `${line}:${column}`);

describe('places in JSON', () => {
  const text = '{ "steps": [\r\n  { "kind": "tool", "args": { "a/b": 1, "~": [ [], 2 ] } },\r  7 ],\n "x": null }';

  test('when values are looked for then texts and numbers stand where they are, objects and lists where their name is', () => {
    expect(positionsOf(text, ['', '/steps', '/steps/0', '/steps/0/kind', '/steps/0/args'])).toEqual([
      '1:1',
      '1:3',
      '2:3',
      '2:13',
      '2:21',
    ]);
    expect(positionsOf(text, ['/steps/0/args/a~1b', '/steps/0/args/~0/1', '/steps/1', '/x'])).toEqual([
      '2:38',
      '2:52',
      '3:3',
      '4:7',
    ]);
  });

  test('when a value is not there then the nearest one around it is shown', () => {
    expect(positionsOf(text, ['/steps/0/args/no', '/steps/9/kind', '/no', '/steps/1/deeper'])).toEqual([
      '2:21',
      '1:3',
      '1:1',
      '3:3',
    ]);
  });

  test('when JSON is read as YAML then every place is the same', () => {
    const plain = fc.string({ unit: fc.constantFrom('a', 'b', '/', '~', '"', '0', '{', ' ') });
    const json = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4, withCrossShrink: true },
        fc.constantFrom(null, true, 7, 'text'),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(plain, tie('value'), { maxKeys: 3 }),
      ),
    })).value;
    fc.assert(
      fc.property(json, fc.constantFrom(undefined, 2), (value, indent) => {
        const written = JSON.stringify(value, null, indent);
        const pointers = pointersOf(value);
        const parsed = parseYaml(written, { maxDepth: 64 });
        if (!parsed.ok) throw new Error(parsed.problem);
        expect(locateInJson(written, pointers)).toEqual(parsed.locate(pointers));
      }),
    );
  });
});

function pointersOf(value: unknown, at = ''): string[] {
  if (typeof value !== 'object' || value === null) return [at];
  return [
    at,
    ...Object.entries(value).flatMap(([key, child]) =>
      pointersOf(child, `${at}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`),
    ),
  ];
}
