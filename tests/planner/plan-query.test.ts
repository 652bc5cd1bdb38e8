import { describe, expect, test } from 'vitest';

import { PortiaError, type Problem } from '../../src/domain/errors.js';
import type { Json } from '../../src/domain/values/json.js';
import { planSchema } from '../../src/domain/plan/plan-schema.js';
import { FormatRejected, type Model, type ModelRequest } from '../../src/models/model.js';
import { planQuery, type PlanQueryRequest } from '../../src/planner/plan-query.js';
import { checkWith, toolsCalled } from './checked-reply.js';
import { PLANNED_THEN } from './planned-then.js';

const USAGE = { calls: 1, input_tokens: 100, output_tokens: 10 };
const STEP = { task: 'Search.', inputs: [], tool_id: 'search_tool', output: '$found', condition: null, when: null };
const GOOD = { steps: [STEP], error: null };
const UNKNOWN_TOOL = { steps: [{ ...STEP, tool_id: 'sms' }], error: null };

/** A model that gives these replies in order (an error is thrown, a text is sent as it is) and fails when asked again. */
function scripted(...replies: (Json | Error)[]): { model: Model; prompts: string[]; requests: ModelRequest[] } {
  const prompts: string[] = [];
  const requests: ModelRequest[] = [];
  const model: Model = {
    id: 'test/planner',
    complete(asked) {
      const reply = replies.shift();
      requests.push(asked);
      prompts.push(asked.messages.map((message) => message.text).join('\n'));
      if (reply === undefined) return Promise.reject(new Error('unexpected model call'));
      if (reply instanceof Error) return Promise.reject(reply);
      const text = typeof reply === 'string' ? reply : JSON.stringify(reply);
      return Promise.resolve({ text, toolCalls: [], usage: USAGE });
    },
  };
  return { model, prompts, requests };
}

function request(model: Model, more: Partial<PlanQueryRequest> = {}): PlanQueryRequest {
  const schema = { type: 'object', properties: {} };
  return {
    query: 'Which grew faster?',
    tools: ['search_tool', 'llm_tool', 'calculator_tool'].map((id) => ({
      id,
      description: '',
      effect: 'read',
      inputSchema: schema,
    })),
    model,
    planInputs: [],
    ...PLANNED_THEN,
    check: checkWith(toolsCalled('search_tool', 'llm_tool', 'calculator_tool')),
    ...more,
  };
}

const problem = (severity: 'error' | 'warning', rule: string): Problem => ({
  severity,
  rule,
  message: `${rule}!`,
  pointer: '',
});

describe('when the model replies with a good plan', () => {
  test('then it is stamped with what was offered, who made it and what it cost', async () => {
    const inputs = [{ name: 'city', description: 'Where.', default: 'London' }];
    const planned = await planQuery(
      request(scripted(GOOD).model, { planInputs: inputs, outputSchema: { type: 'object' } }),
    );
    expect(planned).toMatchObject({ kind: 'plan', attempts: 1, usage: USAGE, warnings: [] });
    if (planned.kind !== 'plan') return;
    expect(planSchema.parse(planned.plan)).toEqual(planned.plan);
    expect(JSON.parse(JSON.stringify(planned.plan))).toEqual({
      id: 'plan-01890a5d-ac96-774b-bcce-b302099a8057',
      plan_context: { query: 'Which grew faster?', tool_ids: ['calculator_tool', 'llm_tool', 'search_tool'] },
      steps: [{ task: 'Search.', inputs: [], tool_id: 'search_tool', output: '$found' }],
      plan_inputs: inputs,
      output_schema: { type: 'object' },
      metadata: {
        schema_version: 1,
        created_at: '2026-11-23T01:02:03.000Z',
        planner: 'model',
        model: 'test/planner',
        usage: USAGE,
      },
    });
    expect(Object.keys(planned.plan)).toEqual([
      'id',
      'plan_context',
      'steps',
      'plan_inputs',
      'output_schema',
      'metadata',
    ]);
  });

  test('then the warnings of the rules come with it', async () => {
    const { model } = scripted(GOOD);
    const check = checkWith(toolsCalled('search_tool'));
    const warned: PlanQueryRequest['check'] = async (document) => ({
      ...(await check(document)),
      problems: [problem('warning', 'unused')],
    });
    expect(await planQuery(request(model, { check: warned }))).toMatchObject({
      kind: 'plan',
      warnings: [{ rule: 'unused' }],
    });
  });
});

describe('when the model replies with a plan that cannot be run', () => {
  test('then it is told what was wrong, and only of the reply before', async () => {
    const { model, prompts } = scripted(UNKNOWN_TOOL, { steps: [] }, GOOD);
    const told: [number, string[]][] = [];
    const onAttempt: PlanQueryRequest['onAttempt'] = (attempt, problems) =>
      void told.push([attempt, problems.map(({ rule }) => rule)]);
    const planned = await planQuery(request(model, { onAttempt }));
    const usage = { calls: 3, input_tokens: 300, output_tokens: 30 };
    expect(planned).toMatchObject({ kind: 'plan', attempts: 3, usage, plan: { metadata: { usage } } });
    expect(told).toEqual([
      [1, []],
      [2, ['unknown-tool']],
      [3, ['no-steps']],
    ]);
    const isTold = prompts.map((prompt) => [
      prompt.includes('no tool sms'),
      prompt.includes('neither steps nor an error.\n</data-'),
    ]);
    expect(isTold).toEqual([
      [false, false],
      [true, false],
      [false, true],
    ]);
  });

  test('then a third such plan ends it, with the problems of each attempt', async () => {
    const planned = await planQuery(request(scripted(UNKNOWN_TOOL, { steps: [] }, UNKNOWN_TOOL).model));
    const rules = planned.kind === 'invalid' ? planned.problems.map((all) => all.map(({ rule }) => rule)) : [];
    expect(rules).toEqual([['unknown-tool'], ['no-steps'], ['unknown-tool']]);
    expect(planned).toMatchObject({ attempts: 3, usage: { calls: 3 } });
  });

  test('then errors of the plan language count, too', async () => {
    const { model, prompts } = scripted({ steps: [{ ...STEP, when: '$found >' }] }, GOOD);
    expect(await planQuery(request(model))).toMatchObject({ kind: 'plan', attempts: 2 });
    expect(prompts[1]).toContain('Character');
  });
});

test('when the model declares an error, then it is reported at once', async () => {
  const planned = await planQuery(request(scripted({ steps: [], error: 'No tool sends letters.' }).model));
  expect(planned).toEqual({ kind: 'declined', error: 'No tool sends letters.', attempts: 1, usage: USAGE });
});

describe('when a reply cannot be read', () => {
  test('then the repair turn names the place, and its cost counts', async () => {
    const { model, prompts } = scripted({ steps: [{ ...STEP, task: 5 }] }, GOOD);
    expect(await planQuery(request(model))).toMatchObject({ kind: 'plan', attempts: 1, usage: { calls: 2 } });
    expect(prompts[1]).toContain('Step 1, task: Invalid input: expected string');
  });

  test('then it is an attempt that failed, and the next one may succeed', async () => {
    const planned = await planQuery(request(scripted('I cannot', 'do JSON', GOOD).model));
    expect(planned).toMatchObject({ kind: 'plan', attempts: 2 });
  });

  test('then three of them are not a plan', async () => {
    const cutOff = () => new PortiaError('model-reply-unusable', 'The reply was cut off.', { why: 'It hit a limit.' });
    const planned = await planQuery(request(scripted(cutOff(), cutOff(), cutOff()).model));
    const message = 'The reply was cut off. It hit a limit.';
    expect(planned).toMatchObject({
      kind: 'invalid',
      problems: [[{ rule: 'unusable-reply', message }], [{ message }], [{ message }]],
    });
  });
});

describe('when the model cannot be asked', () => {
  test.each(['unavailable', 'rate-limited', 'key-rejected', 'no-model', 'timed-out', 'model-refused'] as const)(
    'then %s is passed on and nothing is asked again',
    async (code) => {
      const error = new PortiaError(code, 'x');
      await expect(planQuery(request(scripted(error).model))).rejects.toBe(error);
    },
  );

  test('then an interruption ends it with its own reason', async () => {
    const stop = new AbortController();
    const { model } = scripted(UNKNOWN_TOOL);
    const onAttempt = (attempt: number) => attempt === 2 && stop.abort(new Error('interrupted'));
    const planning = planQuery(
      request(model, { signal: stop.signal, onAttempt: (attempt) => void onAttempt(attempt) }),
    );
    await expect(planning).rejects.toThrow('interrupted');
  });

  test('then a format that the endpoint rejects is only a rung of the ladder', async () => {
    const { model, requests } = scripted(new FormatRejected('no schemas'), GOOD);
    expect(await planQuery(request(model))).toMatchObject({ kind: 'plan', attempts: 1 });
    expect(requests.map((sent) => sent.responseFormat?.kind)).toEqual(['json_schema', 'json_object']);
  });
});
