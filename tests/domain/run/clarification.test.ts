import { describe, expect, test } from 'vitest';

import { clarificationSchema } from '../../../src/domain/run/clarification-schema.js';
import {
  isApproval,
  isUnknownOutcome,
  openClarifications,
  selectorName,
  type Clarification,
} from '../../../src/domain/run/clarification.js';

const ID = 'clar-1dcd74a4-0af5-490a-a7d0-0df4fd983977';
const common = { id: ID, user_guidance: 'Please' };

const OF_EVERY_CATEGORY = {
  Action: { ...common, category: 'Action', action_url: 'https://example.org/login' },
  Input: { ...common, category: 'Input', argument_name: 'city' },
  'Multiple Choice': {
    ...common,
    category: 'Multiple Choice',
    argument_name: 'file',
    options: ['a', { path: 'b' }, 3],
  },
  'Value Confirmation': { ...common, category: 'Value Confirmation', argument_name: 'amount', value: 5 },
  'User Verification': { ...common, category: 'User Verification' },
  Custom: { ...common, category: 'Custom', name: 'map', data: { zoom: 3 } },
} as const;

const clarification = (value: object): Clarification => clarificationSchema.parse(value);

describe('clarifications', () => {
  test.each(Object.entries(OF_EVERY_CATEGORY))(
    'when a file has one of category %s then it is read, with defaults',
    (_category, value) => {
      expect(clarification(value)).toMatchObject({
        ...value,
        response: null,
        resolved: false,
        step: null,
        source: null,
        plan_run_id: null,
      });
    },
  );

  test('when keys are unknown then they are kept', () => {
    expect(clarification({ ...OF_EVERY_CATEGORY.Input, 'x-note': [1] })).toHaveProperty('x-note', [1]);
  });

  test.each<[string, object]>([
    ['an unknown category', { ...common, category: 'Question' }],
    ['no category', common],
    ['a wrong id', { ...OF_EVERY_CATEGORY.Input, id: 'prun-1dcd74a4-0af5-490a-a7d0-0df4fd983977' }],
    ['no argument', { ...common, category: 'Input' }],
    ['no options', { ...common, category: 'Multiple Choice', argument_name: 'x' }],
    ['no address', { ...common, category: 'Action' }],
    ['no guidance', { id: ID, category: 'Input', argument_name: 'x' }],
  ])('when one has %s then it is refused', (_name, value) => {
    expect(clarificationSchema.safeParse(value).success).toBe(false);
  });

  test.each([
    ['Action', 'action'],
    ['Input', 'city'],
    ['Multiple Choice', 'file'],
    ['Value Confirmation', 'amount'],
    ['User Verification', 'verify'],
    ['Custom', 'map'],
  ] as const)('when the category is %s then answers select it as %s', (category, name) => {
    expect(selectorName(clarification(OF_EVERY_CATEGORY[category]))).toBe(name);
  });

  test.each([
    [{ ...OF_EVERY_CATEGORY['User Verification'], tool_id: 'mail' }, true, false],
    [OF_EVERY_CATEGORY['User Verification'], false, false],
    [{ ...OF_EVERY_CATEGORY['Multiple Choice'], unknown_outcome: true, tool_id: 'mail' }, false, true],
    [OF_EVERY_CATEGORY['Multiple Choice'], false, false],
    [{ ...OF_EVERY_CATEGORY.Input, tool_id: 'mail', unknown_outcome: true }, false, false],
  ])('when it is %j then approval is %s and unknown outcome is %s', (value, approval, outcome) => {
    expect(isApproval(clarification(value))).toBe(approval);
    expect(isUnknownOutcome(clarification(value))).toBe(outcome);
  });

  test('when some are answered then the open ones are the others, in order', () => {
    const [first, second, third] = [OF_EVERY_CATEGORY.Input, OF_EVERY_CATEGORY.Action, OF_EVERY_CATEGORY.Custom].map(
      clarification,
    ) as [Clarification, Clarification, Clarification];
    const run = { id: 'prun-1' as const, outputs: { clarifications: [first, { ...second, resolved: true }, third] } };
    expect(openClarifications(run)).toEqual([first, third]);
  });
});
