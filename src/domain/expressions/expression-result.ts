import { isNode, sidesOf, type SyntaxNode } from './syntax-node.js';
import type { Json, JsonSchema } from '../values/json.js';

/** What an expression gives, as far as its syntax alone shows. */
export interface ExpressionResult {
  /** A JSON Schema that every result fits; undefined when that is not known. With `const`, the only result. */
  schema: JsonSchema | undefined;
  /** The variable, without `$`, that the whole expression is, or in which `path` looks something up. */
  variable: string | undefined;
  /** Keys, from the outside in. */
  path?: string[];
}

/** Two values that are compared or calculated with, as far as their syntax shows what they are. */
export interface Operation {
  operator: string;
  left: ExpressionResult;
  right: ExpressionResult;
  /** 1-based character. */
  position: number;
}

/** Functions of JSONata that give one type, or nothing. */
const FUNCTION_TYPES = new Map(
  Object.entries({
    boolean: 'boolean contains exists not',
    number: 'abs average ceil count floor length max millis min number parseInteger power round sqrt sum toMillis',
    string:
      'base64decode base64encode decodeUrl decodeUrlComponent encodeUrl encodeUrlComponent formatBase formatInteger ' +
      'formatNumber fromMillis join lowercase now pad string substring substringAfter substringBefore trim type uppercase',
  }).flatMap(([type, names]) => names.split(' ').map((name) => [name, type] as const)),
);

const OPERATOR_TYPES: Readonly<Record<string, string>> = {
  ...{ '+': 'number', '-': 'number', '*': 'number', '/': 'number', '%': 'number', '&': 'string' },
  ...{ '=': 'boolean', '!=': 'boolean', '<': 'boolean', '<=': 'boolean', '>': 'boolean', '>=': 'boolean' },
  ...{ and: 'boolean', or: 'boolean', in: 'boolean' },
};

export function resultOf(source: string, tree: SyntaxNode): ExpressionResult {
  // A name that is bound may stand for anything, a function included.
  if (source.includes(':=') || isAltered(tree)) return { schema: undefined, variable: undefined };
  if (tree.type === 'variable') return { schema: undefined, variable: String(tree.value) || undefined };
  if (tree.type === 'path') return resultOfPath(tree) ?? { schema: undefined, variable: undefined };
  return tree.type === 'block' ? resultOfBlock(source, tree) : { schema: schemaOf(tree), variable: undefined };
}

/** Whether a filter, an order or a grouping makes something else of the value. */
function isAltered(node: SyntaxNode): boolean {
  return ['predicate', 'stages', 'group', 'keepArray'].some((key) => node[key] !== undefined);
}

/** `$name.key.key`, and nothing else in it. */
function resultOfPath({ steps = [] }: SyntaxNode): ExpressionResult | undefined {
  const [first, ...keys] = steps;
  if (first?.type !== 'variable' || !isPlain(first)) return undefined;
  if (!keys.every((key) => key.type === 'name' && isPlain(key))) return undefined;
  return { schema: undefined, variable: String(first.value), path: keys.map(({ value }) => String(value)) };
}

const PLAIN = new Set(['type', 'value', 'position']);

function isPlain(node: SyntaxNode): boolean {
  return Object.keys(node).every((key) => PLAIN.has(key));
}

function resultOfBlock(source: string, { expressions }: SyntaxNode): ExpressionResult {
  const last = expressions?.at(-1);
  return last === undefined ? { schema: undefined, variable: undefined } : resultOf(source, last);
}

function schemaOf(node: SyntaxNode): JsonSchema | undefined {
  if (isAltered(node)) return undefined;
  switch (node.type) {
    case 'string':
    case 'number':
    case 'value':
      return { const: node.value as Json };
    case 'binary':
      return typeNamed(OPERATOR_TYPES[String(node.value)]);
    case 'unary':
      return node.value === '[' ? listOf(node) : typeNamed(node.value === '{' ? 'object' : 'number');
    case 'function':
      return typeNamed(
        node.procedure?.type === 'variable' ? FUNCTION_TYPES.get(String(node.procedure.value)) : undefined,
      );
    case 'condition':
      return eitherOf(node);
    case undefined:
    default:
      return undefined;
  }
}

function typeNamed(type: string | undefined): JsonSchema | undefined {
  return type === undefined ? undefined : { type };
}

/** The list's items are known when each is written out; anything else may add none or several. */
function listOf({ expressions = [] }: SyntaxNode): JsonSchema {
  const values = expressions.map((item) => (isAltered(item) ? undefined : schemaOf(item)?.['const']));
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 || known.length < values.length
    ? { type: 'array' }
    : { type: 'array', items: { enum: known } };
}

/** Without an else there may be nothing, which no step accepts. */
function eitherOf(node: SyntaxNode): JsonSchema | undefined {
  const branches = [node.then, node.else].filter((branch) => branch !== undefined);
  const schemas = branches.map((branch) => schemaOf(branch));
  const known = schemas.filter((schema) => schema !== undefined);
  return known.length < schemas.length ? undefined : { anyOf: known };
}

const OPERATORS = new Set<unknown>(['=', '!=', '<', '<=', '>', '>=', '+', '-', '*', '/', '%']);

/** Whether the expression binds names itself, which may hide those of the plan. */
export function bindsNames(source: string): boolean {
  return /:=|function|λ|[@#]\$/.test(source);
}

/** Every comparison and calculation in the tree. None where the expression binds names. */
export function operationsIn(source: string, tree: SyntaxNode): Operation[] {
  if (bindsNames(source)) return [];
  const found: Operation[] = [];
  const visit = (part: unknown): void => {
    if (Array.isArray(part)) for (const item of part) visit(item);
    else if (isNode(part)) {
      if (part.type === 'binary' && OPERATORS.has(part.value)) found.push(operationOf(source, part));
      for (const child of Object.values(part)) visit(child);
    }
  };
  visit(tree);
  return found;
}

function operationOf(source: string, node: SyntaxNode): Operation {
  const { left, right } = sidesOf(node);
  const [first, second] = [resultOf(source, left), resultOf(source, right)];
  return { operator: String(node.value), left: first, right: second, position: node.position ?? 1 };
}
