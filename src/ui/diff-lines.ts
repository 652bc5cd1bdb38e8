import type { ValueChange } from '../domain/values/json-changes.js';
import type { Json } from '../domain/values/json.js';
import type { Look } from './look.js';
import { oneLine, printable } from '../domain/values/printable.js';
import { limitLines } from './step-layout.js';
import { textWidth, wrapTo } from './text-width.js';

/** `+` there now, `-` there before, `~` there in another form. */
export type Mark = '+' | '-' | '~';

/** What is compared, the old above the new, as people know it from files. */
export function diffHead(before: string, after: string, look: Look): string[] {
  return [look.colour.red(`--- ${oneLine(before)}`), look.colour.green(`+++ ${oneLine(after)}`)];
}

/** Lines without colour behind their mark, in its colour. */
export function markedLines(mark: Mark, lines: string[], look: Look): string[] {
  const paint = painterOf(mark, look);
  return lines.map((line, index) => paint(`${index === 0 ? mark : ' '} ${line}`.trimEnd()));
}

function painterOf(mark: Mark, { colour }: Look): (text: string) => string {
  if (mark === '~') return colour.yellow;
  return mark === '+' ? colour.green : colour.red;
}

const INDENT = '      ';

/** Each place that differs, with what was there and what is there. Nothing is cut without saying how much. */
export function changeLines(keys: ValueChange[], look: Look): string[] {
  return keys.flatMap((key) => valueLines(key, look)).map((line) => INDENT + line);
}

function valueLines(change: ValueChange, look: Look): string[] {
  const name = nameOf(change.pointer);
  const values = memberTexts(change) ?? valueTexts(change);
  const whole = values.map(({ mark, text }) => `${mark} ${text}`).join('  ');
  const width = look.columns - INDENT.length;
  if (textWidth(`${name}  ${whole}`) <= width) {
    const painted = values.map(({ mark, text }) => painterOf(mark, look)(`${mark} ${text}`)).join('  ');
    return [`${name}  ${painted}`];
  }
  return [
    name,
    ...values.flatMap(({ mark, text }) =>
      markedLines(mark, limitLines(wrapTo(text, width - 4), look, {}), look).map((line) => `  ${line}`),
    ),
  ];
}

/** `/args/filename` as people write it; the whole value has no name but its own. */
function nameOf(pointer: string): string {
  const keys = pointer.split('/').slice(1);
  return keys.length === 0 ? 'value' : oneLine(keys.map(unescape).join('.'));
}

function unescape(key: string): string {
  return key.replaceAll('~1', '/').replaceAll('~0', '~');
}

interface MarkedText {
  mark: '-' | '+';
  text: string;
}

function valueTexts(change: ValueChange): MarkedText[] {
  return [
    ...('old' in change ? [{ mark: '-' as const, text: printable(JSON.stringify(change.old)) }] : []),
    ...('new' in change ? [{ mark: '+' as const, text: printable(JSON.stringify(change.new)) }] : []),
  ];
}

/** Of two lists of words, such as tools, only those that came or went. */
function memberTexts({ old, new: current }: ValueChange): MarkedText[] | undefined {
  if (!isListOfWords(old) || !isListOfWords(current)) return undefined;
  const gone = old.filter((word) => !current.includes(word));
  const come = current.filter((word) => !old.includes(word));
  if (gone.length + come.length === 0) return undefined;
  return [
    ...(gone.length === 0 ? [] : [{ mark: '-' as const, text: oneLine(gone.join(', ')) }]),
    ...(come.length === 0 ? [] : [{ mark: '+' as const, text: oneLine(come.join(', ')) }]),
  ];
}

function isListOfWords(value: Json | undefined): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

/** `1 added, 2 changed`, or that nothing is. */
export function countLine(changes: { change: string }[], look: Look): string {
  if (changes.length === 0) return 'No differences.';
  const counts = ['added', 'removed', 'changed', 'moved'].flatMap((change) => {
    const number = changes.filter((candidate) => candidate.change === change).length;
    return number === 0 ? [] : [`${number} ${change}`];
  });
  return look.colour.dim(counts.join(` ${look.symbols.separator} `));
}
