import { describe, expect, test } from 'vitest';

import type { Run } from '../../src/domain/run/run.js';
import { plainMarks } from '../support/plain-marks.js';
import type { ChatRequestBody, ScriptedReply } from '../support/model-server.js';
import { portiaHere } from '../support/portia-here.js';
import { makeProject } from '../support/portia.js';
import { expectSoundPlan, playModel, printedError, printedQuestions, readEvents } from '../support/scenario.js';

const OUTPUT_SCHEMA = {
  type: 'object',
  properties: { currency: { type: 'string' }, price: { type: 'number' } },
  required: ['currency', 'price'],
  additionalProperties: false,
};

function goldProject(step: object = {}): string {
  return makeProject({
    'gold.json': {
      id: 'plan-019a0000-0000-7000-8000-0000000000a1',
      plan_context: { query: 'What does the gold cost?', tool_ids: ['calculator_tool', 'search_tool'] },
      steps: [
        {
          kind: 'react',
          task: 'Find the price of gold in {{ $country }} for the wanted weight.',
          inputs: [{ name: '$country' }],
          tools: ['search_tool', 'calculator_tool'],
          output_schema: OUTPUT_SCHEMA,
          may_ask: true,
          output: '$price',
          ...step,
        },
      ],
      plan_inputs: [{ name: '$country', default: 'UK' }],
      metadata: { schema_version: 1, created_at: '2026-11-23T10:00:00.000Z', planner: 'hand' },
    },
  });
}

const STUB = ['--stub', 'search_tool=1900 GBP an ounce'];
const call = (name: string, args: unknown): ScriptedReply => ({ toolCalls: [{ name, arguments: args }] });
const search = call('search_tool', { search_query: 'gold price UK' });
const ask = call('ask_user', { argument_name: 'ounces', question: 'How many ounces?' });
const calculate = call('calculator_tool', { math_question: '1900 * 3' });
const finish = call('final_result', { currency: 'GBP', price: 5700 });
const play = (replies: ScriptedReply[]) => playModel(replies.map((reply) => ({ reply })));
const parse = (stdout: string): Run => JSON.parse(stdout) as Run;
const toolTexts = (request: ChatRequestBody | undefined): (string | null)[] =>
  (request?.messages ?? []).filter(({ role }) => role === 'tool').map(({ content }) => content && plainMarks(content));

describe('a step of the kind react', () => {
  test('when the agent asks without a terminal then the run waits, and continues in another process', async () => {
    const cwd = goldProject();
    const model = await play([search, ask, calculate, finish]);
    const env = model.environment;
    const paused = await portiaHere(['run-plan', 'gold.json', ...STUB], { cwd, env });
    expect(paused.code).toBe(8);
    expect(printedQuestions(paused.stderr).questions).toMatchObject([
      { category: 'Input', selector: 'ounces', user_guidance: 'How many ounces?', output: '$price', path: '0' },
    ]);
    expect(model.requests).toHaveLength(2);

    const resumed = await portiaHere(['resume', 'last', '--answer', 'ounces=3', ...STUB], { cwd, env });
    expect(resumed.code).toBe(0);
    const run = parse(resumed.stdout);
    expect(run.outputs.final_output?.['value']).toEqual({ currency: 'GBP', price: 5700 });
    // Four replies in all: those from before the pause were given back.
    expect(run).toMatchObject({ usage: { calls: 4 }, steps: [{ path: '0', attempts: 1 }] });
    expect(toolTexts(model.requests[3])).toEqual([
      'Result $result_1:\n<data>\n1900 GBP an ounce\n</data>',
      'The user says: ounces = 3',
      'Result $result_2:\n<data>\n5700\n</data>',
    ]);
    const acted = readEvents(cwd, run.id).flatMap((event) => (event.type === 'tool.started' ? [event.tool_id] : []));
    expect(acted).toEqual(['search_tool', 'calculator_tool']);
  });

  test('when the plan is checked then nothing is wrong, and the agent sees the task, the input and its functions', async () => {
    const cwd = goldProject({ model: 'openai/special' });
    const model = await play([finish]);
    await expectSoundPlan(cwd, 'gold.json', { env: { TAVILY_API_KEY: 'tvly-test' } });
    const { code } = await portiaHere(['run-plan', 'gold.json', ...STUB], { cwd, env: model.environment });
    expect(code).toBe(0);
    const [request] = model.requests;
    expect(request?.model).toBe('special');
    expect(request?.tools?.map((tool) => tool.function.name)).toEqual([
      'search_tool',
      'calculator_tool',
      'ask_user',
      'final_result',
    ]);
    expect(request?.tools?.at(-1)?.function.parameters).toEqual(OUTPUT_SCHEMA);
    expect(request).not.toHaveProperty('tool_choice');
    expect(request?.messages[1]?.content).toMatch(/^Task: Find the price of gold in UK for .*Input \$country:/s);
  });

  test('when it does not end within max_tool_calls then the run fails, and resuming tries the step again', async () => {
    const cwd = goldProject({ max_tool_calls: 1 });
    const model = await play([search, search, { text: '{"currency": "GBP", "price": 1900}' }]);
    const failed = await portiaHere(['run-plan', 'gold.json', ...STUB], { cwd, env: model.environment });
    expect(failed.code).toBe(1);
    const error = printedError(failed.stderr);
    expect(error).toMatchObject({ code: 'tool-failed', exit_code: 1, retryable: true, resumable: true });
    expect(error['message']).toContain('max_tool_calls (1)');
    expect(model.requests[1]?.tools?.map((tool) => tool.function.name)).toEqual(['final_result']);

    const resumed = await portiaHere(['resume', 'last', ...STUB], { cwd, env: model.environment });
    expect(resumed.code).toBe(0);
    expect(parse(resumed.stdout).outputs.final_output?.['value']).toEqual({ currency: 'GBP', price: 1900 });
  });
});
