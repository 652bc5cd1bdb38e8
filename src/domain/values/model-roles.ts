/** The roles of models; each may have another model. */
export const MODEL_ROLES = ['planning', 'execution', 'introspection', 'summarizer'] as const;
export type ModelRole = (typeof MODEL_ROLES)[number];

/** US dollars per million tokens. */
export interface ModelPrice {
  input: number;
  output: number;
}
