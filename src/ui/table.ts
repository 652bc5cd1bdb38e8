import type { Look } from './look.js';
import type { Line } from './step-layout.js';
import { cutTo, padTo, textWidth, wrapItems, wrapTo } from './text-width.js';

/** A last column with less room than this has its cells below those before them. */
const LEAST_ROOM = 20;

/** Cells are printable. */
interface Table {
  headers: string[];
  rows: Line[][];
  /** Whether cells of the last column are wrapped, not cut. */
  wraps?: boolean;
}

/**
 * A table without borders: columns as wide as their cells, the last one in what is left. Where that is too little, each
 * last cell stands below the others.
 */
export function layoutTable({ headers, rows, wraps = false }: Table, look: Look): string[] {
  const all = [headers.map((text): Line => ({ text, paint: look.colour.dim })), ...rows];
  const widths = headers.map((_, column) => Math.max(...all.map((row) => textWidth(row[column]?.text ?? ''))));
  const before = widths.slice(0, -1).reduce((sum, width) => sum + width + 2, 0);
  const room = look.columns - before;
  const isBeside = room >= Math.min(LEAST_ROOM, widths.at(-1) ?? 0);
  const layout = { widths: before - 2 <= look.columns ? widths : undefined, wraps, look };
  if (isBeside) return all.flatMap((row) => beside(row, { before, ...layout }));
  return (layout.widths === undefined ? rows : all).flatMap((row) => below(row, layout));
}

interface Layout {
  /** Of the columns; undefined where not even those before the last one fit beside each other. */
  widths: number[] | undefined;
  wraps: boolean;
  look: Look;
}

function beside(row: Line[], layout: Layout & { before: number }): string[] {
  const [first = '', ...rest] = lastLines(row, layout.look.columns - layout.before, layout);
  const margin = ' '.repeat(layout.before);
  return [`${headLine(row, layout)}${first}`.trimEnd(), ...rest.map((line) => margin + line)];
}

function below(row: Line[], layout: Layout): string[] {
  const last = lastLines(row, layout.look.columns - 2, layout).map((line) => `  ${line}`);
  if (layout.widths !== undefined) {
    // The last one in the line needs no spaces behind it.
    const { text = '', paint } = row.at(-2) ?? {};
    return [headLine(row.slice(0, -1), layout) + painted({ text, paint }, text), ...last];
  }
  const cells = row
    .slice(0, -1)
    .filter(({ text }) => text !== '')
    .flatMap(({ text, paint }) => wrapTo(text, layout.look.columns).map((line) => ({ text: line, paint })));
  return [...wrapItems(cells, { width: layout.look.columns, between: '  ' }), ...last];
}

/** The cells before the last of these, each as wide as its column. */
function headLine(row: Line[], { widths = [] }: Layout): string {
  return row
    .slice(0, -1)
    .map((cell, column) => `${painted(cell, padTo(cell.text, widths[column] ?? 0))}  `)
    .join('');
}

function lastLines(row: Line[], width: number, { wraps, look }: Layout): string[] {
  const cell = row.at(-1) ?? { text: '' };
  if (cell.text === '') return [];
  const lines = wraps ? wrapTo(cell.text, width) : [cutTo(cell.text, width, look.symbols.ellipsis)];
  return lines.map((line) => painted(cell, line));
}

function painted({ text, paint }: Line, shown: string): string {
  return paint === undefined || text === '' ? shown : paint(shown);
}
