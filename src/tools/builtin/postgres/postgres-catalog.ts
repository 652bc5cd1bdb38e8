import type { JsonObject } from '../../../domain/values/json.js';
import type { Session } from './postgres-session.js';

/** A table in the search path is called by its name alone. */
const NAME = "case when pg_table_is_visible(c.oid) then c.relname else n.nspname || '.' || c.relname end";

const READABLE = `from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'v', 'm', 'f')
    and n.nspname <> 'information_schema' and n.nspname not like 'pg\\_%'
    and has_schema_privilege(n.oid, 'usage') and has_any_column_privilege(c.oid, 'select')`;

/** The tables and views that can be read, but for those of the system. */
export async function tableNames(session: Session): Promise<string[]> {
  const { rows } = await session.ask(`select ${NAME} as name ${READABLE} order by name`);
  return rows.map(([name]) => name ?? '');
}

const COLUMNS = `select a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
    pg_get_expr(d.adbin, d.adrelid), array_position(string_to_array(i.indkey::text, ' '), a.attnum::text)
  from (select c.oid ${READABLE} and $1 in (${NAME}, n.nspname || '.' || c.relname)) t
  join pg_catalog.pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
  left join pg_catalog.pg_attrdef d on d.adrelid = t.oid and d.adnum = a.attnum
  left join pg_catalog.pg_index i on i.indrelid = t.oid and i.indisprimary
  order by a.attnum`;

/** The columns of a table, as SQLite's `table_info` has them; none for a table that does not exist. */
export async function columnsOf(session: Session, table: string): Promise<JsonObject[]> {
  const { rows } = await session.ask(COLUMNS, [table]);
  return rows.map(([name = null, type = null, notNull, defaultValue = null, key], cid) => ({
    cid,
    name,
    type,
    notnull: notNull === 't' ? 1 : 0,
    dflt_value: defaultValue,
    pk: Number(key ?? 0),
  }));
}
