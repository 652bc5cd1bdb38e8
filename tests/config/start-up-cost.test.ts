import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

import { describe, expect, test } from 'vitest';

const SOURCE = resolve(import.meta.dirname, '../../src');

/** Packages that a module loads at once: its static imports, followed through our own files. */
function packagesOf(file: string, seen = new Set<string>()): Set<string> {
  const packages = new Set<string>();
  if (seen.has(file)) return packages;
  seen.add(file);
  const imports = readFileSync(file, 'utf8').matchAll(/^(?:import|export)(?! type)[^;']*?from '([^']+)'/gm);
  for (const [, specifier = ''] of imports) {
    if (!specifier.startsWith('.')) packages.add(specifier);
    else
      for (const name of packagesOf(resolve(dirname(file), specifier.replace(/\.js$/, '.ts')), seen))
        packages.add(name);
  }
  return packages;
}

describe('start-up', () => {
  test.each([
    'config/settings.ts',
    'config/project.ts',
    'config/settings-file.ts',
    'config/model-choice.ts',
    'app/inputs/inputs.ts',
    'app/inputs/check-inputs.ts',
    'app/doctor/doctor.ts',
  ])('when %s is loaded then no package is', (file) => {
    expect([...packagesOf(resolve(SOURCE, file))].filter((name) => !name.startsWith('node:'))).toEqual([]);
  });

  test('when the schema is loaded then zod is, so that the walk above sees packages', () => {
    expect(packagesOf(resolve(SOURCE, 'config/settings-schema.ts'))).toContain('zod');
  });
});
