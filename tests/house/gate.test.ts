import { existsSync, readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

/** The words of a list that the gate has. */
function listOf(name: string): string[] {
  const words = new RegExp(`^${name}=\\(([^)]*)\\)`, 'm').exec(readFileSync('.ci/run', 'utf8'))?.[1] ?? '';
  return words.split(/\s+/).filter((word) => word !== '');
}

test('when the gate names tests for other versions of Node then each is there', () => {
  const names = listOf('tests_that_matter');
  expect(names.length).toBeGreaterThan(5);
  // Vitest says nothing about a name without a test.
  expect(names.filter((name) => !existsSync(`tests/e2e/${name}.test.ts`))).toEqual([]);
});

test('when the gate tries newer versions of Node then they are those with long-term support', () => {
  expect(listOf('newer_nodes').map((version) => version.split('.')[0])).toEqual(['22', '24', '26']);
});
