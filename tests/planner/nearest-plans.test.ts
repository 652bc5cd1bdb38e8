import { expect, test } from 'vitest';

import type { Plan } from '../../src/domain/plan/plan.js';
import { byMeaning, compareByWords, nearest } from '../../src/planner/nearest-plans.js';
import { planWith } from '../domain/plan-examples.js';

const planOf = (query: string, ...tools: string[]): Plan => ({
  ...planWith(tools.map((tool_id) => ({ kind: 'tool', tool_id, args: {}, output: `$${tool_id}` }))),
  plan_context: { query, tool_ids: [] },
});
const tool = (id: string, description: string) => ({ id, description, effect: 'read' as const, inputSchema: {} });
const TOOLS = [
  tool('get_forecast', 'Says how warm it will be in a city.'),
  tool('list_invoices', 'Lists the invoices of a customer.'),
  tool('send_email', 'Sends an e-mail.'),
  tool('find_contact', 'Finds a contact by name.'),
];

const near = (query: string, plans: Plan[]) =>
  nearest(compareByWords(plans, { query, tools: TOOLS }), 3).map(({ plan, shared }) => [
    plan.plan_context.query,
    shared,
  ]);

test('when requests share words then the nearest comes first, and its words are those of the new request', () => {
  const plans = [planOf('List the invoices of Ada'), planOf('Mail all open invoices to Bob'), planOf('Deploy it')];
  expect(near('Mailing the invoice to Bob', plans)).toEqual([
    ['Mail all open invoices to Bob', ['mailing', 'bob', 'invoice']],
    ['List the invoices of Ada', ['invoice']],
  ]);
});

test('when a plan uses a tool that the request may mean then it is near without a shared word', () => {
  const plans = [planOf('Temperature of Rome', 'get_forecast'), planOf('Who owes what', 'list_invoices')];
  expect(near('How warm is the city tomorrow?', plans)).toEqual([['Temperature of Rome', ['get_forecast']]]);
});

test('when nothing is shared then no plan is near', () => {
  expect(near('Translate a poem', [planOf('Deploy it')])).toEqual([]);
});

test('when many are near then only as many as wanted are taken', () => {
  const plans = ['one', 'two', 'three', 'four'].map((name) => planOf(`Deploy service ${name}`));
  expect(near('Deploy service two', plans)).toHaveLength(3);
});

test('when vectors are compared then nearness is the cosine of the angle between them', () => {
  const plans = compareByWords([planOf('one'), planOf('two'), planOf('three'), planOf('four')], {
    query: '',
    tools: [],
  });
  const others = [
    [3, 4],
    [-4, 3],
    [1, 2, 3],
    [0, 0],
  ];
  expect(byMeaning(plans, [6, 8], others).map(({ score }) => score)).toEqual([1, 0, 0, 0]);
  // 3 · 1 + 4 · 0 over 5 · 1.
  expect(byMeaning(plans.slice(0, 1), [3, 4], [[1, 0]])[0]).toMatchObject({ measure: 'embeddings', score: 0.6 });
});
