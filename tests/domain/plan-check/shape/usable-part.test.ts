import { readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import type { Problem } from '../../../../src/domain/errors.js';
import type { Json } from '../../../../src/domain/values/json.js';
import { usablePart } from '../../../../src/domain/plan-check/shape/usable-part.js';
import { checkPlan } from '../../../../src/domain/plan-check/plan-rules.js';
import { planProblems, readPlanDocument } from '../../../../src/storage/upgrade/upgrade.js';

const CREATED = { createdAt: '2026-01-01T00:00:00.000Z' };

/** The document with a value in the place of one of its parts, for every part. */
function* spoiled(document: Json, value: Json): Generator<{ pointer: string; document: Json }> {
  const walk = function* (part: Json, pointer: string): Generator<string> {
    if (typeof part !== 'object' || part === null) return;
    for (const [key, child] of Object.entries(part)) {
      yield `${pointer}/${key}`;
      yield* walk(child, `${pointer}/${key}`);
    }
  };
  for (const pointer of walk(document, '')) {
    const copy = structuredClone(document) as { [key: string]: Json };
    const keys = pointer.split('/').slice(1);
    const last = keys.pop() ?? '';
    let part = copy;
    for (const key of keys) part = part[key] as { [key: string]: Json };
    part[last] = value;
    yield { pointer, document: copy };
  }
}

/** Parts with which a name is lost: that nothing defines it any more is true. */
const DEFINES = /\/(plan_inputs|steps|else|branches|name|output|as|kind|\d+)$/;
const NAME_RULES = ['unknown-reference', 'used-too-early'];

/** Nothing in a plan but values of arguments may be that. */
const WRONG = -1;

const PLANS = ['loops-and-branches', 'gold-purchase'];

test.each(PLANS)('when any part of the plan %s has a wrong shape then only that part is reported', (name) => {
  const plan = JSON.parse(readFileSync(`plans/${name}.json`, 'utf8')) as Json;
  for (const { pointer, document } of spoiled(plan, WRONG)) {
    const shape = planProblems(document).filter(({ severity }) => severity === 'error');
    if (shape.length === 0) continue;
    const usable = usablePart(document, planProblems);
    expect(usable, pointer).toBeDefined();
    if (usable === undefined) continue;
    const found = usable.hold(checkPlan(readPlanDocument(usable.document, CREATED).plan));
    const isBlamed = (one: Problem) =>
      one.severity === 'error' &&
      !one.pointer.startsWith(pointer) &&
      !(DEFINES.test(pointer) && NAME_RULES.includes(one.rule));
    const errors = found.filter(isBlamed).map((one) => `${one.rule} ${one.pointer} ${one.message}`);
    expect({ pointer, errors }).toEqual({ pointer, errors: [] });
  }
});
