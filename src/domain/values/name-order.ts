import { cutText } from './cut-text.js';

// Objects have their names in the order in which they were given, but for whole numbers, which come first by size.

/** Whether an object with these names has them in this order. */
export function keepsOrder(names: readonly string[]): boolean {
  const inValue = Object.keys(Object.fromEntries(names.map((name) => [name, null])));
  return names.every((name, index) => name === inValue[index]);
}

/** Names that a sentence gives. */
const MAX_NAMED = 30;

/** The warning about names that are not in their order, without its subject. */
export function orderChanged(names: readonly string[]): string {
  const order = `${names.slice(0, MAX_NAMED).join(', ')}${names.length > MAX_NAMED ? ', …' : ''}`;
  return `has names that are whole numbers, which come first in its value. In its order: ${order}.`;
}

/** Characters of a summary that name columns. */
const MAX_SUMMARY = 10_000;

/** The names in their order, for the summary of a value that could not keep it. */
export function columnsInOrder(names: readonly string[]): string {
  return `Columns: ${cutText(names.join(', '), MAX_SUMMARY)}`;
}

const WHOLE_NUMBER_NAME = /"\d{1,10}"\s*:/;

/** Texts, so that marks in them are passed over, and the marks between them. */
const JSON_PART = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\]:,]/g;

/**
 * The names of each object in valid JSON, in their order, each once; `depth` is 0 for the outermost value. An object comes
 * after those inside it.
 */
export function* objectsIn(json: string): Generator<{ names: string[]; depth: number }> {
  const open: (Set<string> | undefined)[] = [];
  let last = '';
  for (const [part] of json.matchAll(JSON_PART)) {
    if (part === '{') open.push(new Set());
    else if (part === '[') open.push(undefined);
    else if (part === ':') open.at(-1)?.add(String(JSON.parse(last)));
    else if (part === '}' || part === ']') {
      const names = open.pop();
      if (names !== undefined) yield { names: [...names], depth: open.length };
    }
    last = part;
  }
}

/** The names of the first object in valid JSON whose order its value cannot keep; undefined when there is none. */
export function movedNamesIn(json: string): string[] | undefined {
  if (!WHOLE_NUMBER_NAME.test(json)) return undefined;
  for (const { names } of objectsIn(json)) if (!keepsOrder(names)) return names;
  return undefined;
}
