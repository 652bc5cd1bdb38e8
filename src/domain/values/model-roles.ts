/** The roles of models; each may have another model. */
export const MODEL_ROLES = ['planning', 'execution', 'introspection', 'summarizer'] as const;
export type ModelRole = (typeof MODEL_ROLES)[number];

/** US dollars per million tokens. */
export interface ModelPrice {
  input: number;
  output: number;
}

/** US dollars for so many tokens. */
export function priceOfTokens(tokens: { input: number; output: number }, price: ModelPrice): number {
  return (tokens.input * price.input + tokens.output * price.output) / 1_000_000;
}
