/** The roles of models; each may have another model. */
export const MODEL_ROLES = ['planning', 'execution', 'introspection', 'summarizer'] as const;
export type ModelRole = (typeof MODEL_ROLES)[number];

/** What a model is asked beside the work of its step: to trace the arguments of a call. */
export const MODEL_PURPOSES = ['verification'] as const;
export type ModelPurpose = (typeof MODEL_PURPOSES)[number];

/** US dollars per million tokens. */
export interface ModelPrice {
  input: number;
  output: number;
}

/** US dollars for so many tokens; they may be Infinity. */
export function priceOfTokens(tokens: { input: number; output: number }, price: ModelPrice): number {
  // 0 times Infinity would be NaN.
  const cost = (count: number, perMillion: number) => (perMillion === 0 ? 0 : count * perMillion);
  return (cost(tokens.input, price.input) + cost(tokens.output, price.output)) / 1_000_000;
}
