import { describe, expect, test } from 'vitest';

import type { Json } from '../../../src/domain/values/json.js';
import { checkPlan, type KnownToolsAndPlans } from '../../../src/domain/plan-check/plan-rules.js';
import type { KnownTool } from '../../../src/domain/plan-check/known-tools-and-plans.js';
import { compute, planWith, STEPS_OF_EVERY_KIND } from '../plan-examples.js';

const tool = (effect: 'read' | 'idempotent' | 'once', source: string) => ({ inputSchema: () => ({}), effect, source });

const known: KnownToolsAndPlans = {
  tools: new Map<string, KnownTool>([
    ['reads', tool('read', 'module')],
    ['writes', tool('idempotent', 'builtin')],
    ['puts', tool('idempotent', 'mcp')],
    ['sends', tool('once', 'builtin')],
    ['searches', { ...tool('read', 'builtin'), sends: true, isPublic: true }],
  ]),
};

const call = (tool_id: string) => ({ kind: 'tool', tool_id, output: '$z' });

function notesOf(steps: Json[]): string[] {
  return checkPlan(planWith(steps), known)
    .filter(({ severity }) => severity === 'note')
    .map(({ rule, pointer, about }) => `${rule} ${pointer}${about === undefined ? '' : ` ${about}`}`);
}

describe('notes', () => {
  test.each<[string, Json, string[]]>([
    ['asks for a value', STEPS_OF_EVERY_KIND['user_input'] ?? null, ['asks-a-person /steps/0']],
    ['asks for agreement', STEPS_OF_EVERY_KIND['user_verify'] ?? null, ['asks-a-person /steps/0']],
    ['may ask', { kind: 'react', task: 't', tools: ['reads'], output: 'a', may_ask: true }, ['asks-a-person /steps/0']],
    ['only reads', call('reads'), []],
    ['writes what the run made', call('writes'), ['acts /steps/0 writes (idempotent)']],
    ['may be repeated, by others', call('puts'), ['asks-a-person /steps/0', 'acts /steps/0 puts (idempotent)']],
    ['acts once', call('sends'), ['asks-a-person /steps/0', 'acts /steps/0 sends (once)']],
    [
      'lets a model act',
      { task: 't', tool_id: 'sends', output: 'a' },
      ['asks-a-person /steps/0', 'acts /steps/0 sends (once)'],
    ],
    [
      'lets an agent act',
      { kind: 'react', task: 't', tools: ['reads', 'writes', 'sends'], output: 'a' },
      ['asks-a-person /steps/0', 'acts /steps/0 writes (idempotent)', 'acts /steps/0 sends (once)'],
    ],
    ['sends what it is given', call('searches'), ['sends /steps/0 searches']],
    [
      'lets an agent read and send',
      { kind: 'react', task: 't', tools: ['reads', 'searches'], output: 'a' },
      ['asks-a-person /steps/0', 'sends /steps/0 searches'],
    ],
    [
      'lets an agent send without a question',
      { kind: 'react', task: 't', tools: ['reads', 'searches'], sends: 'allow', output: 'a' },
      ['sends /steps/0 searches'],
    ],
    ['calls what is not here', call('no_such'), []],
  ])('when a step %s then the notes fit', (_what, step, expected) => {
    expect(notesOf([step])).toEqual(expected);
  });

  test('when the step is in a block then the note names it there, and none of it is an error', () => {
    const steps = [compute('1', 'a'), { kind: 'for_each', over: [1], as: 'i', steps: [call('sends')] }];
    expect(notesOf(steps)).toEqual(['asks-a-person /steps/1/steps/0', 'acts /steps/1/steps/0 sends (once)']);
    expect(checkPlan(planWith(steps), known).filter(({ severity }) => severity === 'error')).toEqual([]);
  });
});
