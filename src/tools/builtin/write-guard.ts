import { statementsOf } from './sql-guard.js';

/** Where portia notes which calls have written, in the database itself. */
export const WRITES_TABLE = 'portia_writes';

const ONLY_WRITING = 'only one INSERT, REPLACE, UPDATE, DELETE, or CREATE of a TABLE, INDEX or VIEW is allowed';

const QUOTED = /'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]/g;

/** Why a statement is not one that this tool may make, as a clause; undefined when it may. */
export function writeProblem(text: string): string | undefined {
  if (text.includes('\0')) return 'it holds a NUL character';
  const statements = statementsOf(text);
  if (statements === undefined) return 'a quote or comment in it does not end';
  const [statement, ...others] = statements;
  if (statement === undefined) return 'it is empty';
  if (others.length > 0) return `it has ${statements.length} statements, and ${ONLY_WRITING}`;
  if (statement.toLowerCase().includes(WRITES_TABLE)) return `${WRITES_TABLE} is portia's own table`;
  const verb = verbOf(statement);
  const isAllowed =
    /^(?:insert|replace|update|delete)$/.test(verb) ||
    /^create\s+(?:table|(?:unique\s+)?index|view)\b/i.test(statement);
  return isAllowed ? undefined : `${verb.toUpperCase() || 'it'} is refused: ${ONLY_WRITING}`;
}

/** What the statement does; of `WITH … INSERT`, that is INSERT. */
function verbOf(statement: string): string {
  let depth = 0;
  for (const [token] of statement.replaceAll(QUOTED, ' quoted ').matchAll(/[()]|\w+/g)) {
    const word = token.toLowerCase();
    if (token === '(') depth += 1;
    else if (token === ')') depth -= 1;
    else if (
      depth === 0 &&
      (/^(?:select|values|insert|replace|update|delete)$/.test(word) || !/^with/i.test(statement))
    ) {
      return word;
    }
  }
  return '';
}

export type Scalar = string | number | boolean | null;
export type Parameters = Scalar[] | Record<string, Scalar>;

export type Bound = { ok: true; values: Parameters } | { ok: false; why: string };

/** The values as SQLite takes them. Each placeholder must have one: SQLite would take NULL for one that is left out. */
export function bindParameters(text: string, given: Parameters = []): Bound {
  const bare = (statementsOf(text)?.[0] ?? '').replaceAll(QUOTED, ' ');
  const places = Array.from(bare.matchAll(/\?\d*|[:@$][a-z_]\w*/gi), ([place]) => place);
  const texts = Object.values(given).filter((value) => typeof value === 'string');
  if (texts.some((value) => value.includes('\0'))) return { ok: false, why: 'a parameter holds a NUL character' };
  return Array.isArray(given) ? bindListed(places, given) : bindNamed(places, given);
}

function bindListed(places: string[], values: Scalar[]): Bound {
  const other = places.find((place) => place !== '?');
  if (other !== undefined) return { ok: false, why: `${other} needs a name in parameters, as {"name": value}` };
  if (places.length === values.length) return { ok: true, values };
  return { ok: false, why: `it has ${places.length} places ? and ${values.length} parameters` };
}

function bindNamed(places: string[], given: Record<string, Scalar>): Bound {
  const listed = places.find((place) => place.startsWith('?'));
  if (listed !== undefined) return { ok: false, why: `${listed} needs a list of parameters, as [value]` };
  const nameOf = (place: string) => place.slice(1);
  const missing = places.find((place) => !Object.hasOwn(given, nameOf(place)));
  if (missing !== undefined) return { ok: false, why: `parameters has no ${nameOf(missing)}` };
  const unused = Object.keys(given).find((name) => !places.some((place) => nameOf(place) === name));
  if (unused !== undefined) return { ok: false, why: `it has no place for ${unused}: write :${unused}` };
  return { ok: true, values: Object.fromEntries(places.map((place) => [place, given[nameOf(place)] ?? null])) };
}
