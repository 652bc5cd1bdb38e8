import { isNode, pairsOf, sidesOf, type SyntaxNode } from './syntax-node.js';
import { isJsonObject, type Json } from '../values/json.js';

/** The keys that an expression writes out for an object, or for each object of a list, as far as its syntax shows. */
export interface WrittenKeys {
  keys: ReadonlyMap<string, WrittenKeys | undefined>;
  /** The value is a list of such objects, or one of them. */
  each: boolean;
}

/** Adds to `seen` the nodes of the objects whose keys it gives. */
export function writtenKeys(node: SyntaxNode | undefined, seen = new Set<SyntaxNode>()): WrittenKeys | undefined {
  if (node === undefined || isAltered(node)) return undefined;
  switch (node.type) {
    case 'block':
      return writtenKeys(node.expressions?.at(-1), seen);
    case 'unary':
      return node.value === '{' ? { keys: keysOf(node, seen), each: false } : undefined;
    case 'path':
      return ofEach(node.steps?.at(-1), seen);
    case 'function':
      return ofEach(bodyOfMap(node, 1), seen);
    case 'apply':
      return ofEach(bodyOfMap(sidesOf(node).right, 0), seen);
    case undefined:
    default:
      return undefined;
  }
}

function isAltered(node: SyntaxNode): boolean {
  return ['predicate', 'stages', 'group'].some((key) => node[key] !== undefined);
}

function keysOf(node: SyntaxNode, seen: Set<SyntaxNode>): Map<string, WrittenKeys | undefined> {
  seen.add(node);
  return new Map(
    pairsOf(node).flatMap(([key, value]) =>
      key.type === 'string' ? [[String(key.value), writtenKeys(value, seen)] as const] : [],
    ),
  );
}

function ofEach(node: SyntaxNode | undefined, seen: Set<SyntaxNode>): WrittenKeys | undefined {
  const written = writtenKeys(node, seen);
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

/**
 * The keys of the objects that are written out where the value of the expression does not show them, as in the argument
 * of a function: each by the node of its value.
 */
export function hiddenKeys(tree: SyntaxNode): Map<unknown, string> {
  const seen = new Set<SyntaxNode>();
  writtenKeys(tree, seen);
  const hidden = new Map<unknown, string>();
  const visit = (part: unknown): void => {
    if (Array.isArray(part)) for (const item of part) visit(item);
    if (!isNode(part)) return;
    const isHidden = part.type === 'unary' && part.value === '{' && !seen.has(part);
    for (const [key, value] of isHidden ? pairsOf(part) : []) {
      if (key.type === 'string') hidden.set(value, String(key.value));
    }
    for (const child of Object.values(part)) visit(child);
  };
  visit(tree);
  return hidden;
}
