import { pairsOf, sidesOf, type SyntaxNode } from './syntax-node.js';
import { isJsonObject, type Json } from '../values/json.js';

/** The keys that an expression writes out for an object, or for each object of a list, as far as its syntax tells. */
export interface WrittenKeys {
  keys: ReadonlyMap<string, WrittenKeys | undefined>;
  /** The value is a list of such objects, or one of them. */
  each: boolean;
}

export function writtenKeys(node: SyntaxNode | undefined): WrittenKeys | undefined {
  if (node === undefined || isAltered(node)) return undefined;
  switch (node.type) {
    case 'block':
      return writtenKeys(node.expressions?.at(-1));
    case 'unary':
      return node.value === '{' ? { keys: keysOf(node), each: false } : undefined;
    case 'path':
      return ofEach(node.steps?.at(-1));
    case 'function':
      return ofEach(bodyOfMap(node, 1));
    case 'apply':
      return ofEach(bodyOfMap(sidesOf(node).right, 0));
    case undefined:
    default:
      return undefined;
  }
}

function isAltered(node: SyntaxNode): boolean {
  return ['predicate', 'stages', 'group'].some((key) => node[key] !== undefined);
}

function keysOf(node: SyntaxNode): Map<string, WrittenKeys | undefined> {
  return new Map(
    pairsOf(node).flatMap(([key, value]) =>
      key.type === 'string' ? [[String(key.value), writtenKeys(value)] as const] : [],
    ),
  );
}

function ofEach(node: SyntaxNode | undefined): WrittenKeys | undefined {
  const written = writtenKeys(node);
  return written === undefined ? undefined : { ...written, each: true };
}

/** The body of the function that `$map` is given. */
function bodyOfMap(call: SyntaxNode, position: number): SyntaxNode | undefined {
  const isMap = call.procedure?.type === 'variable' && call.procedure.value === 'map';
  const mapped = isMap ? call.arguments?.[position] : undefined;
  return mapped?.type === 'lambda' ? mapped.body : undefined;
}

/** Keys that are written out and not in the value, because JSONata leaves out what is nothing. */
export function lostKeys({ keys, each }: WrittenKeys, value: Json): string[] {
  const objects = each && Array.isArray(value) ? value : [value];
  const lost = objects.filter(isJsonObject).flatMap((object) =>
    [...keys].flatMap(([key, inner]) => {
      const own = Object.hasOwn(object, key) ? object[key] : undefined;
      if (own === undefined) return [key];
      return inner === undefined ? [] : lostKeys(inner, own).map((name) => `${key}.${name}`);
    }),
  );
  return [...new Set(lost)];
}
