import { describe, expect, test } from 'vitest';

import { isJsonObject, jsonOf, type JsonObject, type JsonSchema } from '../../../src/domain/values/json.js';
import { Bench, planOf, valueOf as resultOf } from '../../executor/bench.js';
import { scriptedTool } from '../../executor/scripted-tool.js';
import { KEY, modelFor } from '../endpoint-under-test.js';
import { answer, completion, type Handler } from '../fault-server.js';
import { startStrictServer, type ChatBody } from './habit.js';
import { PROVIDER_PLAYS, valueOf, type ProviderPlay } from './provider-plays.js';

/** Calls the tool, then ends with an answer; or answers with what the request asks for. */
function plainMessage({ tools = [], messages, response_format: format }: ChatBody, count: number): JsonObject {
  const say = (content: string): JsonObject => ({ role: 'assistant', content });
  if (tools.length > 0) {
    const isAnswered = messages.some(({ role }) => role === 'tool');
    const ending = tools.find(({ function: { name } }) => name === 'final_result');
    const called = (isAnswered ? ending : undefined) ?? tools.find(({ function: { name } }) => name === 'look');
    const { name = '', parameters = {} } = called?.function ?? {};
    const args = JSON.stringify(valueOf(parameters));
    return {
      ...say(''),
      content: null,
      tool_calls: [{ id: `call_${count}`, type: 'function', function: { name, arguments: args } }],
    };
  }
  const told = /JSON Schema:\n<data-\w+>\n(\{.*\})/.exec(String(messages[0]?.content))?.[1];
  const schema = format?.json_schema?.schema ?? (jsonOf(told ?? '') as JsonSchema | undefined);
  return say(isJsonObject(schema) ? JSON.stringify(valueOf(schema)) : 'text');
}

async function playedBy(play: ProviderPlay) {
  const refused: string[] = [];
  let count = 0;
  const handler: Handler = (response, request, text) => {
    count += 1;
    const body = JSON.parse(text) as ChatBody;
    const reason = play.refuses(body);
    if (reason !== undefined) {
      if (play.expected?.test(reason) !== true) refused.push(reason);
      return answer({ error: { message: reason } }, 400)(response, request, text);
    }
    const plain = plainMessage(body, count);
    const { text: ofText, calls } = play.ends ?? { text: 'stop', calls: 'tool_calls' };
    const end = plain['tool_calls'] === undefined ? ofText : calls;
    const message = play.says?.(plain, count) ?? plain;
    return answer(completion(null, { finish_reason: end, message }))(response, request, text);
  };
  const server = await startStrictServer({ answers: [handler] }, KEY);
  const { model } = modelFor(server.baseUrl, { id: play.id });
  const look = scriptedTool('look', { effect: 'read', acts: ({ text: at }) => `seen ${String(at)}` });
  const bench = new Bench({ tools: [look], model });
  return { bench, refused, server };
}

const PERSON = {
  type: 'object',
  properties: {
    name: { type: 'string', minLength: 1 },
    age: { type: 'integer', minimum: 0 },
    nick: { type: 'string' },
  },
  required: ['name', 'age'],
};

const JOBS: [name: string, step: object, value: unknown][] = [
  ['a tool is called', { task: 'Look.', tool_id: 'look' }, 'seen text'],
  ['an agent works', { kind: 'react', task: 'Look, then answer.', tools: ['look'] }, 'text'],
  [
    'an agent gives a list',
    { kind: 'react', task: 'Look.', tools: ['look'], output_schema: { type: 'array', items: { type: 'string' } } },
    ['text'],
  ],
  ['a text is written', { kind: 'llm', task: 'Write.' }, 'text'],
  ['an object is asked for', { kind: 'llm', task: 'Who?', output_schema: PERSON }, { name: 'text', age: 1 }],
  [
    'a list is asked for',
    { kind: 'llm', task: 'Who?', output_schema: { type: 'array', items: PERSON } },
    [{ name: 'text', age: 1 }],
  ],
  ['a number is asked for', { kind: 'llm', task: 'How many?', output_schema: { type: 'integer' } }, 1],
  ['a sentence is judged', { kind: 'llm', task: 'Write.', condition: 'It is day' }, 'text'],
];

describe.each(PROVIDER_PLAYS)('$id', (play) => {
  test.each(JOBS)('when %s then every request is taken, and the value comes', async (_name, step, value) => {
    const { bench, refused, server } = await playedBy(play);
    const run = await bench.start(planOf([{ ...step, output: '$value' }]));
    expect({ refused, of: server.refused, error: run.error }).toEqual({ refused: [], of: [], error: null });
    expect(resultOf(run)).toMatchObject(value as object);
  });
});
