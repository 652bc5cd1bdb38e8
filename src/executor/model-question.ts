import type { AskedParts } from '../domain/run/asked-parts.js';
import type { Json, JsonSchema } from '../domain/values/json.js';
import type { Marks } from '../domain/values/marks.js';
import type { ModelPurpose, ModelRole } from '../domain/values/model-roles.js';
import type { ModelRequest } from '../models/model.js';

/** One request to a model. */
export interface ModelCall {
  role: ModelRole;
  /** What is asked, where that is not the work of the step. */
  purpose?: ModelPurpose | undefined;
  /** A model named by the step instead of the role's. */
  model?: string | undefined;
  /** Written with marks that are new for each request, for a model that takes so many tokens in a request. */
  request: (marks: Marks, tokens?: number) => ModelRequest;
  /** What it is about, apart from portia's own words, the functions that may be called, and the form of the reply. */
  about: () => Omit<AskedParts, 'tools' | 'shape'>;
  /** The form of the reply, where the request has no functions that may be called first. */
  shape?: { name: string; schema: JsonSchema; validate(value: Json): string[] } | undefined;
}
