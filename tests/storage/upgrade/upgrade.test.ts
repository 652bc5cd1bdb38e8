import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

import { planDigest } from '../../../src/domain/plan/plan-digest.js';
import { planProblems, readPlanDocument, readRunDocument } from '../../../src/storage/upgrade/upgrade.js';
import { errorOf, planWith, PLAN_ID } from '../examples.js';

const createdAt = '2024-05-06T07:08:09.000Z';
const root = join(import.meta.dirname, '../../..');
const golden = (path: string): Record<string, unknown> =>
  JSON.parse(readFileSync(join(root, path), 'utf8')) as Record<string, unknown>;
const readPlan = (value: unknown) => readPlanDocument(value, { createdAt });

const SEED_PLAN = 'plans/plan-1dcd74a4-0af5-490a-a7d0-0df4fd983977.json';
const SEED_RUN = 'runs/prun-18d9aa91-0066-413f-af32-b979bce89821.json';
const WORKFLOW_PLAN = 'tests/golden/workflow/plan-1dcd74a4-0af5-490a-a7d0-0df4fd983977.json';
const WORKFLOW_RUN = 'tests/golden/workflow/workflow-18d9aa91-0066-413f-af32-b979bce89821.json';
const REFERENCE = 'tests/golden/reference-0.9.0';
const REFERENCE_PLAN = `${REFERENCE}/plan-8ff9b4f4-6e07-4e59-bb8a-9dcbbca1836b.json`;

describe('plans of other shapes', () => {
  test('when a plan of the Python SDK is read then only our keys are added', () => {
    const seed = golden(SEED_PLAN);
    const { plan, warnings, hadId } = readPlan(seed);
    expect(hadId).toBe(true);
    expect(plan).toMatchObject(seed);
    expect(plan.metadata).toEqual({ schema_version: 1, created_at: createdAt, planner: 'hand' });
    expect(warnings).toEqual([]);
    expect(Object.keys(plan)).toEqual(['id', 'plan_context', 'steps', 'plan_inputs', 'metadata']);
    expect(Object.keys(plan.steps[0] ?? {})).toEqual(['task', 'inputs', 'tool_id', 'output']);
  });

  test('when the plan of an older workflow is read then it is the same plan, but for its step without a tool', () => {
    const seed = readPlan(golden(SEED_PLAN)).plan;
    const { plan, warnings } = readPlan(golden(WORKFLOW_PLAN));
    expect(plan).toEqual({
      ...seed,
      steps: seed.steps.map((step, at) => (at === 2 ? { ...step, tool_id: null } : step)),
    });
    expect(warnings).toEqual([]);
  });

  test.each([
    ['Search Tool', 'search_tool'],
    ['LLM Tool', 'llm_tool'],
    ['Calculator', 'calculator_tool'],
    ['File reader tool', 'file_reader_tool'],
    ['weather tool ', 'weather_tool'],
  ])('when a step names the tool %j then its id is %j', (name, id) => {
    const { plan, warnings } = readPlan({
      ...golden(WORKFLOW_PLAN),
      steps: [{ task: 't', tool_name: name, output: '$a' }],
    });
    expect(plan.steps[0]).toMatchObject({ tool_id: id });
    expect(warnings.filter((warning) => warning.includes('not known'))).toEqual([]);
  });

  test('when a step names a tool that nobody knows then it is spelled like an id, with a warning', () => {
    const { plan, warnings } = readPlan({
      ...golden(WORKFLOW_PLAN),
      steps: [{ task: 't', tool_name: 'My (Best) Tool!', output: '$a' }],
    });
    expect(plan.steps[0]).toMatchObject({ tool_id: 'my_best_tool' });
    expect(warnings).toContain(
      '/steps/0/tool_name names the tool "My (Best) Tool!", which is not known; it is read as my_best_tool.',
    );
  });

  test('when a plan of the Python SDK with values is read then values become defaults and absent conditions go', () => {
    const { plan, warnings } = readPlan(golden(REFERENCE_PLAN));
    expect(plan.plan_inputs).toEqual([
      { name: '$tone', description: 'The tone of the review', default: 'friendly' },
      { name: '$reader', description: null },
    ]);
    expect(plan.steps[0]).not.toHaveProperty('condition');
    expect(plan.steps[1]).toHaveProperty('condition', 'if $poem is not empty');
    expect(warnings).toEqual([]);
  });

  test.each([
    ['upper case', '1DCD74A4-0AF5-490A-A7D0-0DF4FD983977'],
    ['no hyphens', 'plan-1dcd74a40af5490aa7d00df4fd983977'],
    ['an object', { uuid: '1dcd74a4-0af5-490a-a7d0-0df4fd983977' }],
  ])('when the id is written with %s then it is the same id', (_name, id) => {
    expect(readPlan({ ...golden(SEED_PLAN), id }).plan.id).toBe('plan-1dcd74a4-0af5-490a-a7d0-0df4fd983977');
  });

  test('when there is no id then the content makes one, the same each time', () => {
    const { id: _id, ...rest } = planWith();
    const { plan, hadId } = readPlan(rest);
    expect(hadId).toBe(false);
    expect(plan.id).toMatch(/^plan-[0-9a-f]{8}-[0-9a-f]{4}-8/);
    expect(readPlanDocument(structuredClone(rest), { createdAt: '2030-01-01T00:00:00.000Z' }).plan.id).toBe(plan.id);
    expect(readPlan({ ...rest, steps: planWith(PLAN_ID, 'Other').steps }).plan.id).not.toBe(plan.id);
  });

  test('when tool_ids is left out then it is made from the steps', () => {
    const {
      plan_context: { query },
      ...rest
    } = planWith();
    const tool = { kind: 'tool', tool_id: 'calculator_tool', args: { math_question: '1 + 2' }, output: '$sum' };
    const loop = {
      kind: 'for_each',
      over: [1],
      as: 'n',
      steps: [tool, { task: 'Look', tool_id: 'weather_tool', output: '$w' }],
    };
    const { plan, warnings } = readPlan({ ...rest, plan_context: { query }, steps: [loop] });
    expect(plan.plan_context).toEqual({ query, tool_ids: ['calculator_tool', 'weather_tool'] });
    expect(warnings).toEqual([]);
  });

  test('when our own plan is read then nothing changes, and reading again changes nothing', () => {
    const own = { ...planWith(), extra: { kept: true } };
    expect(readPlan(own).plan).toEqual(own);
    const upgraded = readPlan(golden(REFERENCE_PLAN)).plan;
    expect(readPlan(JSON.parse(JSON.stringify(upgraded))).plan).toEqual(upgraded);
    expect(planDigest(readPlan(upgraded).plan)).toBe(planDigest(upgraded));
  });

  test('when a plan has a key like __proto__ then no prototype changes', () => {
    readPlan(JSON.parse(`{"__proto__":{"polluted":true},${JSON.stringify(planWith()).slice(1)}`));
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});

describe('bad plans', () => {
  test('when several things are wrong then all are listed, with their places', async () => {
    const steps = [{ kind: 'nope' }, { task: 7, output: '' }, { kind: 'for_each', over: 3, as: 'x', steps: [] }];
    const error = await errorOf(() => readPlan({ id: 'plan-x', plan_context: { query: 'q' }, steps }));
    expect(error).toMatchObject({
      code: 'invalid-plan',
      message: 'The plan has 6 problems.',
      details: { pointer: '/id' },
    });
    expect(error.details.why?.split('\n')).toEqual([
      'id: must be plan- and a UUID',
      expect.stringMatching(/^step 1, kind: must be one of: tool, llm,/),
      'step 2, task: must be a string, not number',
      'step 2, output: must not be empty',
      'step 3, over: must be a string, not number; or must be an array, not number',
      'step 3, steps: a block needs at least one step',
    ]);
  });

  test.each<[string, unknown]>([
    ['null', null],
    ['a list', []],
    ['a text', 'plan'],
    ['nothing', {}],
    ['too deep', { steps: JSON.parse(`${'['.repeat(70)}${']'.repeat(70)}`) as unknown }],
  ])('when the document is %s then it is an invalid plan', async (_name, value) => {
    expect(await errorOf(() => readPlan(value))).toMatchObject({
      code: 'invalid-plan',
      fix: expect.any(String),
    });
    expect(planProblems(value).some((problem) => problem.severity === 'error')).toBe(true);
  });

  test('when the steps are not a list then the fix is the example that a check shows', async () => {
    const value = { ...planWith(), steps: { kind: 'compute', expression: '1', output: '$a' } };
    const [{ fix } = {}] = planProblems(value);
    expect(fix).toMatch(/^Write, for example: "steps": \[/);
    expect((await errorOf(() => readPlan(value))).fix).toBe(fix);
  });

  test('when a newer portia wrote it then that is said', async () => {
    const value = { ...planWith(), metadata: { schema_version: 2 } };
    expect((await errorOf(() => readPlan(value))).code).toBe('newer-version');
    expect((await errorOf(() => planProblems(value))).code).toBe('newer-version');
  });

  test('when a plan is good then its problems are only warnings', () => {
    expect(planProblems(planWith())).toEqual([]);
    expect(planProblems(golden(SEED_PLAN))).toEqual([]);
    const seed = golden(SEED_PLAN);
    expect(planProblems({ ...seed, plan_context: { query: 'x', tool_ids: ['llm_tool'] } })).toEqual([
      expect.objectContaining({ severity: 'warning', rule: 'tool-not-listed', pointer: '/plan_context/tool_ids' }),
    ]);
  });
});

describe('runs of other shapes', () => {
  test('when a run of the Python SDK is read then its keys stay and its missing plan is reported', () => {
    const { run, warnings } = readRunDocument(golden(SEED_RUN), { createdAt });
    expect(run).toMatchObject(golden(SEED_RUN));
    expect(run).toMatchObject({
      end_user_id: 'portia:default_user',
      plan_digest: '',
      metadata: { last_seq: 0, step_count: 3 },
    });
    expect(run.steps.map((step) => step.status)).toEqual(['completed', 'completed', 'completed']);
    expect(warnings).toEqual([
      expect.stringContaining('/plan_id the plan plan-a89efeb0-51ef-4f2c-b435-a936c27c3cfc is not here'),
    ]);
    expect(Object.keys(run).slice(0, 5)).toEqual(['id', 'plan_id', 'current_step_index', 'state', 'outputs']);
  });

  test('when its plan is at hand then an output that no step has is reported', () => {
    const { plan } = readPlan(golden(SEED_PLAN));
    const { run, warnings } = readRunDocument(golden(SEED_RUN), { createdAt, plan });
    expect(warnings).toEqual([
      '/outputs/step_outputs/$faster_growth no step of plan-1dcd74a4-0af5-490a-a7d0-0df4fd983977 has this output.',
    ]);
    expect(run.steps[0]).toMatchObject({ path: '0', output_name: '$amazon_stock_growth' });
    expect(run.plan_digest).toBe(planDigest(plan));
  });

  test('when an older workflow is read then it is the same run', () => {
    const seed = readRunDocument(golden(SEED_RUN), { createdAt }).run;
    expect(readRunDocument(golden(WORKFLOW_RUN), { createdAt }).run).toEqual(seed);
  });

  test('when the older run’s context tells something then that is kept', () => {
    const execution_context = { end_user_id: 'ada', additional_data: { team: 'x' } };
    const { run } = readRunDocument({ ...golden(WORKFLOW_RUN), execution_context }, { createdAt });
    expect(run).toMatchObject({ end_user_id: 'ada', execution_context: { additional_data: { team: 'x' } } });
  });

  test('when a waiting run of the Python SDK is read then its question is open and its text is not an output', () => {
    const { plan } = readPlan(golden(REFERENCE_PLAN));
    const document = golden(`${REFERENCE}/prun-bb228a63-1c0e-48bb-89fe-42fceb098972.json`);
    const { run, warnings } = readRunDocument(document, { createdAt, plan });
    expect(run.outputs.step_outputs).toEqual({});
    expect(run.outputs.clarifications).toMatchObject([{ category: 'Multiple Choice', path: '0', resolved: false }]);
    expect(run).toMatchObject({ state: 'NEED_CLARIFICATION', pause: { reason: 'clarification' }, steps: [] });
    expect(warnings).toEqual([expect.stringContaining('text of a question')]);
  });

  test('when a finished run of the Python SDK is read then its value in agent memory is a reference', () => {
    const { plan } = readPlan(golden(REFERENCE_PLAN));
    const document = golden(`${REFERENCE}/prun-8aade85a-dbf1-455d-b63a-225ed780ce9b.json`);
    const { run, warnings } = readRunDocument(document, { createdAt, plan });
    expect(run.outputs.step_outputs['$poem']).toEqual({ output_name: '$poem', plan_run_id: run.id, summary: '' });
    expect(run.steps).toMatchObject([
      { output_name: '$poem' },
      { output_name: '$review', output: { value: '{"k": 1}' } },
    ]);
    expect(run.outputs.clarifications).toMatchObject([{ resolved: true, response: 'b/poem.txt', channel: 'import' }]);
    expect(warnings).toEqual([]);
  });

  test.each([
    ['FAILED', { error: { code: 'step-failed', retryable: true, step: '1' } }],
    ['IN_PROGRESS', { error: null, current_step_index: 1 }],
  ])('when the run is %s then what can be known is filled in', (state, expected) => {
    const document = { ...golden(SEED_RUN), state, current_step_index: 1 };
    const { run } = readRunDocument(document, { createdAt });
    expect(run).toMatchObject(expected);
    expect(run.steps.map((step) => step.path)).toEqual(['0']);
  });

  test.each([900_000_000, 1e300, Number.POSITIVE_INFINITY])(
    'when it claims to be at step %d then that makes no work, in any old shape',
    (current_step_index) => {
      for (const more of [{}, { execution_context: {} }]) {
        const { run } = readRunDocument({ ...golden(SEED_RUN), ...more, current_step_index }, { createdAt });
        expect(run.steps).toHaveLength(1_001);
        expect(run.current_step_index).toBe(1_000);
      }
    },
  );

  test('when an index is behind the last step, as one engine writes it, then it is the last step', () => {
    const { plan } = readPlan(golden(SEED_PLAN));
    expect(
      readRunDocument({ ...golden(SEED_RUN), current_step_index: 3 }, { createdAt, plan }).run.current_step_index,
    ).toBe(2);
  });

  test.each<[string, unknown, string]>([
    ['nothing', {}, '/id: '],
    ['a list', [], 'a list'],
    [
      'of a run whose id is not a text',
      { ...golden(SEED_RUN), id: { toString: false }, state: 'NEED_CLARIFICATION' },
      '/id: ',
    ],
    [
      'of a question whose id is not a text',
      {
        ...golden(SEED_RUN),
        outputs: {
          clarifications: [{ id: { toString: false }, category: 'Input', resolved: false }],
          step_outputs: { $a: { value: '[{"id": "clar-1"}]', summary: null } },
        },
      },
      '/outputs/clarifications/0/id: ',
    ],
    ['of an unknown state', { ...golden(SEED_RUN), state: 'LOST' }, '/state: must be one of: NOT_STARTED'],
    [
      'a bad clarification',
      { ...golden(SEED_RUN), outputs: { clarifications: [{}] } },
      '/outputs/clarifications/0/category: ',
    ],
  ])('when the document is %s then it is unreadable and says why', async (_name, value, why) => {
    const error = await errorOf(() => readRunDocument(value, { createdAt }));
    expect(error.code).toBe('unreadable');
    expect(error.details.why).toContain(why);
  });
});
