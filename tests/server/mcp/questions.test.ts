import type { ElicitResult } from '@modelcontextprotocol/client';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';

import type { JsonObject } from '../../../src/domain/values/json.js';
import { defineTool } from '../../../src/tools/define-tool.js';
import { accept, asked, FORMS, serveHere, textOf } from '../../support/mcp-server-here.js';
import { asking, publishing, PUBLISH, RELEASE } from './release-plan.js';

const VERSION = { version: '1.2' };

async function release() {
  const { tool, published } = publishing();
  const server = await serveHere({ tools: [tool], plans: { release: RELEASE, publish: PUBLISH } });
  /** The same call again, with what it ended with and these answers. */
  const retry = async (result: JsonObject, responses: JsonObject, args: JsonObject = VERSION) =>
    server.call('release', args, FORMS, { requestState: result['requestState'] ?? null, inputResponses: responses });
  return { ...server, published, retry };
}

const keyOf = (result: JsonObject) => asked(result)[0]?.key ?? '';
const stateOf = (result: JsonObject) => (result['structuredContent'] as JsonObject | undefined)?.['state'];
const runOf = (result: JsonObject) => String((result['structuredContent'] as JsonObject)['run_id']);

describe('when a run asks while a client of July 2026 calls', () => {
  test('then the call ends with the questions, and the same call with answers continues the run', async () => {
    const { call, retry, published, run } = await release();
    const first = await call('release', VERSION);
    expect(asked(first)).toEqual([{ key: expect.stringMatching(/^clar-/), message: 'What changed?' }]);
    const second = await retry(first, { [keyOf(first)]: accept({ answer: 'all of it' }) });
    expect(asked(second)).toEqual([{ key: expect.any(String), message: expect.stringContaining('version: "1.2"') }]);
    expect(published).toEqual([]);
    const last = await retry(second, { [keyOf(second)]: accept({ answer: 'yes' }) });
    expect(last['structuredContent']).toMatchObject({ state: 'COMPLETE', output: 'published 1.2' });
    expect(published).toEqual(['1.2']);
    const { outputs } = await run(runOf(last));
    expect(outputs.clarifications.map(({ channel, answered_by: by }) => [channel, by?.user])).toEqual([
      ['form', 'tester'],
      ['form', 'tester'],
    ]);
  });

  test('then an answer that comes twice changes nothing', async () => {
    const { call, retry, published } = await release();
    const first = await call('release', VERSION);
    const answers = { [keyOf(first)]: accept({ answer: 'all of it' }) };
    const second = await retry(first, answers);
    expect(asked(await retry(first, answers))).toEqual(asked(second));
    await retry(second, { [keyOf(second)]: accept({ answer: 'yes' }) });
    expect(stateOf(await retry(second, { [keyOf(second)]: accept({ answer: 'no' }) }))).toBe('COMPLETE');
    expect(published).toEqual(['1.2']);
  });

  test('then what does not fit is asked again, with the reason', async () => {
    const server = await serveHere({
      plans: { ask: asking({ kind: 'user_input', message: 'How many?', schema: { type: 'integer' }, output: '$n' }) },
    });
    const first = await server.call('ask', {});
    const inputResponses = { [keyOf(first)]: accept({ answer: 2.5 }) };
    const again = await server.call('ask', {}, FORMS, { requestState: first['requestState'] ?? null, inputResponses });
    expect(asked(again)[0]?.message).toMatch(/^The last answer does not fit: .*\n\nHow many\?$/s);
  });

  test('then something to do elsewhere is asked by its address', async () => {
    let isSignedIn = false;
    const tool = defineTool({
      id: 'look_tool',
      name: 'Look',
      description: 'Looks, once the person has signed in.',
      effect: 'read',
      args: z.object({}),
      run: () =>
        isSignedIn
          ? 'seen'
          : {
              kind: 'clarifications',
              clarifications: [{ category: 'Action', user_guidance: 'Sign in.', action_url: 'https://example.com/in' }],
            },
    });
    const plan = {
      plan_context: { query: 'Look', tool_ids: ['look_tool'] },
      steps: [{ kind: 'tool', tool_id: 'look_tool', args: {}, output: '$seen' }],
    };
    const { call } = await serveHere({ tools: [tool], plans: { look: plan } });
    const first = await call('look', {});
    expect(Object.values(first['inputRequests'] as JsonObject)).toEqual([
      {
        method: 'elicitation/create',
        params: { mode: 'url', message: 'Sign in.', url: 'https://example.com/in' },
      },
    ]);
    isSignedIn = true;
    const done = await call('look', {}, FORMS, {
      requestState: first['requestState'] ?? null,
      inputResponses: { [keyOf(first)]: { action: 'accept' } },
    });
    expect(done['structuredContent']).toMatchObject({ state: 'COMPLETE', output: 'seen' });
  });

  test('then a client that sends no answers is asked once more', async () => {
    const { call, retry } = await release();
    const first = await call('release', VERSION);
    expect(asked(await retry(first, {}))).toEqual(asked(first));
  });

  test.each(['decline', 'cancel'])('then a %s is not a no: the result says how to answer', async (action) => {
    const { call, retry, run } = await release();
    const first = await call('release', VERSION);
    const left = await retry(first, { [keyOf(first)]: { action } });
    expect(stateOf(left)).toBe('NEED_CLARIFICATION');
    const id = runOf(left);
    expect(textOf(left)).toContain(`portia resume ${id} --answer changes=VALUE`);
    expect((await run(id)).state).toBe('NEED_CLARIFICATION');
  });

  test('then a no in the form ends the run', async () => {
    const { call, published, run } = await release();
    const first = await call('publish', VERSION);
    const answers = { [keyOf(first)]: accept({ answer: 'no' }) };
    const ended = await call('publish', VERSION, FORMS, {
      requestState: first['requestState'] ?? null,
      inputResponses: answers,
    });
    expect(ended).toMatchObject({ isError: true });
    expect(await run(runOf(ended))).toMatchObject({ state: 'FAILED', error: { code: 'declined' } });
    expect(published).toEqual([]);
  });

  test.each<[string, (state: string) => [string, JsonObject, string]]>([
    ['changed', (state) => ['release', VERSION, `${state.slice(0, -2)}AA`]],
    ['brought with other arguments', (state) => ['release', { version: '6.6.6' }, state]],
    ['brought to another tool', (state) => ['publish', VERSION, state]],
    ['made up', () => ['release', VERSION, 'v1.e30.AAAA']],
  ])('then a state that was %s is refused', async (_case, forge) => {
    const { call, published } = await release();
    const first = await call('release', VERSION);
    const [name, args, requestState] = forge(String(first['requestState']));
    const inputResponses = { [keyOf(first)]: accept({ answer: 'yes' }) };
    await expect(call(name, args, FORMS, { requestState, inputResponses })).rejects.toThrow(/-32602 .*requestState/);
    expect(published).toEqual([]);
  });

  test('then an answer for a question of another run is not heard', async () => {
    const { call, retry, published } = await release();
    const other = await call('publish', VERSION);
    const first = await call('release', VERSION);
    const again = await retry(first, { [keyOf(other)]: accept({ answer: 'yes' }) });
    expect(asked(again)).toEqual(asked(first));
    expect(published).toEqual([]);
  });
});

describe('when a run asks while a client of an older revision calls', () => {
  test('then its person is asked while the call is open', async () => {
    const { connect, published } = await release();
    const messages: string[] = [];
    const client = await connect(({ params }) => {
      messages.push(params.message.split('\n')[0] ?? '');
      return accept({ answer: messages.length === 1 ? 'all of it' : 'yes' });
    });
    const result = await client.callTool({ name: 'release', arguments: VERSION });
    expect(result.structuredContent).toMatchObject({ state: 'COMPLETE', output: 'published 1.2' });
    expect(messages).toEqual(['What changed?', expect.stringContaining('publish_tool')]);
    expect(published).toEqual(['1.2']);
  });

  test.each<[string, () => ElicitResult]>([
    ['declines by itself', () => ({ action: 'decline' })],
    ['cancels', () => ({ action: 'cancel' })],
    [
      'fails',
      () => {
        throw new Error('no window');
      },
    ],
  ])('then one that %s is not asked on, and the result says how to answer', async (_case, ask) => {
    const { connect, run, published } = await release();
    let times = 0;
    const client = await connect(() => {
      times += 1;
      return ask();
    });
    const result = await client.callTool({ name: 'publish', arguments: VERSION });
    const { run_id: id } = result.structuredContent as { run_id: string };
    expect(textOf(result)).toContain(`portia resume ${id} --answer verify=yes`);
    expect(await run(id)).toMatchObject({ state: 'NEED_CLARIFICATION', pause: { reason: 'approval' } });
    expect({ times, published }).toEqual({ times: 1, published: [] });
  });

  test('then answers that never fit are not asked for without end', async () => {
    const server = await serveHere({
      plans: { ask: asking({ kind: 'user_input', message: 'How many?', schema: { type: 'integer' }, output: '$n' }) },
    });
    let times = 0;
    const client = await server.connect(() => {
      times += 1;
      return accept({ answer: 2.5 });
    });
    const result = await client.callTool({ name: 'ask', arguments: {} });
    expect(result.structuredContent).toMatchObject({ state: 'NEED_CLARIFICATION' });
    expect(times).toBe(5);
  });
});

describe('when a client cannot ask its person', () => {
  test('then the result has the questions, with the commands that answer them', async () => {
    const { call } = await release();
    const result = await call('publish', VERSION, {});
    const id = runOf(result);
    expect(result['structuredContent']).toMatchObject({
      state: 'NEED_CLARIFICATION',
      questions: [{ category: 'User Verification', selector: 'verify', args: VERSION }],
      next: `portia resume ${id}`,
    });
    expect(textOf(result)).toContain(`portia resume ${id} --answer verify=yes`);
  });

  test('then a secret is never asked for by a form', async () => {
    const schema = { type: 'string', format: 'password' };
    const server = await serveHere({
      plans: { ask: asking({ kind: 'user_input', message: 'The password?', schema, output: '$word' }) },
    });
    const result = await server.call('ask', {});
    expect(textOf(result)).toContain(`portia resume ${runOf(result)} --answer word=@FILE`);
  });
});
