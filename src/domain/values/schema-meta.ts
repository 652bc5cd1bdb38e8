import * as z from 'zod';

/**
 * What `portia schema` says about schemas. A registry of our own, because others may use zod's, and because zod's
 * `describe` copies the schema, which would be 5 ms of every start.
 */
export const descriptions = z.registry<z.GlobalMeta>();

export function withDescription<Schema extends z.ZodType>(schema: Schema, description: string): Schema {
  return withSchema(schema, { description });
}

/** A schema that others refer to by its `id`, or of which zod cannot say what it is in JSON Schema. */
export function withSchema<Schema extends z.ZodType>(schema: Schema, meta: z.GlobalMeta): Schema {
  descriptions.add(schema, meta);
  return schema;
}
