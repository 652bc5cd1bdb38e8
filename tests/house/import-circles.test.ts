import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { expect, test } from 'vitest';

type Imports = ReadonlyMap<string, readonly string[]>;

/** Every import counts: of values, of types alone, and those that are made while the program runs. */
const IMPORT = /(?:^\s*import|\bfrom|\bimport\()\s*'(\.[^']+)\.js'/gm;

test('when modules of src import one another then never in a circle, not even of types or late imports', () => {
  expect(circlesIn(importsOfSources())).toEqual([]);
});

test('when modules import one another in a circle then it is found, by whatever way', () => {
  const files = {
    a: "import type { B } from './b.js';",
    b: "const c = await import('./c.js');",
    c: "import './a.js';",
  };
  const imports = new Map(Object.entries(files).map(([name, text]) => [`${name}.ts`, importsIn(`${name}.ts`, text)]));
  expect(circlesIn(imports)).toEqual(['a.ts > b.ts > c.ts > a.ts']);
});

function importsOfSources(): Imports {
  const names = readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join('src', name));
  expect(names.length).toBeGreaterThan(300);
  return new Map(names.map((name) => [name, importsIn(name, readFileSync(name, 'utf8'))]));
}

function importsIn(name: string, text: string): string[] {
  return Array.from(text.matchAll(IMPORT), ([, path = '']) => join(dirname(name), `${path}.ts`));
}

/** One circle for each import that closes one, on the way through all modules. */
function circlesIn(imports: Imports): string[] {
  const circles: string[] = [];
  const done = new Set<string>();
  const visit = (name: string, way: readonly string[]): void => {
    if (way.includes(name)) circles.push([...way.slice(way.indexOf(name)), name].join(' > '));
    if (done.has(name) || way.includes(name)) return;
    for (const imported of imports.get(name) ?? []) visit(imported, [...way, name]);
    done.add(name);
  };
  for (const name of imports.keys()) visit(name, []);
  return circles;
}
