import { isJsonObject, type Json, type JsonObject, type JsonSchema } from '../domain/values/json.js';

/**
 * The reference through which a JSON Schema leads back to itself before it has looked into any part of the value, as
 * it is written; undefined when there is none. A schema with more than one `$id` is not judged.
 */
export function endlessReference(schema: JsonSchema): string | undefined {
  const document = readDocument(schema);
  if (document === undefined) return undefined;
  const done = new Set<JsonObject>();
  for (const start of document.parts) {
    const found = searchFrom(start, { document, done });
    if (found !== undefined) return found;
  }
  return undefined;
}

interface SchemaDocument {
  root: JsonSchema;
  parts: JsonObject[];
  /** By the name that `#name` refers to. */
  anchors: ReadonlyMap<string, JsonObject>;
}

/** A part that is applied to the same value. */
interface Edge {
  to: JsonObject;
  reference?: string;
}

interface Visit {
  part: JsonObject;
  edges: Edge[];
}

/** Without recursion, because a chain of references can be longer than the stack. */
function searchFrom(
  start: JsonObject,
  { document, done }: { document: SchemaDocument; done: Set<JsonObject> },
): string | undefined {
  if (done.has(start)) return undefined;
  const open = new Set([start]);
  const visits: Visit[] = [{ part: start, edges: edgesOf(start, document) }];
  for (let visit = visits.at(-1); visit !== undefined; visit = visits.at(-1)) {
    const edge = visit.edges.pop();
    if (edge === undefined) {
      open.delete(visit.part);
      done.add(visit.part);
      visits.pop();
    } else if (open.has(edge.to)) {
      // Only a reference can lead out of a part to one that contains it.
      return edge.reference ?? '#';
    } else if (!done.has(edge.to)) {
      open.add(edge.to);
      visits.push({ part: edge.to, edges: edgesOf(edge.to, document) });
    }
  }
  return undefined;
}

const LISTS = ['allOf', 'anyOf', 'oneOf'];
const SINGLE = ['not', 'if', 'then', 'else'];
const RECORDS = ['dependentSchemas', 'dependencies'];

function edgesOf(part: JsonObject, document: SchemaDocument): Edge[] {
  const applied = [
    ...LISTS.flatMap((key) => valuesOf(part, key, Array.isArray)),
    ...SINGLE.flatMap((key) => (Object.hasOwn(part, key) ? [part[key]] : [])),
    ...RECORDS.flatMap((key) => valuesOf(part, key, isJsonObject)),
  ];
  const edges: Edge[] = applied.filter((item) => item !== undefined && isJsonObject(item)).map((to) => ({ to }));
  for (const key of ['$ref', '$dynamicRef']) {
    const reference = Object.hasOwn(part, key) ? part[key] : undefined;
    const to = typeof reference === 'string' ? resolve(reference, document) : undefined;
    if (typeof reference === 'string' && to !== undefined) edges.push({ to, reference });
  }
  return edges;
}

function valuesOf(part: JsonObject, key: string, fits: (value: Json) => boolean): Json[] {
  const value = Object.hasOwn(part, key) ? part[key] : undefined;
  return value !== undefined && value !== null && fits(value) ? Object.values(value) : [];
}

function resolve(reference: string, { root, anchors }: SchemaDocument): JsonObject | undefined {
  const [address = '', fragment = ''] = reference.split('#');
  if (address !== '' && address !== root['$id']) return undefined;
  if (!fragment.startsWith('/')) return fragment === '' ? root : anchors.get(fragment);
  let found: Json | undefined = root;
  for (const token of fragment.slice(1).split('/')) {
    if (typeof found !== 'object' || found === null) return undefined;
    const key = decode(token).replaceAll('~1', '/').replaceAll('~0', '~');
    found = Object.hasOwn(found, key) ? (found as JsonObject)[key] : undefined;
  }
  return found !== undefined && isJsonObject(found) ? found : undefined;
}

function decode(token: string): string {
  try {
    return decodeURIComponent(token);
  } catch {
    return token;
  }
}

function readDocument(root: JsonSchema): SchemaDocument | undefined {
  const parts: JsonObject[] = [];
  const anchors = new Map<string, JsonObject>();
  const pending: Json[] = [root];
  for (let item = pending.pop(); item !== undefined; item = pending.pop()) {
    if (typeof item !== 'object' || item === null) continue;
    for (const child of Object.values(item)) if (typeof child === 'object' && child !== null) pending.push(child);
    if (!isJsonObject(item)) continue;
    const { $id: id, $anchor: anchor, $dynamicAnchor: dynamic } = item;
    if (typeof id === 'string' && id.startsWith('#')) anchors.set(id.slice(1), item);
    else if (typeof id === 'string' && item !== root) return undefined;
    for (const name of [anchor, dynamic]) if (typeof name === 'string') anchors.set(name, item);
    parts.push(item);
  }
  return { root, parts, anchors };
}
