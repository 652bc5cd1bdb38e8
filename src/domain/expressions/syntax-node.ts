/** The syntax tree as JSONata really gives it; its published types leave out several node kinds. */
export interface SyntaxNode {
  type?: string;
  value?: unknown;
  position?: number;
  focus?: string;
  index?: string;
  procedure?: SyntaxNode;
  arguments?: SyntaxNode[];
  [key: string]: unknown;
}
