import { isJsonObject } from '../../domain/values/json.js';

type Fields = Record<string, unknown>;

/** The request with further fields: inside its own objects, too, but never in place of a value of its own. */
export function withFields(request: Fields, further: Fields): Fields {
  const merged: Fields = { ...further, ...request };
  for (const [name, own] of Object.entries(request)) {
    const added = further[name];
    if (isJsonObject(own) && isJsonObject(added)) merged[name] = withFields(own, added);
  }
  return merged;
}
