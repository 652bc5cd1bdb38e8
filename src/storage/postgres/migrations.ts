import plansAndRuns from './migrations/0001-plans-and-runs.sql';

/** Forward only. The number of a migration is its place, from 1; what was released is never changed. */
export const MIGRATIONS: readonly string[] = [plansAndRuns];

/** The version of the tables that this portia works with. */
export const TABLES_VERSION = MIGRATIONS.length;
