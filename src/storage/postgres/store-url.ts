import { PortiaError } from '../../domain/errors.js';
import { durationMs } from '../../domain/values/duration.js';
import { nearestName } from '../../domain/values/nearest-name.js';

/** Where a store in PostgreSQL is. */
export interface StoreUrl {
  /** For the driver, with the password. */
  connection: string;
  /** For people, without it. */
  shown: string;
  /** The schema that the tables are in. */
  schema: string;
  /** How long a driver may be silent before another one may take its run, in milliseconds. */
  leaseMs: number;
}

const SCHEMA = /^[a-z_][a-z0-9_]{0,62}$/;

const LEASE = '30s';
const [SHORTEST_LEASE_MS, LONGEST_LEASE_MS] = [1_000, 3_600_000];

/** Reads `postgres://[user[:password]@]host[:port]/database[?schema=name&lease=30s&…]`. Throws `invalid-settings`. */
export function readStoreUrl(text: string): StoreUrl {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^postgres(ql)?:$/.test(url.protocol) || !isDecodable(url)) throw notAnAddress();
  const schema = url.searchParams.get('schema') ?? 'portia';
  if (!SCHEMA.test(schema)) throw badSchema(schema);
  refuseParameters(url);
  const leaseMs = readLease(url.searchParams.get('lease') ?? LEASE);
  for (const own of OWN_PARAMETERS) url.searchParams.delete(own);
  // As libpq means it: encrypted, and the certificate is checked for verify-ca and verify-full only.
  if (url.searchParams.has('sslmode')) url.searchParams.set('uselibpqcompat', 'true');
  return { connection: url.href, shown: shownUrl(url, schema), schema, leaseMs };
}

/** Whether every % in it is followed by what it stands for. */
function isDecodable({ username, password, pathname }: URL): boolean {
  try {
    for (const part of [username, password, pathname]) decodeURIComponent(part);
    return true;
  } catch {
    return false;
  }
}

function readLease(text: string): number {
  const ms = durationMs(text);
  if (ms !== undefined && ms >= SHORTEST_LEASE_MS && ms <= LONGEST_LEASE_MS) return ms;
  throw new PortiaError('invalid-settings', `The address of the store has lease=${text}.`, {
    why: 'It is how long a driver may be silent before another one may take its run: 1s to 1h.',
    fix: `lease=${LEASE}, or leave it out.`,
  });
}

/** Those that are not for the driver of the database. */
const OWN_PARAMETERS = ['schema', 'lease'];
const SSL_PARAMETERS = ['sslmode', 'sslrootcert', 'sslcert', 'sslkey'];
const PARAMETERS: readonly string[] = [...OWN_PARAMETERS, ...SSL_PARAMETERS, 'application_name'];
const SSL_MODES: readonly string[] = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full'];

function refuseParameters({ searchParams }: URL): void {
  const names = [...searchParams.keys()];
  const wrong = names.find((name, index) => !PARAMETERS.includes(name) || names.indexOf(name) !== index);
  if (wrong !== undefined) {
    throw new PortiaError('invalid-settings', `The address of the store has ${wrong}=, which cannot be used.`, {
      why: `It takes each of these once: ${PARAMETERS.join(', ')}.`,
      fix: `Correct it to ${nearestName(wrong, PARAMETERS) ?? 'schema'}=, or leave it out.`,
    });
  }
  const mode = searchParams.get('sslmode');
  if (mode === null || SSL_MODES.includes(mode)) return;
  throw new PortiaError('invalid-settings', `The address of the store has sslmode=${mode}.`, {
    why: `The modes are ${SSL_MODES.join(', ')}.`,
    fix: 'sslmode=verify-full',
  });
}

function shownUrl(url: URL, schema: string): string {
  const user = url.username === '' ? '' : `${url.username}@`;
  return `${url.protocol}//${user}${url.host}${url.pathname}${schema === 'portia' ? '' : `?schema=${schema}`}`;
}

function notAnAddress(): PortiaError {
  // What was given is not repeated: a password may be in it.
  return new PortiaError('invalid-settings', 'The address of the store cannot be read.', {
    why: 'It begins with postgres:// and is not a URL, perhaps because of a character in the password.',
    fix: 'Write it as postgres://user:password@host:5432/database, with %XX for / @ : # and % in the password.',
  });
}

function badSchema(schema: string): PortiaError {
  return new PortiaError('invalid-settings', `${JSON.stringify(schema)} cannot be the schema of a store.`, {
    why: 'A schema is lower-case letters, digits and _, at most 63, and does not begin with a digit.',
    fix: 'Leave ?schema= out of the address; the tables are in the schema portia then.',
  });
}
