import type { Ajv } from 'ajv';
import type { DataValidateFunction } from 'ajv/dist/types/index.js';

import { isMultipleOf } from './decimal-multiple.js';
import { canonicalJson } from '../domain/values/json.js';

/** Replaces the keywords that ajv divides in binary fractions (0.07 by 0.01) or compares each with each. */
export function replaceKeywords(ajv: Ajv): void {
  ajv.removeKeyword('multipleOf').addKeyword({
    keyword: 'multipleOf',
    type: 'number',
    schemaType: 'number',
    compile: (divisor: number) => {
      const message = `must be multiple of ${divisor}`;
      const validate: DataValidateFunction = (value: number) => {
        const fits = isMultipleOf(value, divisor);
        if (!fits) validate.errors = [{ keyword: 'multipleOf', message, params: { multipleOf: divisor } }];
        return fits;
      };
      return validate;
    },
  });
  ajv.removeKeyword('uniqueItems').addKeyword({
    keyword: 'uniqueItems',
    type: 'array',
    schemaType: 'boolean',
    compile: (isWanted: boolean) => {
      const validate: DataValidateFunction = (items: unknown[]) => {
        const same = isWanted ? equalItems(items) : undefined;
        if (same === undefined) return true;
        const message = `must NOT have duplicate items (items ## ${same.join(' and ')} are identical)`;
        validate.errors = [{ keyword: 'uniqueItems', message, params: { i: same[0], j: same[1] } }];
        return false;
      };
      return validate;
    },
  });
}

/** The places of the first two that are equal. */
function equalItems(items: unknown[]): [number, number] | undefined {
  const seen = new Map<string, number>();
  for (const [index, item] of items.entries()) {
    const text = canonicalJson(item);
    const earlier = seen.get(text);
    if (earlier !== undefined) return [earlier, index];
    seen.set(text, index);
  }
  return undefined;
}
