import { ContentRefused } from './content-refused.js';

/**
 * How many cells a CSV text has, before memory is spent on them. Quotes inside of a cell that does not begin with one are
 * text. Throws ContentRefused when a cell in quotes does not end, or has more behind its last quote.
 */
export function countCells(text: string, delimiter: string): number {
  let count = 0;
  let isStart = true;
  for (let at = 0; at < text.length; at += 1) {
    if (isStart && text[at] === '"') at = endOfQuotes(text, at, delimiter) + 1;
    isStart = at < text.length && isEnd(text[at], delimiter);
    if (isStart) count += 1;
  }
  return count;
}

function isEnd(character: string | undefined, delimiter: string): boolean {
  return character === delimiter || character === '\n' || character === '\r';
}

function endOfQuotes(text: string, start: number, delimiter: string): number {
  for (let at = text.indexOf('"', start + 1); at !== -1; at = text.indexOf('"', at + 2)) {
    const next = text[at + 1];
    if (next === undefined || isEnd(next, delimiter)) return at;
    if (next === '"') continue;
    const why = `the quotes of a cell close before ${JSON.stringify(next)} on line ${lineOf(text, at)}`;
    throw new ContentRefused(`${why}. Write each quote inside it twice`);
  }
  const why = `a cell begins with a quote on line ${lineOf(text, start)}, and no quote closes it`;
  throw new ContentRefused(`${why}. Add one at its end, or write the cell as """…"`);
}

function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split(/\r\n|\n|\r/).length;
}
