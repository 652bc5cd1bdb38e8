import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { runInThisContext } from 'node:vm';

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { withOneParser } from '../../.config/one-parser.js';

interface Parsed {
  ast(): unknown;
  errors(): unknown;
}
type Parse = (source: string, options?: { recover: boolean }) => Parsed;

const SOURCE = readFileSync(createRequire(import.meta.url).resolve('jsonata'), 'utf8');

function load(code: string): Parse {
  const module = { exports: {} };
  runInThisContext(`(function (module, exports) {${code}\n})`)(module, module.exports);
  return module.exports as Parse;
}

/** The tree, or the error, without the lines of the stack. */
function parsed(parse: Parse, source: string, recover: boolean): string {
  const withoutStack = (key: string, value: unknown) => (key === 'stack' ? undefined : value);
  try {
    const made = parse(source, { recover });
    return JSON.stringify([made.ast(), made.errors()], withoutStack);
  } catch (error) {
    return JSON.stringify({ ...(error as object), message: (error as { message?: string }).message }, withoutStack);
  }
}

const TOKENS =
  `$a 1 + ( ) [ ] . % { } "k" 't' : b ? = & function $f ~> @$i #$j ^(a) |a|b| , ; := /x/ in and ~ ! **`.split(' ');

describe('the parser of JSONata in the build', () => {
  test('when expressions and nonsense are parsed in turn then trees and errors are those of JSONata itself', () => {
    const [plain, built] = [load(SOURCE), load(withOneParser(SOURCE))];
    const words = fc.array(fc.constantFrom(...TOKENS), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(words, fc.boolean(), (parts, recover) => {
        const source = parts.join(' ');
        expect(parsed(built, source, recover)).toBe(parsed(plain, source, recover));
      }),
      { numRuns: 3_000 },
    );
  });

  test('when its source is another one then the build says so', () => {
    expect(() => withOneParser('var parser = () => 1;')).toThrow(/correct this edit/);
  });
});
