import type { Look } from './look.js';
import { cutTo, padTo, textWidth } from './text-width.js';
import type { Line } from './step-layout.js';

/** A table without borders: columns as wide as their cells, the last one cut to what is left. Cells are printable. */
export function layoutTable(headers: string[], rows: Line[][], look: Look): string[] {
  const widths = headers.map((header, column) =>
    rows.reduce((width, row) => Math.max(width, textWidth(row[column]?.text ?? '')), textWidth(header)),
  );
  const before = widths.slice(0, -1).reduce((sum, width) => sum + width + 2, 0);
  const last = Math.max(8, look.columns - before);
  const draw = (cells: Line[]) =>
    cells
      .map((cell, column) => {
        const isLast = column === headers.length - 1;
        const text = isLast ? cutTo(cell.text, last, look.symbols.ellipsis) : padTo(cell.text, widths[column] ?? 0);
        return cell.paint === undefined || cell.text === '' ? text : cell.paint(text);
      })
      .join('  ')
      .trimEnd();
  return [draw(headers.map((text) => ({ text, paint: look.colour.dim }))), ...rows.map(draw)];
}
