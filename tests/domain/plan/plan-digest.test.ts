import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { digestText, digestValue } from '../../../src/domain/values/digest.js';
import type { Json } from '../../../src/domain/values/json.js';
import { planDigest } from '../../../src/domain/plan/plan-digest.js';
import { planSchema } from '../../../src/domain/plan/plan-schema.js';
import type { Plan } from '../../../src/domain/plan/plan.js';
import { planWith, STEPS_OF_EVERY_KIND } from '../plan-examples.js';

const PLAN: Plan = {
  ...planWith(Object.values(STEPS_OF_EVERY_KIND), [
    { name: 'list', description: 'd', default: [1], schema: { type: 'array' } },
  ]),
  output_schema: { type: 'object', properties: { total: { type: 'number' } } },
  plan_context: { query: 'Do it all', tool_ids: ['search_tool', 'zip_tool'] },
};

/** Every place in the value that holds no further places. */
function leavesOf(value: unknown, path: string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [path];
  return Object.entries(value).flatMap(([key, child]) => leavesOf(child, [...path, key]));
}

function changed(value: unknown, path: string[]): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return differentFrom(value as Json);
  if (Array.isArray(value)) return value.map((child, index) => (String(index) === key ? changed(child, rest) : child));
  return { ...(value as object), [key]: changed((value as Record<string, unknown>)[key], rest) };
}

function differentFrom(value: Json): Json {
  if (typeof value === 'string') return `${value} `;
  if (typeof value === 'number') return value + 1;
  return typeof value === 'boolean' ? !value : 'x';
}

function withKeysTurned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withKeysTurned);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, child]) => [key, withKeysTurned(child)]),
  );
}

const MEANING = leavesOf(PLAN).filter(([key]) => key !== 'id' && key !== 'metadata');

describe('planDigest', () => {
  test.each(MEANING.map((path) => [path.join('/'), path] as const))(
    'when %s changes then so does the digest',
    (_name, path) => {
      expect(planDigest(changed(PLAN, path) as Plan)).not.toBe(planDigest(PLAN));
    },
  );

  test('when a key of a plan is left out then the digest is another one', () => {
    const { output_schema: _schema, ...rest } = PLAN;
    expect(planDigest(rest)).not.toBe(planDigest(PLAN));
    expect(planDigest({ ...PLAN, steps: PLAN.steps.slice(1) })).not.toBe(planDigest(PLAN));
    expect(planDigest({ ...PLAN, steps: PLAN.steps.toReversed() })).not.toBe(planDigest(PLAN));
  });

  test('when the file is written another way and read again then the digest stays', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.integer({ min: 0, max: 10 }), fc.constantFrom('\t', '  ')),
        fc.boolean(),
        (indent, turn) => {
          const text = JSON.stringify(turn ? withKeysTurned(PLAN) : PLAN, null, indent);
          expect(planDigest(planSchema.parse(JSON.parse(text)))).toBe(planDigest(PLAN));
        },
      ),
    );
  });

  test('when id, history or metadata differ then the digest stays', () => {
    const { id } = planWith([]);
    const other = {
      ...PLAN,
      id: 'plan-00000000-0000-4000-8000-000000000000' as const,
      derived_from: id,
      metadata: {
        schema_version: 1 as const,
        created_at: 'x',
        planner: 'model' as const,
        model: 'a/b',
        usage: { calls: 1, input_tokens: 2, output_tokens: 3 },
      },
    };
    expect(planDigest(other)).toBe(planDigest(PLAN));
  });

  test('when a plan has a key that nobody knows then it counts: it may mean something to somebody', () => {
    expect(planDigest({ ...PLAN, 'x-limits': 1 })).not.toBe(planDigest(PLAN));
  });

  test('when defaults are written out then the digest is that of the short form', () => {
    const [short, long] = [
      planWith([{ task: 't', output: '$a' }]),
      planWith([{ task: 't', inputs: [], tool_id: null, output: '$a' }]),
    ];
    expect(planDigest(short)).toBe(planDigest(long));
  });
});

test.each([
  ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
])('when the text is %j then its digest is the SHA-256 of its UTF-8 bytes', (text, digest) => {
  expect(digestText(text)).toBe(digest);
  expect(digestText(new TextEncoder().encode(text))).toBe(digest);
  expect(digestValue(text)).toBe(digestText(JSON.stringify(text)));
});
