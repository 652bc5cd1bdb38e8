import pg from 'pg';

/** Asks a PostgreSQL directly, beside portia. */
export async function askServer(server: string, statement: string, values: unknown[] = []): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: server, connectionTimeoutMillis: 5_000 });
  await client.connect();
  try {
    return (await client.query(statement, values)).rows;
  } finally {
    await client.end();
  }
}

/** Removes the schemas whose names begin so, with all that is in them. */
export async function dropSchemas(server: string, prefix: string): Promise<void> {
  const names = 'select nspname as name from pg_namespace where starts_with(nspname, $1)';
  for (const row of await askServer(server, names, [prefix])) {
    if (hasName(row)) await askServer(server, `drop schema ${row.name} cascade`);
  }
}

function hasName(row: unknown): row is { name: string } {
  return typeof row === 'object' && row !== null && 'name' in row;
}
