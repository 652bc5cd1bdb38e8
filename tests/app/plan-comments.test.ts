import { expect, test } from 'vitest';

import { addComment, commentsOn, removeComment } from '../../src/app/plans/comments.js';
import { completePlan } from '../../src/domain/plan/complete-plan.js';
import type { Plan } from '../../src/domain/plan/plan.js';
import { liveRedactor } from '../../src/domain/values/redaction.js';
import { createMemoryStore } from '../../src/storage/memory-store.js';
import { planWith } from '../storage/examples.js';

const ada = { user: 'ada', host: 'laptop' };
/** A second later each time. */
let seconds = 0;
const now = () => new Date(Date.UTC(2026, 0, 1, 0, 0, (seconds += 1)));
const ben = { user: 'ben', host: 'laptop' };
const redactor = () => liveRedactor(() => [{ name: 'the key', value: 'sk-very-secret-key' }]);

test('when a plan was made from another one then its comments say of which steps they are not any more', async () => {
  const store = createMemoryStore({ now });
  const before = twoSteps('plan-01890000-0000-7000-8000-0000000000a1', '2');
  const after: Plan = { ...twoSteps('plan-01890000-0000-7000-8000-0000000000a2', '3'), derived_from: before.id };
  for (const plan of [before, after]) await store.savePlan(completePlan(plan));
  const say = (plan: Plan, step: string, text: string) =>
    addComment({ store, now, redactor }, { plan: completePlan(plan), step, text, author: ada });
  await say(before, '0', 'Stays');
  await say(before, '1', 'Was 2, by sk-very-secret-key');
  await say(after, '1', 'Is 3');
  const shown = async (plan: Plan) => (await commentsOn(store, plan)).map(({ text, isOlder }) => [text, isOlder]);
  const first = [
    ['Stays', false],
    ['Was 2, by [the key]', false],
  ];
  expect(await shown(before)).toEqual(first);
  expect(await shown(after)).toEqual([first[0], ['Was 2, by [the key]', true], ['Is 3', false]]);
  await expect(say(after, '7', 'Where?')).rejects.toMatchObject({ code: 'usage' });
});

test('when a comment is removed then it is by its author', async () => {
  const store = createMemoryStore({ now });
  const plan = planWith();
  await store.savePlan(plan);
  const { id } = await addComment({ store, now, redactor }, { plan, step: '0', text: 'Mine', author: ada });
  await expect(removeComment(store, { plan, id, person: ben })).rejects.toMatchObject({ code: 'usage' });
  await removeComment(store, { plan, id, person: { ...ada, name: 'Ada' } });
  await expect(removeComment(store, { plan, id, person: ada })).rejects.toMatchObject({ code: 'not-found' });
});

function twoSteps(id: Plan['id'], second: string): Plan {
  const step = (expression: string, output: string) => ({ kind: 'compute' as const, expression, output });
  return { ...planWith(id), steps: [step('1', '$one'), step(second, '$other')] };
}
