import { ContentRefused } from './content-refused.js';

export interface Sheet {
  name: string;
  /** From 1, among all sheets of the workbook. */
  place: number;
  isHidden: boolean;
  /** Its file; undefined when it is not a table: a chart, for example. */
  file: string | undefined;
}

export type XmlFiles = ReadonlyMap<string, Buffer>;

/** The sheets of a workbook, in its order. */
export function sheetsOf(files: XmlFiles): Sheet[] {
  const relations = new Map(
    tags(textOf(files, 'xl/_rels/workbook.xml.rels'), 'Relationship').map((tag) => [attribute(tag, 'Id'), tag]),
  );
  return tags(textOf(files, 'xl/workbook.xml'), 'sheet').map((tag, index) => {
    const relation = relations.get(attribute(tag, 'id')) ?? '';
    const target = attribute(relation, 'Target') ?? '';
    const file = target.startsWith('/') ? target.slice(1) : `xl/${target}`;
    return {
      name: attribute(tag, 'name') ?? '',
      place: index + 1,
      isHidden: /hidden$/i.test(attribute(tag, 'state') ?? ''),
      file: attribute(relation, 'Type')?.endsWith('/worksheet') && files.has(file) ? file : undefined,
    };
  });
}

/** Whether its days count from 1904, as on old Macs. */
export function countsFrom1904(files: XmlFiles): boolean {
  const [properties = ''] = tags(textOf(files, 'xl/workbook.xml'), 'workbookPr');
  return ['1', 'true'].includes(attribute(properties, 'date1904') ?? '');
}

/** The number formats of the styles, by the number that cells give: an id, and the code where the workbook defines one. */
export function numberFormats(files: XmlFiles): { id: number; code: string | undefined }[] {
  const styles = textOf(files, 'xl/styles.xml');
  const codes = new Map(
    tags(styles, 'numFmt').map((tag) => [attribute(tag, 'numFmtId'), attribute(tag, 'formatCode')]),
  );
  const from = styles.search(/<(?:\w+:)?cellXfs[\s>]/);
  if (from === -1) return [];
  const to = styles.slice(from).search(/<\/(?:\w+:)?cellXfs>/);
  return tags(styles.slice(from, to === -1 ? undefined : from + to), 'xf').map((tag) => {
    const id = attribute(tag, 'numFmtId');
    return { id: Number(id), code: codes.get(id) };
  });
}

/** The sheet of that name, else the first with cells among those that are shown. Throws ContentRefused. */
export function chooseSheet(sheets: Sheet[], said: string | undefined, hasCells: (file: string) => boolean): Sheet {
  if (said !== undefined) return namedSheet(sheets, said);
  const shown = sheets.filter(({ file, isHidden }) => file !== undefined && !isHidden);
  const chosen = shown.find(({ file }) => file !== undefined && hasCells(file)) ?? shown[0];
  if (chosen !== undefined) return chosen;
  if (sheets.length === 0) throw new ContentRefused('it is not a readable spreadsheet: it names no sheets');
  const cure = sheets.some(({ file }) => file !== undefined)
    ? '. Say which hidden one is meant, such as sheet=NAME'
    : '';
  throw new ContentRefused(`no sheet with a table is shown. Its sheets are ${listSheets(sheets)}${cure}`);
}

function namedSheet(sheets: Sheet[], said: string): Sheet {
  const found =
    sheets.find(({ name }) => name === said) ?? sheets.find(({ name }) => name.toLowerCase() === said.toLowerCase());
  if (found === undefined) {
    throw new ContentRefused(`it has no sheet ${JSON.stringify(said)}. Its sheets are ${listSheets(sheets)}`);
  }
  if (found.file !== undefined) return found;
  throw new ContentRefused(`the sheet ${JSON.stringify(said)} is not a table. Its sheets are ${listSheets(sheets)}`);
}

/** Sheets that a sentence names. */
const MAX_NAMED = 30;

export function listSheets(sheets: Sheet[]): string {
  const named = sheets.slice(0, MAX_NAMED).map(({ name, isHidden, file }) => {
    const note = file === undefined ? ' (no table)' : isHidden ? ' (hidden)' : '';
    return `${JSON.stringify(name)}${note}`;
  });
  const more = sheets.length - named.length;
  return [...named, ...(more > 0 ? [`and ${more} more`] : [])].join(', ');
}

function textOf(files: XmlFiles, name: string): string {
  return files.get(name)?.toString('utf8') ?? '';
}

function tags(xml: string, name: string): string[] {
  return xml.match(new RegExp(`<(?:\\w+:)?${name}\\s[^<>]*>`, 'g')) ?? [];
}

function attribute(tag: string, name: string): string | undefined {
  const [, value] = new RegExp(`\\s(?:\\w+:)?${name}=("[^"]*"|'[^']*')`).exec(tag) ?? [];
  return value === undefined ? undefined : unescape(value.slice(1, -1));
}

const ENTITIES: Partial<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function unescape(text: string): string {
  return text.replaceAll(/&(#x?)?(\w+);/g, (whole, mark: string | undefined, name: string) => {
    if (mark === undefined) return ENTITIES[name] ?? whole;
    const code = Number.parseInt(name, mark === '#' ? 10 : 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
