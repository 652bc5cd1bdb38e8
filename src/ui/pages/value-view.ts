import { asText, isJsonObject, type Json, type JsonObject } from '../../domain/values/json.js';
import { cutText } from '../../domain/values/cut-text.js';
import { markup, type Markup } from './markup.js';

/** Rows of a table that are shown before "all 300". */
const MOST_ROWS = 20;
/** Lines of a long text in a list or a tree. */
const FEW_LINES = 2;

/** A value in full, as a person reads it: prose, a table, a list of names with values, or JSON. */
export function valueView(value: Json): Markup {
  if (typeof value === 'string') return markup`<div class="text">${value}</div>`;
  if (typeof value === 'number') return numberView(value);
  if (value === null || typeof value === 'boolean') return markup`<span class="mono">${String(value)}</span>`;
  const rows = rowsOf(value);
  if (rows !== undefined) return tableView(rows);
  if (isJsonObject(value) && isFlat(value)) return namesView(value);
  return jsonView(value);
}

/** A value on one line, cut. */
export function briefView(value: Json, length = 80): Markup {
  if (typeof value === 'number') return numberView(value);
  if (typeof value === 'string') return markup`${cutText(value.replaceAll(/\s+/g, ' ').trim(), length)}`;
  if (Array.isArray(value)) {
    const first = value
      .slice(0, 3)
      .map(nameOf)
      .filter((name) => name !== undefined);
    const items = value.length === 1 ? '1 item' : `${value.length} items`;
    return markup`${cutText(first.length === 0 ? items : `${items}: ${first.join(', ')}`, length)}`;
  }
  if (isJsonObject(value) && isFlat(value)) {
    const parts = Object.entries(value).map(([name, each]) => `${name} ${asText(each)}`);
    return markup`${cutText(parts.join(', ').replaceAll(/\s+/g, ' '), length)}`;
  }
  return markup`<span class="mono">${cutText(JSON.stringify(value), length)}</span>`;
}

/** What a person knows an item by: itself, or the first value of an object. */
function nameOf(item: Json): string | undefined {
  const value = isJsonObject(item) ? Object.values(item)[0] : item;
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}

/** A value in a list or a tree: a long text has its first lines, and all of them on demand. */
export function foldedView(value: Json): Markup {
  const text = typeof value === 'string' ? value : JSON.stringify(value, null, 2);
  const lines = text.split('\n');
  if (lines.length <= FEW_LINES && text.length <= 200) return valueView(value);
  const about = typeof value === 'string' ? `all ${lines.length} lines` : 'all of it';
  return markup`<details><summary>${briefView(value, 160)} <span class="meta">${about}</span></summary>${valueView(value)}</details>`;
}

/** A number with separators, and exactly as it is for who points at it. */
export function numberView(value: number): Markup {
  const shown = Number.isInteger(value)
    ? value.toLocaleString('en-US')
    : value.toLocaleString('en-US', { maximumFractionDigits: 10 });
  return markup`<span class="num" title="${String(value)}">${shown}</span>`;
}

function jsonView(value: Json): Markup {
  return markup`<pre class="text">${JSON.stringify(value, null, 2)}</pre>`;
}

/** The rows of a list of objects with the same keys and simple values; undefined for every other value. */
function rowsOf(value: Json): JsonObject[] | undefined {
  if (!Array.isArray(value) || value.length === 0 || !value.every(isJsonObject)) return undefined;
  const keys = Object.keys(value[0] ?? {});
  const same = value.every((row) => keys.length > 0 && Object.keys(row).join('\n') === keys.join('\n'));
  return same && value.every((row) => Object.values(row).every(isCell)) ? value : undefined;
}

function isCell(value: Json): boolean {
  return (
    typeof value !== 'object' ||
    value === null ||
    (Array.isArray(value) && value.every((item) => typeof item !== 'object'))
  );
}

function isFlat(value: JsonObject): boolean {
  const values = Object.values(value);
  return values.length > 0 && values.length <= MOST_ROWS && values.every((each) => typeof each !== 'object');
}

/** The values of an object, each beside its name. */
function namesView(value: JsonObject): Markup {
  const rows = Object.entries(value).map(
    ([name, each]) => markup`<div><dt class="name">${name}</dt><dd class="text">${cell(each)}</dd></div>`,
  );
  return markup`<dl class="names">${rows}</dl>`;
}

function tableView(rows: readonly JsonObject[]): Markup {
  const keys = Object.keys(rows[0] ?? {});
  const isNumeric = keys.map((key) => rows.every((row) => typeof row[key] === 'number'));
  const right = (index: number) => isNumeric[index] === true && markup` class="r"`;
  const head = keys.map((key, index) => markup`<th scope="col"${right(index)}>${key}</th>`);
  const line = (row: JsonObject) =>
    markup`<tr>${keys.map((key, index) => markup`<td${right(index)}>${cell(row[key] ?? null)}</td>`)}</tr>`;
  const table = (some: readonly JsonObject[]) =>
    markup`<div class="scroll" tabindex="0" role="region" aria-label="Table"><table><thead><tr>${head}</tr></thead><tbody>${some.map(line)}</tbody></table></div>`;
  if (rows.length <= MOST_ROWS) return table(rows);
  return markup`${table(rows.slice(0, MOST_ROWS))}<details><summary>all ${rows.length}</summary>${table(rows)}</details>`;
}

function cell(value: Json): Markup {
  if (typeof value === 'number') return numberView(value);
  if (Array.isArray(value)) return markup`${value.map(asText).join(', ')}`;
  return markup`${value === null ? '' : asText(value)}`;
}
