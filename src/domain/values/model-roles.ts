/** What a model can be asked for; each may be another model. */
export const MODEL_ROLES = ['planning', 'execution', 'introspection', 'summarizer'] as const;
export type ModelRole = (typeof MODEL_ROLES)[number];

/** US dollars for a million tokens. */
export interface ModelPrice {
  input: number;
  output: number;
}
