import { describe, expect, test } from 'vitest';

import type { PlanId, RunId } from '../../src/domain/values/ids.js';
import { createNewId } from '../../src/storage/new-id.js';
import { resolvePlanRef, resolveRunRef } from '../../src/storage/resolve-id.js';
import { errorOf } from './examples.js';

const A: RunId = 'prun-01890000-aaaa-7000-8000-00000000beef';
const B: RunId = 'prun-01890000-bbbb-7000-8000-00000000cafe';
const C: RunId = 'prun-01890000-bbbb-7000-8000-0000000babe1';
const ids = [C, B, A];

describe('resolveRunRef', () => {
  test.each([
    [A, A],
    ['beef', A],
    ['prun-01890000-a', A],
    ['01890000aaaa', A],
    ['0000cafe', B],
    ['CAFE', B],
    [A.toUpperCase().replace('PRUN', 'prun'), A],
    [A.replaceAll('-', '').replace('prun', ''), A],
    ['last', C],
  ])('when the text is %j then it means %s', (text, id) => {
    expect(resolveRunRef(text, ids)).toBe(id);
  });

  test('when it means several then all are listed', async () => {
    const error = await errorOf(() => resolveRunRef('01890000', ids));
    expect(error.code).toBe('ambiguous');
    for (const id of ids) expect(error.details.why).toContain(id);
  });

  test.each([
    ['eef', 'at least 4 hex digits'],
    ['lst', 'Did you mean last?'],
    ['', 'this is not one'],
    ['../../etc/passwd', 'not opened as a file'],
    ['beef\0', 'not opened as a file'],
    ['plan-01890000-aaaa-7000-8000-00000000beef', 'the id of a plan'],
    ['%2e%2e%2f', 'not opened as a file'],
  ])('when the text is %j then it is not found, and why is said', async (text, why) => {
    const error = await errorOf(() => resolveRunRef(text, ids));
    expect(error).toMatchObject({
      code: 'not-found',
      details: { why: expect.stringContaining(why) },
      fix: expect.any(String),
    });
  });

  test('when an id is nearly right then the nearest are offered', async () => {
    const error = await errorOf(() => resolveRunRef('prun-01890000-aaaa-7000-8000-00000000beee', ids));
    expect(error.fix).toContain(`Did you mean one of these?\n${A}`);
  });

  test('when there is nothing then the way to a first one is shown', async () => {
    expect((await errorOf(() => resolveRunRef('last', []))).fix).toContain('portia run');
    expect((await errorOf(() => resolvePlanRef('beef', []))).fix).toContain('portia plan');
  });

  test('when plans are asked for then plans are found', () => {
    const plan: PlanId = 'plan-01890000-aaaa-7000-8000-00000000beef';
    expect(resolvePlanRef('plan-0189', [plan])).toBe(plan);
  });
});

test('when ids are made then each is version 7 and later ones sort later', () => {
  const newId = createNewId();
  const made = Array.from({ length: 1000 }, () => newId('prun'));
  expect(made[0]).toMatch(/^prun-[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(made.toSorted()).toEqual(made);
});
