import type { TestProject } from 'vitest/node';

import { dropSchemas } from './ask-server.js';

/** Before tests whose projects have their plans and runs in a database. Their schemas are removed after all of them. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { postgres, storeSchemas } = project.getProvidedContext();
  if (postgres === '') throw new Error('These tests need a PostgreSQL: PORTIA_TEST_POSTGRES names it.');
  return () => dropSchemas(postgres, storeSchemas);
}
