/** The syntax tree as JSONata really gives it; its published types leave out several node kinds. */
export interface SyntaxNode {
  type?: string;
  value?: unknown;
  position?: number;
  focus?: string;
  index?: string;
  procedure?: SyntaxNode;
  arguments?: SyntaxNode[];
  /** Of a path. */
  steps?: SyntaxNode[];
  /** Of a block, and of a list that is written out. */
  expressions?: SyntaxNode[];
  stages?: SyntaxNode[];
  predicate?: SyntaxNode[];
  /** Of a filter. */
  expr?: SyntaxNode;
  /** Of a function that is written out. */
  body?: SyntaxNode;
  then?: SyntaxNode;
  else?: SyntaxNode;
  /** Of an object that is written out: its keys, each with its value. */
  lhs?: SyntaxNode | [SyntaxNode, SyntaxNode][];
  rhs?: SyntaxNode;
  [key: string]: unknown;
}

/** What stands on the two sides of an operator, a binding or `~>`. */
export function sidesOf({ lhs = {}, rhs = {} }: SyntaxNode): { left: SyntaxNode; right: SyntaxNode } {
  return { left: Array.isArray(lhs) ? {} : lhs, right: rhs };
}

/** The keys and values of an object that is written out. */
export function pairsOf({ lhs }: SyntaxNode): [SyntaxNode, SyntaxNode][] {
  return Array.isArray(lhs) ? lhs : [];
}

/** Whether a part of a tree is a node: neither a plain value nor a list of nodes. */
export function isNode(part: unknown): part is SyntaxNode {
  return typeof part === 'object' && part !== null && !Array.isArray(part) && !(part instanceof RegExp);
}
