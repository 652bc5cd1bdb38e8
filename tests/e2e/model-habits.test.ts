import { describe, expect, onTestFinished, test } from 'vitest';

import type { Run } from '../../src/domain/run/run.js';
import { isJsonObject } from '../../src/domain/values/json.js';
import {
  promptOf,
  startModelServer,
  type ChatRequestBody,
  type ScriptEntry,
  type ScriptedReply,
} from '../support/model-server.js';
import { plainMarks } from '../support/plain-marks.js';
import { portiaHere } from '../support/portia-here.js';
import { makeProject } from '../support/portia.js';
import { playModel, printedError, readEvents } from '../support/scenario.js';

const THOUGHTS = 'They want {"city":"Lyon"}, maybe.';
const CITY = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };

function cityProject(...steps: object[]): string {
  return makeProject({ 'city.json': { plan_context: { query: 'Which city?' }, steps } });
}

describe('what a model thinks', () => {
  test('when thoughts stand before the answers then the values hold only the answers', async () => {
    const cwd = cityProject(
      { kind: 'llm', task: 'Name a city.', output: '$text' },
      { kind: 'llm', task: 'Give the city.', output_schema: CITY, output: '$city' },
    );
    const model = await playModel([
      { match: /Name a city/, reply: { text: `<think>\n${THOUGHTS}\n</think>\n\nParis` } },
      { match: /Give the city/, reply: { text: `${THOUGHTS}\n</think>\n\n{"city":"Paris"}` } },
    ]);
    const args = ['run-plan', 'city.json', '--format', 'json'];
    const { code, stdout } = await portiaHere(args, { cwd, env: model.environment });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      outputs: { step_outputs: { $text: { value: 'Paris' }, $city: { value: { city: 'Paris' } } } },
    });
  });

  test('when a reply holds thoughts and no answer then the step fails and says so', async () => {
    const cwd = cityProject({ kind: 'llm', task: 'Name a city.', output: '$text' });
    const thoughts: ScriptEntry = { reply: { text: `<think>${THOUGHTS}</think>` } };
    const model = await playModel([thoughts, thoughts, thoughts]);
    const { code, stderr } = await portiaHere(['run-plan', 'city.json'], { cwd, env: model.environment });
    expect(code).toBe(1);
    expect(printedError(stderr)).toMatchObject({
      code: 'model-reply-unusable',
      why: 'It has thoughts, but an empty answer. The model was asked 3 times.',
    });
  });
});

describe('the same call twice in one reply', () => {
  const calculate = (first: string, second: string): ScriptedReply => ({
    toolCalls: [first, second].map((args) => ({ name: 'calculator_tool', arguments: args })),
  });
  const stutter = calculate('{"math_question":"2 * 3"}', '{ "math_question": "2 * 3" }');
  const calls = (cwd: string, { id }: Run) => readEvents(cwd, id).filter(({ type }) => type === 'tool.started').length;

  test('when a step has one tool then the call is made once and the value is a single one', async () => {
    const cwd = cityProject({ task: 'Two times three?', tool_id: 'calculator_tool', output: '$six' });
    const model = await playModel([{ reply: stutter }]);
    const { code, stdout } = await portiaHere(['run-plan', 'city.json', '--format', 'json'], {
      cwd,
      env: model.environment,
    });
    expect(code).toBe(0);
    const run = JSON.parse(stdout) as Run;
    expect([run.outputs.final_output?.['value'], calls(cwd, run)]).toEqual([6, 1]);
  });

  test('when an agent calls tools then one result answers both ids, and other arguments are another call', async () => {
    const cwd = cityProject({ kind: 'react', task: 'Two times three?', tools: ['calculator_tool'], output: '$six' });
    const model = await playModel([
      { reply: stutter },
      { reply: calculate('{"math_question":"2 * 3"}', '{"math_question":"3 * 2"}') },
      { reply: { toolCalls: [{ name: 'final_result', arguments: { result: 'six' } }] } },
    ]);
    const { code, stdout } = await portiaHere(['run-plan', 'city.json', '--format', 'json'], {
      cwd,
      env: model.environment,
    });
    expect([code, calls(cwd, JSON.parse(stdout) as Run)]).toEqual([0, 3]);
    const told = (model.requests[1]?.messages ?? []).filter(({ role }) => role === 'tool');
    expect(new Set(told.map(({ tool_call_id: id }) => id)).size).toBe(2);
    const result = 'Result $result_1:\n<data>\n6\n</data>';
    expect(told.map(({ content }) => plainMarks(content ?? ''))).toEqual([result, result]);
  });
});

describe('an answer that is a list', () => {
  const LIST = { type: 'array', items: { type: 'string' } };
  // As OpenAI and others: a schema that does not describe an object is refused, and only objects are given.
  const answer = ({ tools = [], response_format: format }: ChatRequestBody): ScriptedReply => {
    const tool = tools.find(({ function: { name } }) => name === 'final_result');
    const schema = tool?.function.parameters ?? format?.json_schema?.schema;
    const isObject = isJsonObject(schema) && schema['type'] === 'object';
    if (!isObject) return { status: 400, message: 'schema must be a JSON Schema of type "object"' };
    const result = { result: ['a', 'b'] };
    return tool === undefined ? { json: result } : { toolCalls: [{ name: tool.function.name, arguments: result }] };
  };

  test.each([{ kind: 'llm' }, { kind: 'react', tools: ['calculator_tool'] }])(
    'when a step of %j promises one then it is asked for in an object, and is the value',
    async (kind) => {
      const cwd = cityProject({ ...kind, task: 'Give two letters.', output_schema: LIST, output: '$list' });
      const model = await startModelServer(answer);
      onTestFinished(() => model.close());
      const args = ['run-plan', 'city.json', '--format', 'value'];
      const { code, stdout, stderr } = await portiaHere(args, { cwd, env: model.environment });
      expect({ code, value: JSON.parse(stdout || 'null') as unknown, stderr: code === 0 ? '' : stderr }).toEqual({
        code: 0,
        value: ['a', 'b'],
        stderr: '',
      });
      expect(model.requests).toHaveLength(1);
    },
  );
});

describe('a call written as text', () => {
  const agent = { kind: 'react', task: 'Two times three?', tools: ['calculator_tool'], output: '$six' };
  const one = { task: 'Two times three?', tool_id: 'calculator_tool', output: '$six' };
  const written = (name: string) => ({
    text: `<tool_call>\n{"name": "${name}", "arguments": {'math_question': '2 * 3',}}\n</tool_call>`,
  });
  const answered = { reply: { toolCalls: [{ name: 'final_result', arguments: { result: 6 } }] } };
  const run = async (step: object, script: ScriptEntry[]) => {
    const model = await playModel(script);
    const args = ['run-plan', 'city.json', '--format', 'value'];
    return { model, ended: await portiaHere(args, { cwd: cityProject(step), env: model.environment }) };
  };

  test('when it names the tool then the tool is called', async () => {
    const { ended } = await run(one, [{ reply: written('calculator_tool') }]);
    expect(ended).toMatchObject({ code: 0, stdout: '6\n' });
    expect((await run(agent, [{ reply: written('functions.calculator_tool:0') }, answered])).ended.code).toBe(0);
  });

  test('when it names another function then the model is told, and it is never the result', async () => {
    const { ended, model } = await run(agent, [{ reply: written('bash') }, answered]);
    expect(ended.code).toBe(0);
    expect(model.requests[1]?.messages.at(-1)?.content).toContain('There is no function bash');
    const stubborn = await run(
      one,
      Array.from({ length: 4 }, () => ({ reply: written('bash') })),
    );
    expect(stubborn.ended.code).toBe(1);
    expect(stubborn.ended.stdout).toBe('');
    expect(stubborn.ended.stderr).toContain('no function bash');
  });
});

describe('the address and the last word of a server', () => {
  test('when the base URL is that of the requests and a reply ends in another word then the run completes', async () => {
    const cwd = cityProject({ kind: 'llm', task: 'Name a city.', output: '$text' });
    const model = await playModel([{ reply: { text: 'Paris', finishReason: 'eos' } }]);
    const flags = ['--base-url', `${model.baseUrl}/chat/completions`, '-m', 'small', '--format', 'value'];
    const { code, stdout } = await portiaHere(['run-plan', 'city.json', ...flags], { cwd });
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'Paris\n' });
    expect(model.requests).toMatchObject([{ stream: false }]);
  });
});

describe('half a character', () => {
  test('when an input holds one then the model gets a whole character in its place', async () => {
    const cwd = makeProject({
      'city.json': {
        plan_context: { query: 'Which city?' },
        steps: [{ kind: 'llm', task: 'Name it.', inputs: [{ name: '$it' }], output: '$text' }],
        plan_inputs: [{ name: '$it' }],
      },
      'inputs.json': '{"$it":"Pari\\ud83d"}',
    });
    const model = await playModel([{ reply: { text: 'Paris' } }]);
    const args = ['run-plan', 'city.json', '--inputs', 'inputs.json', '--format', 'value'];
    const { code, stdout, stderr } = await portiaHere(args, { cwd, env: model.environment });
    expect({ code, stdout, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stdout: 'Paris\n', stderr: '' });
    expect(promptOf(model.requests[0] ?? { model: '', messages: [] })).toContain('Pari\ufffd');
  });
});

describe('a model that does not count its tokens', () => {
  test('when it is a program then the estimate is marked, and --max-tokens holds', async () => {
    const step = { kind: 'llm', task: 'Name a city.', output: '$text' };
    const cwd = cityProject(step, { ...step, inputs: [{ name: '$text' }], output: '$other' });
    const model = ['-m', 'exec:echo Paris'];
    const { code, stderr } = await portiaHere(['run-plan', 'city.json', '-v', ...model], { cwd });
    expect(code).toBe(0);
    expect(stderr).toMatch(/ ~\d+\+\d+ tokens/);
    expect((await portiaHere(['show', 'last', '--as', 'tree'], { cwd })).stdout).toMatch(/2 model calls, ~\d+ tokens/);
    const limited = await portiaHere(['run-plan', 'city.json', ...model, '--max-tokens', '5'], { cwd });
    expect(limited.code).not.toBe(0);
    expect(limited.stderr).toContain('--max-tokens');
  });
});
