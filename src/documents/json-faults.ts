import { LineIndex } from './positions.js';

/** What is wrong at one place, and what to write there. Neither quotes a value, because it may be a secret. */
export interface JsonFault {
  offset: number;
  problem: string;
  fix: string;
}

export type Expected = 'value' | 'value or ]' | 'name' | 'name or }' | 'colon' | 'comma or end' | 'nothing';

/** An object or a list that is open, and where it begins. */
export type Frame = { offset: number } & ({ kind: 'object'; names: Set<string> } | { kind: 'array' });

/** Where the reader is, and what could have come next. */
interface Situation {
  text: string;
  offset: number;
  expected: Expected;
  frames: readonly Frame[];
}

type Said = Omit<JsonFault, 'offset'>;

/** At something that is not a part of JSON at all. */
export function unreadableFault(situation: Situation): JsonFault {
  const { text, offset } = situation;
  if (text[offset] === '"') return textFault(text, offset);
  return { offset, ...(strayFault(situation) ?? wordFault(situation)) };
}

/** At a part of JSON that does not belong there. */
export function misplacedFault(situation: Situation, token: string): JsonFault {
  const { text, offset, expected, frames } = situation;
  if (
    expected === 'comma or end' &&
    /^\d/.test(token) &&
    /[-\s,:[]0$/.test(text.slice(Math.max(0, offset - 2), offset))
  )
    return { offset, problem: 'a number cannot begin with 0', fix: 'Remove the 0, or put a text of digits in quotes.' };
  const open = frames.at(-1);
  const why = /^[}\]]$/.test(token) && open !== undefined ? `, because the ${opened(open, text)} is open` : '';
  return { offset, problem: `${describe(expected, frames)}${why}`, fix: misplacedFix(situation, token) };
}

/** Undefined when the text may end here. */
export function endFault({ text, offset, expected, frames }: Situation): JsonFault | undefined {
  if (expected === 'nothing') return undefined;
  const problem = `the text ends too early: ${describe(expected, frames)}`;
  const open = frames.at(-1);
  if (open === undefined) return { offset, problem, fix: 'Write a value, for example {}.' };
  const closing = frames.map(closerOf).toReversed().slice(0, 20).join(' ');
  const fix = `Write ${closing} at the end, or get the rest of the file: it may be cut off.`;
  return { offset, problem: `${problem}, because the ${opened(open, text)} is open`, fix };
}

function textFault(text: string, start: number): JsonFault {
  for (let offset = start + 1; offset < text.length; offset += 1) {
    const character = text[offset] ?? '';
    if (character === '\n' || character === '\r') break;
    if (character === '\\') {
      const escape = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
      escape.lastIndex = offset;
      if (!escape.test(text)) return { offset, ...WRONG_ESCAPE };
      offset = escape.lastIndex - 1;
    } else if (character === '\t') {
      return { offset, problem: 'a text cannot have a tab', fix: String.raw`Write \t instead of the tab.` };
    } else if (character < ' ') {
      const code = codeOf(character);
      const fix = `Remove it, or write \\u${code}.`;
      return { offset, problem: `a text cannot have the control character U+${code}`, fix };
    }
  }
  return { offset: start, ...UNCLOSED };
}

const WRONG_ESCAPE: Said = {
  problem: String.raw`a \ in a text is followed by one of " \ / b f n r t, or by u and four digits`,
  fix: String.raw`Write \\ for one backslash, for example: "\\d+"`,
};

const UNCLOSED: Said = {
  problem: 'this text has no closing quote on its line',
  fix: String.raw`Write " at the end of the text; a line break inside a text is written \n.`,
};

const BY_CHARACTER: Partial<Record<string, Said>> = {
  "'": { problem: 'text needs double quotes, not single ones', fix: `Write "…" instead of '…'.` },
  '/': { problem: 'JSON has no comments', fix: 'Remove the comment.' },
  '#': { problem: 'JSON has no comments', fix: 'Remove the comment.' },
  '<': { problem: 'this looks like a web page', fix: 'Get the file itself, not the page that shows it.' },
  '`': { problem: 'this is Markdown around JSON', fix: 'Remove the lines with ``` and everything outside of them.' },
};

/** Characters that show by themselves what was meant; undefined for all others. */
function strayFault({ text, offset, expected, frames }: Situation): Said | undefined {
  const character = text[offset] ?? '';
  const problem = describe(expected, frames);
  if (/[“”„«»]/.test(character)) {
    return { problem: 'text needs straight double quotes, not curly ones', fix: 'Write "…" with straight quotes.' };
  }
  if (character < ' ') {
    return {
      problem: `the character U+${codeOf(character)} is not JSON`,
      fix: 'Save the file as plain text in UTF-8.',
    };
  }
  if (character === ';' && expected === 'comma or end') return { problem, fix: 'Write a comma instead of ;.' };
  if (character === '=' && expected === 'colon') return { problem, fix: 'Write : instead of =.' };
  if (/[+.]/.test(character) && /\d/.test(text[offset + 1] ?? '')) {
    return { problem: 'a number begins with a digit or -', fix: 'Write 1 instead of +1, and 0.5 instead of .5.' };
  }
  return BY_CHARACTER[character];
}

const WORDS: Partial<Record<string, Said>> = {
  true: { problem: 'true is written in small letters', fix: 'Write true.' },
  false: { problem: 'false is written in small letters', fix: 'Write false.' },
  null: { problem: 'null is written in small letters', fix: 'Write null.' },
  none: { problem: 'JSON calls this null', fix: 'Write null.' },
  undefined: { problem: 'JSON has no undefined', fix: 'Write null, or leave the name out.' },
  nan: { problem: 'JSON has no NaN', fix: 'Write null, or the word in quotes.' },
  infinity: { problem: 'JSON has no infinity', fix: 'Write a number, or the word in quotes.' },
  '-infinity': { problem: 'JSON has no infinity', fix: 'Write a number, or the word in quotes.' },
};

function wordFault({ text, offset, expected, frames }: Situation): Said {
  const word = /-?[a-z]*/iy;
  word.lastIndex = offset;
  const known = expected.startsWith('value') ? WORDS[word.exec(text)?.[0].toLowerCase() ?? ''] : undefined;
  if (known !== undefined) return known;
  const problem = describe(expected, frames);
  if (frames.length === 0) return { problem, fix: strayFix(text, expected) };
  return { problem, fix: FIX_OF_WORD[expected] };
}

function strayFix(text: string, expected: Expected): string {
  if (expected === 'nothing') return 'Remove everything after the end.';
  if (/[{[]/.test(text)) return 'Remove everything before the first { or [.';
  return 'Write it as JSON: an object is { "name": "value" }, a text is in double quotes.';
}

const FIX_OF_WORD: Record<Expected, string> = {
  value: 'Put a text in double quotes.',
  'value or ]': 'Put a text in double quotes.',
  name: 'Put the name in double quotes.',
  'name or }': 'Put the name in double quotes.',
  colon: 'Write : after the name. Look before it for a " that is missing.',
  'comma or end': String.raw`Write a comma before it. If it belongs to the text before it: a " inside a text is written \".`,
  nothing: 'Remove everything after the end.',
};

function misplacedFix({ text, offset, expected, frames }: Situation, token: string): string {
  const open = frames.at(-1);
  const isClosing = token === '}' || token === ']';
  switch (expected) {
    case 'value':
    case 'value or ]':
      return token === ',' ? 'Remove the comma, or write a value before it.' : 'Write a value; null stands for none.';
    case 'name':
    case 'name or }':
      if (token === ',') return 'Remove the comma.';
      if (/^[{[]$/.test(token)) return 'Write "name": before it. Objects without names go in a list: [ ].';
      return isClosing ? 'Write } instead.' : 'Put the name in double quotes, and : after it.';
    case 'colon':
      return 'Write : and a value after the name.';
    case 'comma or end':
      if (isClosing && open !== undefined) return `Write ${closerOf(open)} before it, or remove it.`;
      if (token === ':')
        return open?.kind === 'array' ? 'Put names and values in { }.' : 'Write a comma before the name.';
      return commaFix(text, offset);
    case 'nothing':
      return isClosing ? 'Remove it: it closes nothing.' : 'Remove it, or put it into a file of its own.';
  }
}

function commaFix(text: string, offset: number): string {
  const lines = new LineIndex(text);
  const { line } = lines.at(text.slice(0, offset).trimEnd().length - 1);
  return line === lines.at(offset).line ? 'Write a comma before it.' : `Write a comma at the end of line ${line}.`;
}

function opened(frame: Frame, text: string): string {
  return `${frame.kind === 'object' ? '{' : '['} of line ${new LineIndex(text).at(frame.offset).line}`;
}

const closerOf = ({ kind }: Frame) => (kind === 'object' ? '}' : ']');

const codeOf = (character: string) => character.charCodeAt(0).toString(16).padStart(4, '0').toUpperCase();

function describe(expected: Expected, frames: readonly Frame[]): string {
  switch (expected) {
    case 'value':
      return 'expected a value';
    case 'value or ]':
      return 'expected a value or ]';
    case 'name':
      return 'expected a name in double quotes';
    case 'name or }':
      return 'expected a name in double quotes, or }';
    case 'colon':
      return 'expected : after the name';
    case 'comma or end':
      return `expected a comma or ${frames.at(-1)?.kind === 'object' ? '}' : ']'}`;
    case 'nothing':
      return 'expected nothing after the end of the value';
  }
}
