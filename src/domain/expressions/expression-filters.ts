import { isNode, type SyntaxNode } from './syntax-node.js';

/** A filter that is a name alone, as in `$list[$x]`. */
export interface NameFilter {
  node: SyntaxNode;
  /** Without `$`. */
  name: string;
  /** Where the name begins, 1-based. */
  position: number;
}

/** Every filter of the tree that is a name alone: whether it is an index, only its value says. */
export function filtersByName(tree: SyntaxNode): NameFilter[] {
  const found: NameFilter[] = [];
  const visit = (part: unknown): void => {
    if (Array.isArray(part)) for (const item of part) visit(item);
    if (!isNode(part)) return;
    const { expr: node } = part;
    if (part.type === 'filter' && node?.type === 'variable' && node.value !== '') {
      const name = String(node.value);
      found.push({ node, name, position: Math.max(1, (node.position ?? 1) - name.length) });
    }
    for (const child of Object.values(part)) visit(child);
  };
  visit(tree);
  return found;
}
