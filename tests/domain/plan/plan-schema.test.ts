import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { planSchema, stepSchema } from '../../../src/domain/plan/plan-schema.js';
import { toolsOfSteps, stepBlocks, stepOutput } from '../../../src/domain/plan/plan-steps.js';
import { stepKind } from '../../../src/domain/plan/step-kinds/step-kinds.js';
import type { StepKindName } from '../../../src/domain/plan/plan.js';
import { compute, planWith, STEPS_OF_EVERY_KIND } from '../plan-examples.js';

const PLAN_ID = 'plan-019a0000-0000-7000-8000-000000000001';
const METADATA = { schema_version: 1, created_at: '2026-01-01T00:00:00.000Z', planner: 'hand' };

function pointersOf(value: unknown): string[] {
  const parsed = stepSchema.safeParse(value);
  return parsed.success ? [] : parsed.error.issues.map((issue) => issue.path.join('/'));
}

describe('planSchema', () => {
  test.each(readdirSync('plans').filter((name) => name.endsWith('.json')))(
    'when the checked-in %s is read then it is a plan, nothing lost',
    (name) => {
      const file = JSON.parse(readFileSync(join('plans', name), 'utf8')) as object;
      expect(planSchema.parse({ id: PLAN_ID, metadata: METADATA, ...file })).toMatchObject(file);
    },
  );

  test.each(Object.entries(STEPS_OF_EVERY_KIND))(
    'when a step is of kind %s then it is read as written',
    (kind, step) => {
      const [read] = planWith([step]).steps;
      expect(read).toMatchObject(step);
      expect(read && stepKind(read)).toBe(kind);
      expect(stepSchema.parse(read)).toEqual(read);
    },
  );

  test('when a document has keys that nobody knows then they are kept, everywhere', () => {
    const own = { 'x-note': { deep: [1] } };
    const step = {
      ...STEPS_OF_EVERY_KIND['if'],
      ...own,
      branches: [{ when: 'true', steps: [compute('1', '$a', own)], ...own }],
    };
    const plan = {
      ...planWith([step], [{ name: 'a', ...own }]),
      ...own,
      plan_context: { query: 'q', tool_ids: [], ...own },
      metadata: { ...METADATA, ...own },
    };
    expect(planSchema.parse(plan)).toEqual(plan);
  });

  test('when keys are left out then they have their defaults', () => {
    const [agent, tool, react, exit] = planWith([
      { task: 't', output: '$a' },
      { kind: 'tool', tool_id: 'x', output: '$b' },
      { kind: 'react', task: 't', tools: ['x'], output: '$c' },
      { kind: 'exit', message: 'm' },
    ]).steps;
    expect(agent).toMatchObject({ inputs: [], tool_id: null });
    expect(tool).toMatchObject({ args: {} });
    expect(react).toMatchObject({ max_tool_calls: 25 });
    expect(exit).toMatchObject({ error: false });
  });

  test.each<[string, unknown, string]>([
    ['a kind that nobody knows', { kind: 'goto', output: '$a' }, 'kind'],
    ['no task', { output: '$a' }, 'task'],
    ['an empty output', { task: 't', output: '' }, 'output'],
    ['a number as a task', { task: 7, output: '$a' }, 'task'],
    ['an empty block', { kind: 'for_each', over: [], as: 'x', steps: [] }, 'steps'],
    ['no branch', { kind: 'if', branches: [] }, 'branches'],
    ['no tools', { kind: 'react', task: 't', tools: [], output: '$a' }, 'tools'],
    [
      'a wrong step in a branch',
      { kind: 'if', branches: [{ when: 'x', steps: [{ kind: 'exit' }] }] },
      'branches/0/steps/0/message',
    ],
    [
      'a wrong step in a loop in else',
      { kind: 'if', branches: [{ when: 'x', steps: [compute('1', 'a')] }], else: [{ kind: 'while', steps: [7] }] },
      'else/0/steps/0',
    ],
    ['negative retries', compute('1', '$a', { retries: -1 }), 'retries'],
    ['a timeout of nothing', compute('1', '$a', { timeout_ms: 0 }), 'timeout_ms'],
    ['a condition that is not a sentence', compute('1', '$a', { condition: true }), 'condition'],
    ['a list as a schema', { task: 't', output: '$a', output_schema: [] }, 'output_schema'],
    ['a step that is a text', 'do it', ''],
    ['a step that is null', null, ''],
  ])('when a step has %s then the place is reported', (_name, step, pointer) => {
    expect(pointersOf(step)).toContain(pointer);
  });

  test('when a document is anything at all then it is read or refused, without an exception', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (steps, more) => {
        const parsed = planSchema.safeParse({ ...planWith([]), steps, more });
        if (parsed.success) expect(parsed.data.steps).toHaveLength((steps as unknown[]).length);
      }),
    );
  });

  test('when keys are those of a prototype then nothing is polluted', () => {
    const text =
      '{"kind":"tool","tool_id":"x","output":"$a","args":{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}}';
    expect(stepSchema.parse(JSON.parse(text))).toMatchObject({ tool_id: 'x' });
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });
});

describe('what is known of a step', () => {
  test('when a step has blocks then each has its place in the file and in paths', () => {
    const [step] = planWith([
      {
        kind: 'if',
        branches: [
          { when: 'a', steps: [compute('1', '$a')] },
          { condition: 'b', steps: [compute('2', '$a')] },
        ],
        else: [compute('3', '$a')],
      },
    ]).steps;
    expect(step && stepBlocks(step).map(({ at, path }) => [at, path])).toEqual([
      ['/branches/0/steps', '.branches.0.steps'],
      ['/branches/1/steps', '.branches.1.steps'],
      ['/else', '.else'],
    ]);
  });

  test.each<[StepKindName, string | undefined, string[]]>([
    ['agent', '$found', []],
    ['user_verify', undefined, []],
    ['exit', undefined, []],
    ['if', undefined, ['/branches/0/steps', '/else']],
    ['for_each', '$all', ['/steps']],
    ['while', undefined, ['/steps']],
    ['do_while', undefined, ['/steps']],
  ])('when it is of kind %s then it leaves %s and has the blocks %j', (kind, output, places) => {
    const step = stepSchema.parse(STEPS_OF_EVERY_KIND[kind]);
    expect(stepOutput(step)).toBe(output);
    expect(stepBlocks(step).map(({ at }) => at)).toEqual(places);
  });

  test('when tools are used anywhere then they are listed once, sorted', () => {
    const { steps } = planWith([
      { kind: 'tool', tool_id: 'zip', output: '$a' },
      { task: 't', output: '$b' },
      {
        kind: 'for_each',
        over: [1],
        as: 'x',
        steps: [
          {
            kind: 'if',
            branches: [{ when: 'x', steps: [{ kind: 'react', task: 't', tools: ['mail', 'zip'], output: 'c' }] }],
            else: [{ task: 't', tool_id: 'add', output: '$c' }],
          },
        ],
      },
    ]);
    expect(toolsOfSteps(steps)).toEqual(['add', 'mail', 'zip']);
  });
});
