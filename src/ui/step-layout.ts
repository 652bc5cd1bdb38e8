import { grouped } from './brief-value.js';
import type { Look } from './look.js';
import type { StepLine } from './step-lines.js';
import type { StepNote } from './step-notes.js';
import { textWidth, wrapTo } from './text-width.js';

/** A plain line and how it is painted; width is always measured before painting. */
export interface Line {
  text: string;
  paint?: ((text: string) => string) | undefined;
}

/** One step as it is drawn: number, mark, who, then lines of text beside each other. */
export interface StepRow {
  depth: number;
  number: string;
  mark: Line;
  who: string;
  body: Line[];
  /** Shown at the right end of the first line. */
  right?: string | undefined;
}

/** Where the columns of a table of steps are. */
export interface StepColumns {
  /** Cells before the text: number, mark and who. */
  lead: number;
  right: number;
  /** Cells left for the text. */
  body: number;
}

type Outline = Pick<StepRow, 'depth' | 'number' | 'who' | 'right'>;

export function measureSteps(rows: Outline[], look: Look): StepColumns {
  const widest = (texts: string[]) => texts.reduce((width, text) => Math.max(width, textWidth(text)), 0);
  const right = widest(rows.map((row) => row.right ?? ''));
  const beside = 2 + (right === 0 ? 0 : right + 2);
  // Names give way to the text, which is wrapped below those that are too long.
  const most = Math.min(Math.floor(look.columns * 0.4), look.columns - beside - LEAST_BODY);
  const lead = Math.min(widest(rows.map((row) => leadOf(row) + row.who)), most);
  return { lead, right, body: look.columns - lead - beside };
}

const LEAST_BODY = 16;

/** Number and a place for the mark, before who. */
function leadOf(row: Pick<StepRow, 'depth' | 'number'>): string {
  const number = row.depth === 0 ? row.number.padStart(2) : ' '.repeat(1 + 2 * row.depth) + row.number;
  return `${number} * `;
}

export function layoutStep(row: StepRow, columns: StepColumns, look: Look): string[] {
  const start = leadOf(row);
  const margin = ' '.repeat(columns.lead + 2);
  // A name that is too long for its column is shown whole, and the text begins below.
  const isWide = textWidth(start + row.who) > columns.lead;
  const [first, ...rest] = row.body;
  const head =
    start.replace('* ', `${paintLine(row.mark)} `) +
    look.colour.cyan(isWide ? row.who : row.who + ' '.repeat(columns.lead - textWidth(start + row.who)));
  const below = isWide && first !== undefined ? row.body : rest;
  // A wide name takes the room of the text beside it.
  const body = isWide ? columns.body - (textWidth(start + row.who) - columns.lead) : columns.body;
  return [
    endLine(head, isWide ? { text: '' } : (first ?? { text: '' }), { row, columns: { ...columns, body }, look }),
    ...below.map((line) => margin + paintLine(line)),
  ];
}

function endLine(head: string, line: Line, at: { row: StepRow; columns: StepColumns; look: Look }): string {
  const { row, columns, look } = at;
  if (row.right === undefined || row.right === '') return `${head}  ${paintLine(line)}`.trimEnd();
  const gap = ' '.repeat(Math.max(0, columns.body - textWidth(line.text)));
  return `${head}  ${paintLine(line)}${gap}  ${look.colour.dim(row.right.padStart(columns.right))}`;
}

function paintLine(line: Line): string {
  return line.text === '' || line.paint === undefined ? line.text : line.paint(line.text);
}

const MOST_LINES = 8;

/** Long texts may be cut; `shownBy` is the key, flag or command that shows all of them. */
export interface Cut {
  shownBy?: string | undefined;
}

/** Everything a step says, wrapped: nothing is left out without saying how much. */
export function fullBody(line: StepLine, { width, cut }: { width: number; cut?: Cut | undefined }, look: Look): Line[] {
  const { symbols, colour } = look;
  const notes = line.notes.map((note) => ({ note, label: labelOf(note, look) }));
  const arrow = line.output === undefined ? undefined : `${symbols.to} ${line.output}`;
  const text = line.text === '' ? [] : limitLines(wrapTo(line.text, width), look, cut);
  const body: Line[] = [
    ...text.map((item) => ({ text: item })),
    ...notes.flatMap(({ note, label }) => noteLines(note, { label, width, look, cut })),
  ];
  if (arrow === undefined) return body;
  const last = body.at(-1);
  const mayJoin = last !== undefined && (body.length === 1 || line.notes.at(-1)?.label === 'from');
  if (mayJoin && textWidth(last.text) + 2 + textWidth(arrow) <= width) {
    const { paint = (item: string) => item, text: before } = last;
    body[body.length - 1] = {
      text: `${before}  ${arrow}`,
      // Painted in two parts, whose joint is where the arrow begins.
      paint: (whole) => paint(whole.slice(0, before.length)) + colour.green(whole.slice(before.length)),
    };
    return body;
  }
  return [...body, ...wrapTo(arrow, width).map((item) => ({ text: item, paint: colour.green }))];
}

function labelOf(note: StepNote, look: Look): string {
  return note.label === 'from' ? look.symbols.from : note.label;
}

function noteLines(note: StepNote, at: { label: string; width: number; look: Look; cut: Cut | undefined }): Line[] {
  const lines = limitLines(wrapTo(`${at.label} ${note.text}`, at.width), at.look, at.cut);
  return lines.map((text) => ({ text, paint: at.look.colour.dim }));
}

/** The lines; where they may be cut, the first of them and how many characters the others have. */
export function limitLines(lines: string[], look: Look, cut: Cut | undefined): string[] {
  if (cut === undefined || lines.length <= MOST_LINES) return lines;
  const hidden = lines.slice(MOST_LINES - 1).reduce((sum, line) => sum + line.length, 0);
  const shown = cut.shownBy === undefined ? '' : ` (${cut.shownBy} shows all)`;
  const more = `${look.symbols.ellipsis} +${grouped(hidden)} characters${shown}`;
  const shownLines = lines.slice(0, MOST_LINES - 1);
  return [...shownLines, ...wrapTo(more, Math.max(...shownLines.map(textWidth)))];
}
