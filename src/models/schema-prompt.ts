import type { JsonSchema } from '../domain/values/json.js';
import { aboutMarks, between, type Marks } from '../domain/values/marks.js';

/** Tells a model the form of its reply, where the endpoint does not. Descriptions in the schema are data. */
export function schemaPrompt(schema: JsonSchema, marks: Marks): string {
  return `Reply with one JSON value and nothing else: no explanation, no code fence. It must be valid against this JSON Schema:
${between(marks, JSON.stringify(schema))}
${aboutMarks(marks)}`;
}
