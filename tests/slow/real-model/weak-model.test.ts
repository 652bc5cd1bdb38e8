import { Ajv2020 } from 'ajv/dist/2020.js';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { makeProject, portia, type Ended } from '../../support/portia.js';
import { startWeakModel, type WeakModel } from './weak-model.js';

let model: WeakModel | { unavailable: string };
beforeAll(async () => {
  model = await startWeakModel();
  if ('unavailable' in model) process.stderr.write(`\nThe real, weak model is not tried: ${model.unavailable}\n`);
}, 600_000);
afterAll(() => {
  if ('stop' in model) model.stop();
});
beforeEach(({ skip }) => {
  if ('unavailable' in model) skip(model.unavailable);
});

/** How it is asked, and what it has to plan: it always answers the same, or wildly. */
const MOODS = [
  ['calm', { temperature: 0 }, 'Add 3 and 4'],
  ['wild', { temperature: 1.4 }, 'Read notes.txt and write a summary of it to summary.txt'],
] as const;

function project(mood: object, files: Record<string, object> = {}): string {
  const base_url = 'baseUrl' in model ? model.baseUrl : '';
  const settings = { model: 'custom/weak', base_url, model_settings: { 'custom/weak': mood } };
  return makeProject({ 'portia.json': settings, ...files });
}

const planOf = (...steps: object[]) => ({ plan_context: { query: 'q', tool_ids: [] }, steps });

/** It ended by itself, and what it says of its end is one of the things that it may say. */
function expectHonest({ code, signal, stderr }: Ended, codes: number[]): void {
  expect({ signal, stderr }).toMatchObject({ signal: null, stderr: expect.not.stringMatching(/^ {4}at |"internal"/m) });
  expect(codes, stderr).toContain(code);
}

interface Shown {
  state: string;
  outputs: { final_output: { value: unknown } | null };
}

const shown = ({ stdout }: Ended) => JSON.parse(stdout) as Shown;

function eventsIn(cwd: string): { type: string; tool_id?: string; path?: string }[] {
  const [run = ''] = readdirSync(join(cwd, 'runs')).filter(
    (name) => name.startsWith('prun-') && !name.endsWith('.json'),
  );
  const lines = readFileSync(join(cwd, 'runs', run, 'events.ndjson'), 'utf8')
    .trimEnd()
    .split('\n');
  return lines.map((line) => JSON.parse(line) as { type: string });
}

const SCHEMAS: [what: string, task: string, schema: object][] = [
  [
    'an object',
    'Give a city and how many people live in it.',
    {
      type: 'object',
      properties: { city: { type: 'string' }, people: { type: 'integer', minimum: 0 } },
      required: ['city', 'people'],
      additionalProperties: false,
    },
  ],
  ['a list', 'Name three colours.', { type: 'array', items: { type: 'string' }, minItems: 1 }],
  ['one of some words', 'Is a whale a fish or a mammal?', { type: 'string', enum: ['fish', 'mammal'] }],
  ['a number', 'How many legs has a spider?', { type: 'integer' }],
  [
    'a list in an object',
    'Name two animals with their sounds.',
    {
      type: 'object',
      properties: {
        animals: {
          type: 'array',
          items: {
            type: 'object',
            properties: { name: { type: 'string' }, sound: { type: ['string', 'null'] } },
            required: ['name', 'sound'],
          },
        },
      },
      required: ['animals'],
    },
  ],
];

describe.each(MOODS)('a real, weak model that is %s', (_mood, mood, query) => {
  test('when it plans then there is a plan that can be checked, or none', async () => {
    const cwd = project(mood);
    const ended = await portia(['plan', query, '--planner', 'model'], { cwd });
    expectHonest(ended, [0, 1, 5]);
    if (ended.code !== 0) return;
    expect(await portia(['check', '-'], { cwd, input: ended.stdout })).toMatchObject({ code: 0 });
  });

  test.each(SCHEMAS)(
    'when a step must give %s then what it gives is that, or it fails',
    async (_what, task, schema) => {
      const cwd = project(mood, {
        'plan.json': planOf({ kind: 'llm', task, output: '$value', output_schema: schema }),
      });
      const ended = await portia(['run-plan', 'plan.json'], { cwd });
      expectHonest(ended, [0, 1]);
      const { state, outputs } = shown(ended);
      expect(state).toBe(ended.code === 0 ? 'COMPLETE' : 'FAILED');
      if (ended.code !== 0) return;
      const isValid = new Ajv2020({ strict: false }).compile(schema);
      expect({ value: outputs.final_output?.value, valid: isValid(outputs.final_output?.value) }).toMatchObject({
        valid: true,
      });
    },
  );

  test.each([
    ['an agent', { task: 'Calculate 3 * 17.', tool_id: 'calculator_tool', inputs: [], output: '$sum' }],
    [
      'a react',
      { kind: 'react', task: 'Calculate 3 * 17.', tools: ['calculator_tool'], max_tool_calls: 2, output: '$sum' },
    ],
  ])('when it does %s step then its tool was called, or the step fails or asks', async (kind, step) => {
    const cwd = project(mood, { 'plan.json': planOf(step) });
    const ended = await portia(['run-plan', 'plan.json'], { cwd });
    // An agent of the one kind gives the result of its tool; that of the other may answer in words of its own.
    expectHonest(ended, [0, 1, 8]);
    const calls = eventsIn(cwd).filter(({ type }) => type === 'tool.finished');
    const hasCalled = calls.length > 0 || kind === 'a react';
    expect({ code: ended.code, hasCalled }).not.toEqual({ code: 0, hasCalled: false });
  });

  test('when it judges a condition then the step is done or skipped, or fails', async () => {
    const step = { kind: 'compute', expression: '1', output: '$one', condition: 'The number 7 is larger than 3.' };
    const cwd = project(mood, { 'plan.json': planOf(step) });
    const ended = await portia(['run-plan', 'plan.json'], { cwd });
    expectHonest(ended, [0, 1]);
  });
});

test('when all is done then the model was really asked', () => {
  expect('answers' in model && model.answers.length).toBeGreaterThan(10);
});
