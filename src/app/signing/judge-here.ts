import type { Signing } from '../../domain/run/signatures.js';
import type { PostgresStore } from '../../storage/postgres/postgres-store.js';
import type { UserSigning } from './signing.js';

/** Whose signatures count now: those of this user, of whom the user named, and of whom the store names. */
export async function judgeHere({
  signing,
  database,
}: {
  signing: UserSigning;
  database?: Pick<PostgresStore, 'signers'> | undefined;
}): Promise<Signing['judge']> {
  return database === undefined ? signing.judge : signing.judgeWith(await database.signers.list());
}
