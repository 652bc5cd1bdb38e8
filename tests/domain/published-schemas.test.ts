import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { STEP_KINDS } from '../../src/domain/plan/step-kinds/step-kinds.js';
import { isJsonObject, type Json, type JsonObject } from '../../src/domain/values/json.js';
import { PUBLISHED_KINDS, publishedSchema } from '../../src/domain/published-schemas.js';
import { misfits } from '../support/published-schemas.js';
import { STEPS_OF_EVERY_KIND } from './plan-examples.js';

const PLANS = ['plans', 'tests/golden/workflow', 'tests/golden/reference-0.9.0'].flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => /^plan-.*\.json$/.test(name))
    .map((name) => join(folder, name)),
);

const planOf = (steps: Json[]) => ({ plan_context: { query: 'q', tool_ids: [] }, steps });

describe('the schema of plans', () => {
  test.each(PLANS)('when a plan is %s then it fits as it is', (path) => {
    expect(misfits('plan', JSON.parse(readFileSync(path, 'utf8')))).toEqual([]);
  });

  test('when the examples of the Python SDK are looked for then there are some', () => {
    expect(PLANS.length).toBeGreaterThanOrEqual(3);
  });

  test.each(Object.entries(STEPS_OF_EVERY_KIND))('when a step is of kind %s then it fits', (_kind, step) => {
    expect(misfits('plan', planOf([step]))).toEqual([]);
  });

  test.each<[string, Json]>([
    ['without steps', { plan_context: { query: 'q', tool_ids: [] } }],
    ['with a number as its id', { ...planOf([]), id: 7 }],
    ['with the id of a run', { ...planOf([]), id: 'prun-00000000-0000-4000-8000-000000000000' }],
    ['with a step of no kind', planOf([{ kind: 'magic' }])],
    ['with a call without a tool', planOf([{ kind: 'tool', output: 'a' }])],
    [
      'with a wrong step in a branch',
      planOf([{ kind: 'if', branches: [{ when: 'true', steps: [{ kind: 'compute' }] }] }]),
    ],
    ['with an empty loop', planOf([{ kind: 'while', when: 'true', steps: [] }])],
    ['with a wrong plan inside', planOf([{ kind: 'plan', plan: planOf([{}]), output: 'a' }])],
    ['with a schema that is not one', { ...planOf([]), output_schema: 'text' }],
  ])('when a plan is one %s then it does not fit', (_what, plan) => {
    expect(misfits('plan', plan)).not.toEqual([]);
  });

  test('when an editor looks at a step then every kind is recognised by one word, and every key says what it is', () => {
    const { $defs: definitions } = publishedSchema('plan') as { $defs: { [name: string]: JsonObject } };
    const { oneOf } = definitions['Step'] as { oneOf: { $ref: string }[] };
    const number = Object.keys(STEP_KINDS).length;
    const kinds = oneOf.map(({ $ref }) => definitions[$ref.replace('#/$defs/', '')] ?? {});
    expect(kinds.filter((kind) => typeof kind['description'] === 'string')).toHaveLength(number);
    const constants = kinds.map(
      (kind) => ((kind['properties'] as JsonObject)['kind'] as JsonObject | undefined)?.['const'],
    );
    expect(new Set(constants).size).toBe(number);
    for (const kind of kinds)
      for (const [key, schema] of Object.entries(kind['properties'] as { [key: string]: JsonObject }))
        if (key !== 'kind') expect({ key, schema }).toEqual({ key, schema: expect.toSatisfy(saysSomething) });
  });
});

/** A type, another definition or the shapes it may have: never anything at all. */
function saysSomething(schema: unknown): boolean {
  return isJsonObject(schema) && ['type', '$ref', 'anyOf', 'oneOf', 'enum', 'const'].some((key) => key in schema);
}

describe('every schema', () => {
  test.each(PUBLISHED_KINDS)('when it is that of %s then it is draft 2020-12 with a name of its own', (kind) => {
    const schema = publishedSchema(kind);
    expect(schema).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      $id: `urn:portia:${kind}:1`,
      title: `portia ${kind}`,
    });
    expect(misfits(kind, 7)).not.toEqual([]);
    expect(misfits(kind, {})).not.toEqual([]);
  });
});
