import { padTo, textWidth, wrapTo } from './text-width.js';

/** What a page of Markdown is made of. A picture has its caption, and is not printed. */
type Part = PrintedPart | { kind: 'picture' };

type PrintedPart =
  | { kind: 'heading'; level: number; text: string }
  | { kind: 'code'; lines: string[] }
  | { kind: 'table'; rows: string[][] }
  | { kind: 'item'; mark: string; text: string }
  | { kind: 'text'; text: string };

/** Columns of a table that do not fit are not made narrower than this. */
const LEAST_COLUMN = 8;

/** A page of Markdown in plain text: paragraphs and tables wrapped, code as it is, no pictures. Ends with a line end. */
export function layoutPage(markdown: string, width: number): string {
  let text = '';
  let before: PrintedPart | undefined;
  for (const part of partsOf(markdown)) {
    if (part.kind === 'picture') continue;
    const isList = part.kind === 'item' && before?.kind === 'item';
    if (before !== undefined && !isList) text += '\n';
    text += `${layoutPart(part, width).join('\n')}\n`;
    before = part;
  }
  return text;
}

/** The part of a page below a heading of the second level, with that heading. */
export function sectionOf(markdown: string, heading: string): string | undefined {
  const start = `## ${heading}\n`;
  const section = markdown.split(/^(?=## )/m).find((text) => text.startsWith(start));
  return section?.trimEnd();
}

function partsOf(markdown: string): Part[] {
  const parts: Part[] = [];
  let open: Part | undefined;
  for (const line of markdown.split('\n')) {
    if (open?.kind === 'code') {
      if (line.startsWith('```')) open = undefined;
      else open.lines.push(line);
      continue;
    }
    const next = line.trim() === '' ? undefined : readLine(line, open);
    if (next !== undefined && next !== open) parts.push(next);
    open = next?.kind === 'heading' ? undefined : next;
  }
  return parts;
}

/** The part that a line begins, or the open one, which it continues. */
function readLine(line: string, open: Part | undefined): Part {
  if (line.startsWith('```')) return { kind: 'code', lines: [] };
  const [, signs = '', heading] = /^(#+) (.*)$/.exec(line) ?? [];
  if (heading !== undefined) return { kind: 'heading', level: signs.length, text: plainText(heading) };
  if (open?.kind === 'picture') return open;
  if (/^(!\[|<img )/.test(line)) return { kind: 'picture' };
  if (line.startsWith('|')) return tableWith(line, open);
  const [, mark, item = ''] = /^(\* |\d+\. )(.*)$/.exec(line) ?? [];
  if (mark !== undefined) return { kind: 'item', mark, text: item };
  if (open?.kind !== 'item' && open?.kind !== 'text') return { kind: 'text', text: line };
  open.text += ` ${line.trim()}`;
  return open;
}

function tableWith(line: string, open: Part | undefined): Part {
  const table = open?.kind === 'table' ? open : { kind: 'table' as const, rows: [] };
  const cells = line.split(/(?<!\\)\|/).slice(1, -1);
  if (!/^[|\-: ]+$/.test(line))
    table.rows.push(cells.map((cell) => plainText(cell.trim().replaceAll(String.raw`\|`, '|'))));
  return table;
}

function layoutPart(part: PrintedPart, width: number): string[] {
  switch (part.kind) {
    case 'heading':
      return part.level > 2 ? [part.text] : [part.text, (part.level === 1 ? '=' : '-').repeat(textWidth(part.text))];
    case 'code':
      return part.lines.map((line) => (line === '' ? '' : `  ${line}`));
    case 'table':
      return layoutRows(part.rows, width);
    case 'item':
      return hanging(part.mark, wrapTo(plainText(part.text), width - part.mark.length));
    case 'text':
      return wrapTo(plainText(part.text), width);
  }
}

function hanging(mark: string, [first = '', ...rest]: string[]): string[] {
  return [mark + first, ...rest.map((line) => ' '.repeat(mark.length) + line)];
}

function layoutRows(rows: string[][], width: number): string[] {
  const widths = columnWidths(rows, width - 2);
  return rows.flatMap((row) => {
    const cells = row.map((cell, column) => wrapTo(cell, widths[column] ?? width));
    const height = Math.max(...cells.map((lines) => lines.length));
    return Array.from({ length: height }, (_, line) =>
      `  ${cells.map((lines, column) => padTo(lines[line] ?? '', widths[column] ?? 0)).join('  ')}`.trimEnd(),
    );
  });
}

/** As wide as the longest cells; where that is too much, the widest columns give way first. */
function columnWidths(rows: string[][], width: number): number[] {
  const columns = rows[0]?.length ?? 0;
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => textWidth(row[column] ?? ''))),
  );
  const room = width - 2 * (columns - 1);
  for (;;) {
    const used = widths.reduce((sum, each) => sum + each, 0);
    const widest = Math.max(...widths);
    if (used <= room || widest <= LEAST_COLUMN) return widths;
    widths[widths.indexOf(widest)] = widest - 1;
  }
}

/** Without the signs of Markdown. Code keeps its marks: it is what can be typed. */
function plainText(text: string): string {
  return text
    .split(/(`[^`]*`)/)
    .map((piece) => (piece.startsWith('`') ? piece : plainPiece(piece)))
    .join('');
}

function plainPiece(text: string): string {
  return text
    .replaceAll(/\[([^\]]+)\]\(([^)]+)\)/g, (_, label: string, target: string) => plainLink(label, target))
    .replaceAll(/\*\*([^*]+)\*\*/g, '$1')
    .replaceAll(/\*([^\s*](?:[^*]*[^\s*])?)\*/g, '$1');
}

/** A link to another page names the command that prints it. */
function plainLink(label: string, target: string): string {
  const [, page] = /([\w-]+)\.md(?:#.*)?$/.exec(target) ?? [];
  if (page === undefined) return `${label} (${target})`;
  return label.toLowerCase() === page ? `\`portia help ${page}\`` : `${label} (\`portia help ${page}\`)`;
}
