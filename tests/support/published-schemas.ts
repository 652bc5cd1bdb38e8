import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { expect } from 'vitest';

import { publishedSchema, type PublishedKind } from '../../src/domain/published-schemas.js';

const checks = new Map<PublishedKind, ValidateFunction>();

/** What is said against the value by the schema that `portia schema` prints. */
export function misfits(kind: PublishedKind, value: unknown): string[] {
  const check = checks.get(kind) ?? new Ajv2020({ allErrors: true }).compile(publishedSchema(kind));
  checks.set(kind, check);
  return check(value) ? [] : (check.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

/** Gives the value, which must fit. */
export function fitting<Value>(kind: PublishedKind, value: Value): Value {
  expect(misfits(kind, value), JSON.stringify(value)).toEqual([]);
  return value;
}
