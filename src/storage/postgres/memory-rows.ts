import { digestText } from '../../domain/values/digest.js';
import { PortiaError } from '../../domain/errors.js';
import type { RunId } from '../../domain/values/ids.js';
import type { Json } from '../../domain/values/json.js';
import { jsonPieces } from '../../domain/values/json-pieces.js';
import { parseTextOrThrow } from '../read-file.js';
import type { Claim } from './claim.js';
import type { Database, Query } from './database.js';

/** Characters of a part at most. */
const PART = 1024 * 1024;

/** Keeps a large value of a run. False when another driver has the run. */
export async function writeMemory(
  value: Json,
  digest: string,
  { claim, database }: { claim: Claim; database: Database },
): Promise<boolean> {
  let part = 0;
  for (const body of partsOf(value)) {
    // What a crash left of it is the same text.
    const rows = await database.query(
      `with mine as (select 1 from runs where id = $1 and generation = $5 for share),
       put as (insert into memory (run_id, digest, part, body) select $1, $2, $3, $4 where exists (select 1 from mine)
         on conflict do nothing)
       select 1 from mine`,
      [claim.id, digest, part, body, claim.generation],
    );
    if (rows.length === 0) return false;
    part += 1;
  }
  return true;
}

/** The same in a transaction that has locked the run. */
export async function addMemory(
  id: RunId,
  digest: string,
  { value, query }: { value: Json; query: Query },
): Promise<void> {
  let part = 0;
  for (const body of partsOf(value)) {
    await query('insert into memory (run_id, digest, part, body) values ($1, $2, $3, $4) on conflict do nothing', [
      id,
      digest,
      part,
      body,
    ]);
    part += 1;
  }
}

/** A large value of a run. Throws `unreadable` when it is missing or not what its digest says. */
export async function readMemory(id: RunId, digest: string, database: Database): Promise<Json> {
  const name = JSON.stringify(digest);
  const parts = await database.read('select body from memory where run_id = $1 and digest = $2 order by part', [
    id,
    digest,
  ]);
  if (parts.length === 0) throw badMemory(name, 'It is missing.');
  const text = parts.map(({ body }) => String(body)).join('');
  if (digestText(text) !== digest) throw badMemory(name, 'Its content is not what was stored.');
  return parseTextOrThrow(text, name);
}

function* partsOf(value: Json): Generator<string> {
  let part = '';
  for (const piece of jsonPieces(value)) {
    if (part !== '' && part.length + piece.length > PART) {
      yield part;
      part = '';
    }
    part += piece;
  }
  yield part;
}

function badMemory(name: string, why: string): PortiaError {
  return new PortiaError('unreadable', `The stored value ${name} cannot be used.`, {
    why,
    fix: 'Restore the database from a backup.',
  });
}
