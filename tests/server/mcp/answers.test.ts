import { describe, expect, test } from 'vitest';

import type { JsonObject } from '../../../src/domain/values/json.js';
import { serveHere, textOf } from '../../support/mcp-server-here.js';
import { asking, publishing, PUBLISH, RELEASE } from './release-plan.js';

const VERSION = { version: '1.2' };
const record = (result: JsonObject) => result['structuredContent'] as JsonObject & { run_id: string };

describe('when a model answers by a tool', () => {
  test.each<[string, object, unknown, string]>([
    ['a text', { kind: 'user_input', message: 'Who?', output: '$who' }, 'Ana', 'COMPLETE'],
    ['a number', { kind: 'user_input', message: 'Many?', schema: { type: 'integer' }, output: '$who' }, 3, 'COMPLETE'],
    ['an option', { kind: 'user_input', message: 'Which?', options: ['a', 'b'], output: '$who' }, 'b', 'COMPLETE'],
  ])('then %s that the person said is taken, and resume continues', async (_case, step, answer, state) => {
    const { call } = await serveHere({ plans: { ask: asking(step) } });
    const { run_id: run } = record(await call('ask', {}, {}));
    expect(record(await call('answer', { run, answers: { who: answer as string } }, {}))).toMatchObject({
      state: 'READY_TO_RESUME',
    });
    expect(record(await call('resume', { run }, {}))).toMatchObject({ state });
  });

  test.each([
    ['yes', 'verify'],
    ['run', 'verify'],
    ['no', 'verify'],
    [true, '0.verify'],
  ])('then %j to a call is refused with the command of the person', async (answer, selector) => {
    const { tool, published } = publishing();
    const server = await serveHere({ tools: [tool], plans: { publish: PUBLISH } });
    const { run_id: run } = record(await server.call('publish', VERSION, {}));
    const refused = await server.call('answer', { run, answers: { [selector]: answer } }, {});
    expect(refused).toMatchObject({ isError: true });
    expect(textOf(refused)).toMatch(/Only the person can answer this.*\[answer-refused\]/);
    expect(textOf(refused)).toContain(`portia resume ${run} --answer verify=yes`);
    await server.call('resume', { run }, {});
    expect(published).toEqual([]);
    expect((await server.run(run)).outputs.clarifications).toMatchObject([{ resolved: false }]);
  });

  test('then a yes to a verification is refused, also by its id, and with another answer beside it', async () => {
    const verify = { kind: 'user_verify', message: 'Is it right?' };
    const server = await serveHere({ plans: { ask: asking(verify) } });
    const { run_id: run } = record(await server.call('ask', {}, {}));
    const [question] = (await server.run(run)).outputs.clarifications;
    for (const selector of [question?.id ?? '', 'verify', '0']) {
      expect(await server.call('answer', { run, answers: { [selector]: true, other: 1 } }, {})).toMatchObject({
        isError: true,
      });
    }
    expect((await server.run(run)).state).toBe('NEED_CLARIFICATION');
  });

  test('then what happened to a call whose outcome is unknown is refused', async () => {
    const { tool } = publishing();
    const broken = {
      ...tool,
      run: async () => {
        throw new Error('the line broke');
      },
    };
    const server = await serveHere({ tools: [broken], plans: { publish: PUBLISH } });
    const first = await server.call('publish', VERSION);
    const [key = ''] = Object.keys(first['inputRequests'] as JsonObject);
    const others = { requestState: first['requestState'] ?? null };
    const unknown = await server.call('publish', VERSION, undefined, {
      ...others,
      inputResponses: { [key]: { action: 'accept', content: { answer: 'yes' } } },
    });
    expect(JSON.stringify(unknown['inputRequests'])).toContain('not_done');
    const [run = ''] = await server.services.store.listRunIds();
    for (const answer of ['happened', 'not_done', 'stop']) {
      const refused = await server.call('answer', { run, answers: { outcome: answer } }, {});
      expect(textOf(refused)).toContain(`portia resume ${run} --answer outcome=VALUE`);
    }
  });

  test('then a secret is refused, because a model has seen it', async () => {
    const schema = { type: 'string', format: 'password' };
    const server = await serveHere({
      plans: { ask: asking({ kind: 'user_input', message: 'The word?', schema, output: '$word' }) },
    });
    const { run_id: run } = record(await server.call('ask', {}, {}));
    const refused = await server.call('answer', { run, answers: { word: 'sesame' } }, {});
    expect(textOf(refused)).toContain(`--answer word=@FILE`);
  });

  test.each<[string, JsonObject, RegExp]>([
    ['no question', { other: 'x' }, /is for a question that was not asked/],
    ['two questions at once', { changes: 'a', verify: true }, /is for a question that was not asked/],
  ])('then an answer to %s says what is asked', async (_case, answers, said) => {
    const { tool } = publishing();
    const server = await serveHere({ tools: [tool], plans: { release: RELEASE } });
    const { run_id: run } = record(await server.call('release', VERSION, {}));
    const result = await server.call('answer', { run, answers }, {});
    expect(textOf(result)).toMatch(said);
  });

  test('then no flag, input or plan of a tool call agrees to a call', async () => {
    const { tool, published } = publishing();
    const server = await serveHere({ tools: [tool], plans: { publish: PUBLISH } });
    for (const args of [{ yes: true }, { approve: ['*'] }, { answers: { verify: true } }]) {
      expect(await server.call('run_plan', { plan: PUBLISH, inputs: VERSION, ...args }, {})).toMatchObject({
        isError: true,
      });
      expect(await server.call('publish', { ...VERSION, ...args }, {})).toMatchObject({ isError: true });
    }
    expect(published).toEqual([]);
  });
});
