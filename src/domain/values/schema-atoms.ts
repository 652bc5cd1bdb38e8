import * as z from 'zod';

import { idPattern, isId, type IdPrefix } from './ids.js';
import type { Json, JsonObject } from './json.js';
import { withDescription, withSchema } from './schema-meta.js';

// Parts of the schemas of several records. The description of a schema belongs to the object, so each one with a
// description of its own is a new object.

export const jsonValue = (description: string) =>
  withDescription(
    z.custom<Json>((value) => value !== undefined, 'must be a JSON value'),
    description,
  );

export const json = jsonValue('Any JSON value');

export const jsonObject = withSchema(z.custom<JsonObject>(), { type: 'object' });

export const idOf = <Prefix extends IdPrefix>(prefix: Prefix, meta: { description?: string } = {}) =>
  withSchema(
    z.custom<`${Prefix}-${string}`>((value) => isId(value, prefix), `must be ${prefix}- and a UUID`),
    { type: 'string', pattern: idPattern(prefix), ...meta },
  );

export const planId = idOf('plan');
export const runId = idOf('prun');
