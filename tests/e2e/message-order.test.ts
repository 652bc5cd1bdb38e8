import { describe, expect, onTestFinished, test } from 'vitest';

import { promptOf, startModelServer, type ChatRequestBody, type ScriptedReply } from '../support/model-server.js';
import { portiaHere } from '../support/portia-here.js';
import { makeProject } from '../support/portia.js';

type Message = ChatRequestBody['messages'][number];

/** What servers say of messages in an order that they do not take. */
const RULES: [string, (message: Message, before: Message | undefined, at: number) => boolean][] = [
  ['Mistral: no user right behind a tool', ({ role }, before) => role === 'user' && before?.role === 'tool'],
  ['templates: system only at the beginning', ({ role }, _before, at) => role === 'system' && at > 0],
  [
    'Gemini: the first turn is that of the user',
    ({ role }, before) => role !== 'system' && role !== 'user' && (before === undefined || before.role === 'system'),
  ],
  ['templates: roles alternate', ({ role }, before) => role === before?.role && role !== 'tool'],
  [
    'Gemini: a call follows a user or a result',
    ({ role, tool_calls: calls }, before) =>
      role === 'assistant' && calls !== undefined && before?.role === 'assistant',
  ],
  [
    'OpenAI: a result follows a call',
    ({ role }, before) => role === 'tool' && before?.role !== 'tool' && before?.tool_calls === undefined,
  ],
  [
    'Anthropic: texts are not empty',
    ({ content, tool_calls: calls }) => (calls === undefined || content !== null) && (content ?? '').trim() === '',
  ],
];

function violations({ messages }: ChatRequestBody): string[] {
  const calls = messages.flatMap(({ tool_calls: made }) => (made ?? []) as { id: string }[]);
  const answered = messages.flatMap(({ tool_call_id: id }) => (id === undefined ? [] : [id]));
  const isAnswered = calls.every(({ id }) => answered.filter((other) => other === id).length === 1);
  return [
    ...messages.flatMap((message, at) =>
      RULES.filter(([, breaks]) => breaks(message, messages[at - 1], at)).map(([rule]) => rule),
    ),
    ...(isAnswered ? [] : ['OpenAI: every call is answered once']),
  ];
}

const call = (name: string, args: object): ScriptedReply => ({ toolCalls: [{ name, arguments: args }] });
const sum = call('calculator_tool', { math_question: '2 * 3' });
const finish = call('final_result', { result: 'six' });
const agent = { kind: 'react', task: 'Two times three?', tools: ['calculator_tool'], output: '$six' };
const one = { task: 'Two times three?', tool_id: 'calculator_tool', output: '$six' };
const N = { type: 'object', properties: { n: { type: 'number' } }, required: ['n'] };

const talks: [string, object, ScriptedReply[]][] = [
  ['an agent calls a tool', agent, [sum, finish]],
  ['an agent reaches its limit of calls', { ...agent, max_tool_calls: 1 }, [sum, finish]],
  [
    'an agent makes two calls at its limit',
    { ...agent, max_tool_calls: 1 },
    [
      {
        toolCalls: [sum, call('calculator_tool', { math_question: '3 * 3' })].flatMap((reply) =>
          'toolCalls' in reply ? reply.toolCalls : [],
        ),
      },
      finish,
    ],
  ],
  ['an agent calls with words', agent, [{ ...sum, text: 'I count.' }, finish]],
  ['an agent gives arguments that do not fit', agent, [call('calculator_tool', { question: 1 }), sum, finish]],
  ['an agent calls a function that is not there', agent, [call('bash', {}), finish]],
  [
    'an answer does not fit',
    { ...agent, output_schema: N },
    [call('final_result', { n: 'six' }), call('final_result', { n: 6 })],
  ],
  [
    'an answer is in words and has to be converted',
    { ...agent, output_schema: N },
    [sum, { text: 'six' }, { json: { n: 6 } }],
  ],
  ['a step has one tool', one, [sum]],
  ['a step does not call its tool', one, [{ text: 'It is six.' }, { text: 'Six!' }, sum]],
  [
    'a reply has no JSON',
    { kind: 'llm', task: 'n?', output: '$n', output_schema: N },
    [{ text: 'six' }, { json: { n: 6 } }],
  ],
  ['a system prompt is blank', { kind: 'llm', task: 'n?', system_prompt: ' ', output: '$n' }, [{ text: 'six' }]],
  [
    'a condition is judged',
    { kind: 'compute', expression: '6', condition: 'it is so', output: '$n' },
    [{ json: { outcome: 'continue', reason: 'so' } }],
  ],
];

describe('when a model server is as strict as the strictest about order', () => {
  test.each(talks)('and %s then it takes every request', async (_what, step, replies) => {
    const left = [...replies];
    const refused: string[] = [];
    const server = await startModelServer((body) => {
      refused.push(
        ...violations(body).map(
          (rule) => `${rule}: ${JSON.stringify(body.messages.map(({ role }) => role))} ${promptOf(body).slice(-200)}`,
        ),
      );
      return left.shift() ?? { status: 400, message: 'too many requests' };
    });
    onTestFinished(() => server.close());
    const cwd = makeProject({ 'plan.json': { plan_context: { query: 'q' }, steps: [step] } });
    const { code } = await portiaHere(['run-plan', 'plan.json', '--format', 'value'], { cwd, env: server.environment });
    expect({ code, refused, left }).toEqual({ code: 0, refused: [], left: [] });
  });
});
