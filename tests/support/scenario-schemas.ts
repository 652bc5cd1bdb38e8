import type { TestProject } from 'vitest/node';

import { askServer } from './ask-server.js';

/** Before tests whose projects have their plans and runs in a database. Their schemas are removed after all of them. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { postgres, storeSchemas } = project.getProvidedContext();
  if (postgres === '') throw new Error('These tests need a PostgreSQL: PORTIA_TEST_POSTGRES names it.');
  return async () => {
    const names = 'select nspname as name from pg_namespace where starts_with(nspname, $1)';
    for (const row of await askServer(postgres, names, [storeSchemas])) {
      if (hasName(row)) await askServer(postgres, `drop schema ${row.name} cascade`);
    }
  };
}

function hasName(row: unknown): row is { name: string } {
  return typeof row === 'object' && row !== null && 'name' in row;
}
