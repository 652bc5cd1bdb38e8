import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { PLAIN_MARKS } from '../../src/domain/values/marks.js';
import { completePlan } from '../../src/domain/plan/complete-plan.js';
import { diffPlans } from '../../src/domain/plan/plan-diff.js';
import type { Json } from '../../src/domain/values/json.js';
import type { Plan, Step } from '../../src/domain/plan/plan.js';
import { compileSchema } from '../../src/tools/json-schema.js';
import { planReplyJsonSchema } from '../../src/planner/plan-reply.js';
import { planningMessages } from '../../src/planner/planning-prompt.js';
import { planQuery } from '../../src/planner/plan-query.js';
import { readPlanReply, replyShapeProblems, type OfferedToModel } from '../../src/planner/read-plan-reply.js';
import { compute, planWith, STEPS_OF_EVERY_KIND } from '../domain/plan-examples.js';
import { checkedReply, checkWith, toolsCalled } from './checked-reply.js';
import { PLANNED_THEN } from './planned-then.js';

const search = {
  task: 'Search for offers.',
  inputs: [{ name: '$city', description: 'Where.' }],
  tool_id: 'search_tool',
  output: '$offers',
  retries: 2,
};
const loop = {
  kind: 'for_each',
  over: '$offers',
  as: 'offer',
  steps: [compute('$offer.price', '$price')],
  output: '$prices',
};
const total = compute('$sum($prices)', '$total');
const choice = {
  kind: 'if',
  branches: [{ when: '$total > 5', steps: [compute('"dear"', '$verdict')] }],
  else: [compute('"cheap"', '$verdict')],
};
const report = {
  kind: 'llm',
  task: 'Report.',
  inputs: [{ name: '$verdict' }],
  output: '$report',
  system_prompt: 'Be brief.',
};

const OLD: Plan = completePlan(planWith([search, loop, total, choice, report], [{ name: 'city' }]));
const keep = (...numbers: number[]) => numbers.map((number) => ({ keep: number }));
const planned = (fields: object) => ({
  task: 'Ring the bell.',
  inputs: [],
  tool_id: null,
  output: '$bell',
  condition: null,
  when: null,
  writes: null,
  ...fields,
});
const repeated = (step: Step | undefined, fields: object = {}) => {
  const { task, inputs, tool_id = null, output } = step as unknown as Record<string, Json>;
  return { task, inputs, tool_id, output, condition: null, when: null, writes: null, ...fields };
};

const SURROUNDINGS: OfferedToModel = {
  toolIds: ['search_tool', 'llm_tool'],
  planInputs: OLD.plan_inputs,
  form: 'simple',
  oldSteps: OLD.steps,
};
const read = (steps: unknown[]) => checkedReply({ steps, error: null }, SURROUNDINGS);

async function stepsOf(...steps: unknown[]): Promise<Step[]> {
  const reply = await read(steps);
  expect(reply).toMatchObject({ kind: 'steps' });
  return reply.kind === 'steps' ? reply.steps : [];
}

async function rulesOf(...steps: unknown[]): Promise<string[]> {
  const reply = await read(steps);
  return reply.kind === 'problems' ? reply.problems.map(({ rule }) => rule) : expect.fail(JSON.stringify(reply));
}

describe('when a plan is to be refined then the planner', () => {
  const prompt = (plan: Plan) => {
    const context = {
      form: 'simple' as const,
      query: 'Offers?',
      tools: [],
      planInputs: [],
      examples: [],
      today: '',
      previousProblems: [],
      marks: PLAIN_MARKS,
    };
    return planningMessages({ ...context, refine: { plan, hint: 'only after 14:00' } })[1]?.text ?? '';
  };

  test('is told the request, the steps so far and the hint, in this order', () => {
    const text = prompt(OLD);
    const places = ['## Request\nOffers?', '## Steps so far\n<data>\n{"number":0', '## Change\nonly after 14:00\n'].map(
      (part) => text.indexOf(part),
    );
    expect(Math.min(...places)).toBeGreaterThan(0);
    expect(places).toEqual([...places].sort((a, b) => a - b));
  });

  test('sees steps in the shape of a reply, and those of other kinds whole, without what was made from them', () => {
    const lines = prompt(OLD)
      .split('\n')
      .filter((line) => line.startsWith('{"number"'))
      .map((line) => JSON.parse(line) as { number: number; whole?: true; step: Record<string, Json> });
    expect(lines.map(({ number, whole = false }) => [number, whole])).toEqual([
      [0, false],
      [1, true],
      [2, true],
      [3, true],
      [4, false],
    ]);
    expect(lines[0]?.step).toEqual({ ...repeated(OLD.steps[0]), output: '$offers' });
    expect(lines[1]?.step).toEqual(loop);
    expect(lines[2]?.step).toEqual(total);
    expect(lines[4]?.step).toEqual({ ...repeated(OLD.steps[4]), tool_id: null });
  });

  test('sees nothing of it when there is no plan to refine', () => {
    const context = {
      form: 'simple' as const,
      query: 'q',
      tools: [],
      planInputs: [],
      examples: [],
      today: '',
      previousProblems: [],
      marks: PLAIN_MARKS,
    };
    expect(planningMessages(context)[1]?.text).not.toMatch(/keep|Steps so far/);
  });
});

describe('when a reply keeps steps', () => {
  test('then steps of every kind come back unchanged, in the order of the reply', async () => {
    const every = completePlan(planWith(Object.values(STEPS_OF_EVERY_KIND), [{ name: 'list' }]));
    const numbers = every.steps.map((_step, number) => number);
    const reply = readPlanReply(
      { steps: keep(...numbers) },
      { toolIds: [], planInputs: every.plan_inputs, form: 'full', oldSteps: every.steps },
    );
    expect(reply).toMatchObject({ kind: 'document', problems: [], document: { steps: every.steps } });
    expect(await stepsOf(...keep(0, 1))).toEqual(OLD.steps.slice(0, 2));
  });

  test('then a step that is repeated instead is the old one', async () => {
    const all = [repeated(OLD.steps[0]), { keep: 1 }, repeated(OLD.steps[2]), { keep: 3 }, repeated(OLD.steps[4])];
    expect(await stepsOf(...all)).toEqual(OLD.steps);
  });

  test('then a number as a text, and keys of a strict endpoint beside it, are taken', async () => {
    const nothing = { task: '', inputs: [], tool_id: null, output: '', condition: null, when: null };
    expect(await stepsOf({ keep: '0' }, { keep: 1, ...nothing })).toEqual(OLD.steps.slice(0, 2));
    expect(await stepsOf({ keep: 0, ...repeated(OLD.steps[0]) })).toEqual(OLD.steps.slice(0, 1));
    expect(await stepsOf({ keep: null, ...planned({}) })).toHaveLength(1);
  });

  test('then other steps can use what kept ones leave, that of branches too', async () => {
    const steps = await stepsOf(...keep(0, 1, 2, 3), planned({ inputs: ['$verdict', '$prices'] }));
    expect(steps.slice(0, 4)).toEqual(OLD.steps.slice(0, 4));
    expect(steps[4]).toMatchObject({ inputs: [{ name: '$verdict' }, { name: '$prices' }] });
  });

  test('then a step that changes keeps what a reply cannot say', async () => {
    const [first] = await stepsOf(repeated(OLD.steps[0], { task: 'Search after 14:00.' }));
    expect(first).toEqual({ ...search, task: 'Search after 14:00.' });
    const steps = await stepsOf(...keep(0, 1, 2, 3), repeated(OLD.steps[4], { when: '$total > 1' }));
    expect(steps[4]).toEqual({ ...OLD.steps[4], when: '$total > 1' });
  });

  test('then a computation that changes is planned anew', async () => {
    const steps = await stepsOf(...keep(0, 1), repeated(OLD.steps[2], { task: 'Add the prices, without the first.' }));
    expect(steps[2]).not.toHaveProperty('kind');
  });
});

describe('when a reply changes a step of a kind that is not planned', () => {
  const other = { ...loop, over: '$offers[price > 0]', steps: [...loop.steps, compute('$price * 2', '$double')] };

  test('then the whole step is taken, and what it leaves can be used', async () => {
    const steps = await stepsOf(...keep(0), { change: 1, step: other }, planned({ inputs: ['$prices'] }), ...keep(2));
    expect(steps[1]).toEqual(other);
    expect(steps[3]).toEqual(OLD.steps[2]);
    expect(replyShapeProblems({ steps: [{ change: 1, step: other }] }, SURROUNDINGS)).toEqual([]);
  });

  test.each<[what: string, step: unknown, rules: string[]]>([
    ['another kind', { change: 1, step: { ...total, expression: '1' } }, ['changed-kind']],
    ['no step', { change: 1 }, ['reply-shape', 'shape', 'shape']],
    ['half a step', { change: 1, step: { kind: 'for_each', as: 'x' } }, ['shape', 'shape']],
    ['a step that is not there', { change: 7, step: other }, ['unknown-step']],
  ])('and it gives %s then it is reported', async (_what, step, rules) => {
    expect(await rulesOf(step)).toEqual(rules);
  });

  test('and keeps it too then it is reported', async () => {
    expect(await rulesOf(...keep(0, 1), { change: 1, step: loop })).toEqual(['kept-twice']);
  });
});

describe('when a reply keeps badly', () => {
  test.each<[what: string, steps: unknown[], rules: string[]]>([
    ['what there is not', [{ keep: 9 }], ['unknown-step']],
    ['below zero', [{ keep: -1 }], ['unknown-step']],
    ['no number', [{ keep: 'the loop' }], ['unknown-step']],
    ['what cannot be turned into a text', [{ keep: { toString: false } }], ['unknown-step']],
    ['twice', keep(0, 0), ['kept-twice']],
    ['and changes', [{ keep: 0, ...planned({}) }], ['kept-and-changed']],
    ['what makes an output that is made', [...keep(0), planned({ output: '$offers' })], ['duplicate-output']],
    ['too late', [planned({ inputs: ['$offers'] }), ...keep(0)], ['used-too-early']],
  ])('%s then it is reported', async (_what, steps, rules) => {
    expect(await rulesOf(...steps)).toEqual(rules);
  });

  test('then nothing that a model may say breaks the reader', () => {
    const number = fc.oneof(fc.integer({ min: -2, max: 6 }), fc.jsonValue());
    const step = fc.oneof(
      fc.record({ keep: number }),
      fc.record({ change: number, step: fc.oneof(fc.constantFrom(...OLD.steps), fc.jsonValue()) }),
      fc.record({ keep: number, change: number, task: fc.string(), output: fc.string() }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 6 }), (steps) => {
        const reply = readPlanReply({ steps }, SURROUNDINGS);
        if (reply.kind === 'document') expect(reply.document.steps).toHaveLength(steps.length);
        else expect(reply).toMatchObject({ kind: 'problems', problems: expect.arrayContaining([expect.anything()]) });
      }),
    );
  });

  test('and no plan is refined then keep is a key like any other that planned steps do not have', () => {
    const alone: OfferedToModel = { toolIds: [], planInputs: [], form: 'simple' };
    expect(replyShapeProblems({ steps: [{ keep: 0 }] }, alone).length).toBeGreaterThan(0);
    expect(replyShapeProblems({ steps: [{ keep: 0 }] }, SURROUNDINGS)).toEqual([]);
  });

  test('then the schema for strict endpoints lets keep stand alone', async () => {
    const validate = await compileSchema(planReplyJsonSchema({ form: 'simple', canKeep: true }));
    const steps = [{ keep: 0 }, planned({ inputs: [] }), { change: 1, step: loop }];
    expect(validate({ steps, error: null })).toEqual([]);
    expect(validate({ steps: [{ keep: 0, task: 'x' }], error: null })).not.toEqual([]);
    const alone = await compileSchema(planReplyJsonSchema({ form: 'simple', canKeep: false }));
    expect(alone({ steps: [{ keep: 0 }], error: null })).not.toEqual([]);
  });
});

describe('when a model refines', async () => {
  const refine = async (...replies: Json[]) => {
    const prompts: string[] = [];
    const model = {
      id: 'test/planner',
      complete: (asked: { messages: readonly { text: string }[] }) => {
        prompts.push(asked.messages.map(({ text }) => text).join('\n'));
        const usage = { calls: 1, input_tokens: 1, output_tokens: 1 };
        return Promise.resolve({ text: JSON.stringify(replies.shift()), toolCalls: [], usage });
      },
    };
    const result = await planQuery({
      query: 'Offers?',
      tools: [{ id: 'llm_tool', description: '', effect: 'read', inputSchema: {} }],
      model,
      planInputs: OLD.plan_inputs,
      ...PLANNED_THEN,
      check: checkWith(toolsCalled('llm_tool', 'search_tool')),
      refine: { plan: OLD, hint: 'ring a bell' },
    });
    return { result, prompts };
  };

  test('then the plan names what it was made from, the whole request, and every tool of its steps', async () => {
    const { result } = await refine({ steps: [...keep(0, 1, 2, 3, 4), planned({})], error: null });
    const plan = result.kind === 'plan' ? result.plan : expect.fail(result.kind);
    expect(plan).toMatchObject({
      derived_from: OLD.id,
      plan_context: { query: 'Offers?\nring a bell', tool_ids: ['llm_tool', 'search_tool'] },
      metadata: { planner: 'model', model: 'test/planner' },
    });
    expect(diffPlans(OLD, plan).filter(({ part }) => part === 'step')).toMatchObject([{ change: 'added', path: '5' }]);
  });

  test('then a kept step that lacks what it needs is told to it by its place', async () => {
    const { result, prompts } = await refine(
      { steps: keep(0, 3), error: null },
      { steps: keep(0, 1, 2, 3), error: null },
    );
    expect(result).toMatchObject({ kind: 'plan', attempts: 2 });
    expect(prompts[1]).toContain('- Step 2.1, when: Nothing defines $total.');
  });
});
