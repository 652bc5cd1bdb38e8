import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, onTestFinished, test } from 'vitest';

import { answer, completion, startFaultServer, type FaultServer, type Handler } from '../models/fault-server.js';
import { portiaHere } from '../support/portia-here.js';
import { ended, makeProject, portia, startPortia } from '../support/portia.js';
import { readEvents } from '../support/scenario.js';

const SIGNATURE = { google: { thought_signature: 'c2lnbmF0dXJl' } };
const THOUGHT = 'They want the product of {"a":2}.';
const call = (name: string, args: object) => ({
  id: `call_${name}`,
  type: 'function',
  function: { name, arguments: JSON.stringify(args) },
  extra_content: SIGNATURE,
});
const turn = (...calls: object[]) =>
  answer(
    completion(null, {
      finish_reason: 'tool_calls',
      message: { role: 'assistant', content: null, tool_calls: calls, reasoning_content: THOUGHT },
    }),
  );
const calculate = turn(call('calculator_tool', { math_question: '2 * 3' }));
const finish = turn(call('final_result', { result: 'six' }));

/** Refuses a request in which a turn is not as it was given. */
const strict =
  (next: Handler): Handler =>
  (response, request, body) => {
    const { messages } = JSON.parse(body) as { messages: { role: string }[] };
    const turns = messages.filter(({ role }) => role === 'assistant');
    const isWhole = turns.every((message) => JSON.stringify(message).includes(SIGNATURE.google.thought_signature));
    const isThought = turns.every((message) => 'reasoning_content' in message);
    if (turns.length > 0 && isWhole && isThought) return next(response, request, body);
    answer([{ error: { code: 400, message: 'Function call is missing a thought_signature.' } }], 400)(
      response,
      request,
      body,
    );
  };

async function serve(...handlers: [Handler, ...Handler[]]): Promise<FaultServer> {
  const server = await startFaultServer(...handlers);
  onTestFinished(() => server.close());
  return server;
}

const agent = { kind: 'react', task: 'Two times three?', tools: ['calculator_tool'], output: '$six' };
const sixProject = (settings: object = {}) =>
  makeProject({ 'six.json': { plan_context: { query: 'Six' }, steps: [agent] }, 'portia.json': settings });
const flags = ({ baseUrl }: FaultServer, model = 'm') => ['--base-url', baseUrl, '-m', model, '--format', 'value'];
const runPlan = (server: FaultServer) => ['run-plan', 'six.json', ...flags(server)];

describe('when a server insists on what it gave with a turn', () => {
  test('then it gets it back', async () => {
    const server = await serve(calculate, strict(finish));
    const { code, stdout } = await portiaHere(runPlan(server), { cwd: sixProject() });
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'six\n' });
  });

  test('and the process is killed between two turns then it gets it back from the next one', async () => {
    const cwd = sixProject();
    const server = await serve(calculate, () => child.kill('SIGKILL'), strict(finish));
    const child = startPortia(runPlan(server), { cwd });
    expect((await ended(child, '')).signal).toBe('SIGKILL');
    const { code, stdout } = await portia(['resume', 'last', ...flags(server)], { cwd });
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'six\n' });
    expect(server.seen).toHaveLength(3);
  });

  test.each(['another server', 'another model'])(
    'and the run continues with %s then it gets nothing of it',
    async (what) => {
      const cwd = sixProject();
      const server = await serve(calculate, answer({ error: { message: 'gone' } }, 401), finish);
      expect((await portiaHere(runPlan(server), { cwd })).code).toBe(4);
      const other = what === 'another server' ? await serve(finish) : server;
      const resumed = await portiaHere(['resume', 'last', ...flags(other, what === 'another model' ? 'n' : 'm')], {
        cwd,
      });
      expect(resumed.code).toBe(0);
      const sent = other.seen.at(-1)?.body ?? '';
      expect(sent).toContain('calculator_tool');
      for (const given of ['extra_content', 'reasoning_content', THOUGHT.slice(0, 20)])
        expect(sent).not.toContain(given);
    },
  );
});

describe('what a model thinks', () => {
  const SECRET = 'sk-thought-0123456789';
  const think = answer(
    completion(null, { message: { content: `<think>The key is ${SECRET}.</think>Oslo`, reasoning: THOUGHT } }),
  );
  const cityPlan = {
    plan_context: { query: 'Name a city' },
    steps: [{ kind: 'llm', task: 'Name it', output: '$city' }],
  };

  async function logOf(settings: object): Promise<{ log: string; reasoning: unknown[] }> {
    const server = await serve(think);
    const cwd = makeProject({ 'city.json': cityPlan, 'portia.json': settings });
    const args = ['run-plan', 'city.json', ...flags(server), '--format', 'json', '--api-key-env', 'CITY_KEY'];
    const { stdout } = await portiaHere(args, { cwd, env: { CITY_KEY: SECRET } });
    const { id, outputs } = JSON.parse(stdout);
    expect(outputs.final_output.value).toBe('Oslo');
    const log = readFileSync(join(cwd, 'runs', id, 'events.ndjson'), 'utf8');
    return { log, reasoning: readEvents(cwd, id).flatMap((event) => ('reasoning' in event ? [event.reasoning] : [])) };
  }

  test('when nothing is set then nothing of it is recorded', async () => {
    const { log, reasoning } = await logOf({});
    expect(reasoning).toEqual([]);
    for (const thought of ['The key is', THOUGHT.slice(0, 20)]) expect(log).not.toContain(thought);
  });

  test('when record_reasoning is on then it is in the event, without secrets', async () => {
    const { log, reasoning } = await logOf({ record_reasoning: true });
    expect(reasoning).toEqual([`${THOUGHT}\n\nThe key is [CITY_KEY].`]);
    expect(log).not.toContain(SECRET);
  });
});
