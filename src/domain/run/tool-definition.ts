import type { JsonObject } from '../values/json.js';
import type { ToolEffect } from '../values/tool-effects.js';

/** A tool that is not portia's own, as far as a plan and a model see it. */
export interface ToolDefinition {
  id: string;
  name: string;
  description: string;
  effect: ToolEffect;
  source: 'builtin' | 'module' | 'program' | 'http' | 'mcp' | 'stub';
  input_schema: JsonObject;
  output_schema?: JsonObject | undefined;
  sends?: boolean | undefined;
  is_public?: boolean | undefined;
}
