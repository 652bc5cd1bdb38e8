import { isoTime, timeText, type TimeFormat } from './xlsx-times.js';

export interface CellRules {
  /** By the number of a style. */
  formats: (TimeFormat | undefined)[];
  from1904: boolean;
}

/** A sheet whose times and errors are texts, so that the reader gives them as they are. */
export interface PlainSheet {
  xml: string;
  /** Each is a sentence about the file, without its subject: the file's name comes first. */
  warnings: string[];
}

const OPEN = /<((?:\w+:)?)c((?:\s[^<>]*)?)>/g;
const VALUE = /<(?:\w+:)?v(?:\s[^<>]*)?(?:\/>|>([^<]*)<)/;
const FORMULA = /<(?:\w+:)?f[\s>/]/;

/** `xml` is the file of a sheet, with a character for each byte. */
export function plainSheet(xml: string, rules: CellRules): PlainSheet {
  const parts: string[] = [];
  const found = { errors: new Found(), formulas: new Found() };
  let done = 0;
  for (const { 0: open, 1: prefix = '', 2: attributes = '', index } of xml.matchAll(OPEN)) {
    if (attributes.endsWith('/')) continue;
    const from = index + open.length;
    const to = xml.indexOf(`</${prefix}c>`, from);
    // The reader reports what is cut off.
    if (to === -1) break;
    const plain = plainCell({ attributes, inner: xml.slice(from, to) }, rules, found);
    if (plain === undefined) continue;
    const place = ATTRIBUTES.r.exec(attributes)?.[0] ?? '';
    parts.push(xml.slice(done, index), `<${prefix}c${place} t="${plain.type}"><${prefix}v>${plain.text}</${prefix}v>`);
    done = to;
  }
  parts.push(xml.slice(done));
  return { xml: parts.join(''), warnings: warningsOf(found) };
}

interface Cell {
  attributes: string;
  inner: string;
}

interface FoundInCells {
  errors: Found;
  formulas: Found;
}

interface PlainCell {
  type: 'str' | 'n' | 'b';
  text: string;
}

/** The cell that replaces this one; undefined when it stays as it is. */
function plainCell(
  { attributes, inner }: Cell,
  rules: CellRules,
  { errors, formulas }: FoundInCells,
): PlainCell | undefined {
  const type = attributeOf(attributes, 't') ?? 'n';
  if (type === 's' || type === 'inlineStr') return undefined;
  const match = VALUE.exec(inner);
  const value = match === null ? undefined : (match[1] ?? '').trim();
  if (FORMULA.test(inner) && (value === undefined || (value === '' && type === 'n'))) {
    formulas.add(attributes, '');
    return { type: 'str', text: '' };
  }
  if (value === undefined || value === '' || type === 'str') return undefined;
  if (type === 'e') {
    errors.add(attributes, value);
    return { type: 'str', text: value };
  }
  if (type === 'b') return { type, text: value === 'true' ? '1' : value === 'false' ? '0' : value };
  if (type === 'd') return { type: 'str', text: isoTime(value) };
  if (!Number.isFinite(Number(value))) return { type: 'str', text: value };
  const format = rules.formats[Number(attributeOf(attributes, 's') ?? 'none')];
  if (format === undefined) return undefined;
  const text = timeText(Number(value), format, rules.from1904);
  // A value that is not a time stays a number, without the style that would make it one.
  return text === undefined ? { type: 'n', text: value } : { type: 'str', text };
}

const ATTRIBUTES = {
  r: /\sr=(?:"([^"]*)"|'([^']*)')/,
  s: /\ss=(?:"([^"]*)"|'([^']*)')/,
  t: /\st=(?:"([^"]*)"|'([^']*)')/,
};

function attributeOf(attributes: string, name: 'r' | 's' | 't'): string | undefined {
  const [, double, single] = ATTRIBUTES[name].exec(attributes) ?? [];
  return double ?? single;
}

class Found {
  count = 0;
  first = '';

  add(attributes: string, text: string): void {
    if (this.count === 0) this.first = `${text} in ${attributeOf(attributes, 'r') ?? 'a cell'}`.trim();
    this.count += 1;
  }
}

function warningsOf({ errors, formulas }: FoundInCells): string[] {
  const warnings: string[] = [];
  if (errors.count > 0) {
    const cells = errors.count === 1 ? 'a cell with an error' : `${errors.count} cells with errors`;
    warnings.push(
      `has ${cells} (${errors.count === 1 ? '' : 'the first is '}${errors.first}); each is read as a text.`,
    );
  }
  if (formulas.count > 0) {
    const cells = formulas.count === 1 ? 'a formula' : `${formulas.count} formulas`;
    const where = `${formulas.count === 1 ? '' : 'the first '}${formulas.first}`;
    const cure = 'Open it in a spreadsheet program and save it there';
    warnings.push(`has ${cells} without a stored result (${where}), read as null. ${cure}.`);
  }
  return warnings;
}
