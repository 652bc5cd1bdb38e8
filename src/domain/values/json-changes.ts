import { canonicalJson, escapePointer, isJsonObject, type Json } from './json.js';

/** One place in a value that differs: `old` is absent where it was added, `new` where it was removed. */
export interface ValueChange {
  /** JSON pointer; empty for the whole. */
  pointer: string;
  old?: Json;
  new?: Json;
}

/** Where two values differ, as deep as both are objects, or lists of as many objects. Undefined means absent. */
export function valueChanges(before: Json | undefined, after: Json | undefined, pointer = ''): ValueChange[] {
  if (isJsonObject(before) && isJsonObject(after)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...keys].flatMap((key) =>
      valueChanges(ownValue(before, key), ownValue(after, key), `${pointer}/${escapePointer(key)}`),
    );
  }
  if (isListOfObjects(before) && isListOfObjects(after) && before.length === after.length) {
    return before.flatMap((item, index) => valueChanges(item, after[index], `${pointer}/${index}`));
  }
  if (canonicalJson(before) === canonicalJson(after)) return [];
  return [
    { pointer, ...(before === undefined ? {} : { old: before }), ...(after === undefined ? {} : { new: after }) },
  ];
}

function isListOfObjects(value: Json | undefined): value is Json[] {
  return Array.isArray(value) && value.every(isJsonObject);
}

function ownValue(record: { [key: string]: Json }, key: string): Json | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
