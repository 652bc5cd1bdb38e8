import { describe, expect, test } from 'vitest';

import type { JsonObject } from '../../../src/domain/values/json.js';
import { accept, asked, FORMS, serveHere, TASKS, textOf, type ServerHere } from '../../support/mcp-server-here.js';
import { asking, publishing, PUBLISH, RELEASE } from './release-plan.js';

const VERSION = { version: '1.2' };

async function release(): Promise<ServerHere & { published: string[] }> {
  const { tool, published } = publishing();
  return { ...(await serveHere({ tools: [tool], plans: { release: RELEASE, publish: PUBLISH } })), published };
}

/** The task once it does not work any more. */
async function settled({ request }: ServerHere, taskId: string, capabilities: object = TASKS): Promise<JsonObject> {
  for (;;) {
    const task = await request('tasks/get', { taskId }, capabilities);
    if (task['status'] !== 'working') return task;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const update = async (server: ServerHere, taskId: string, inputResponses: JsonObject) =>
  server.request('tasks/update', { taskId, inputResponses }, TASKS);

describe('when a client takes tasks', () => {
  test('then a call is a task with the id of its run, which asks and ends as the call would', async () => {
    const server = await release();
    const created = await server.call('release', VERSION, TASKS);
    const id = String(created['taskId']);
    expect(created).toMatchObject({
      resultType: 'task',
      status: 'working',
      ttlMs: null,
      createdAt: expect.any(String),
    });
    expect((await server.run(id)).id).toBe(id);
    const first = await settled(server, id);
    expect(first).toMatchObject({ status: 'input_required', taskId: id, resultType: 'complete' });
    expect(asked(first).map(({ message }) => message)).toEqual(['What changed?']);
    expect(await update(server, id, { [asked(first)[0]?.key ?? '']: accept({ answer: 'all' }) })).toMatchObject({
      resultType: 'complete',
    });
    const second = await settled(server, id);
    await update(server, id, { [asked(second)[0]?.key ?? '']: accept({ answer: 'yes' }) });
    expect(await settled(server, id)).toMatchObject({
      status: 'completed',
      result: { structuredContent: { run_id: id, state: 'COMPLETE', output: 'published 1.2' } },
    });
    expect(server.published).toEqual(['1.2']);
  });

  test('then another server knows the task, and takes the answer', async () => {
    const server = await release();
    const id = String((await server.call('release', VERSION, TASKS))['taskId']);
    const first = await settled(server, id);
    await server.project.close();
    const next = await server.again();
    expect(asked(await settled(next, id))).toEqual(asked(first));
    await update(next, id, { [asked(first)[0]?.key ?? '']: accept({ answer: 'all' }) });
    expect(asked(await settled(next, id))[0]?.message).toContain('publish_tool');
  });

  test('then a declined question is not asked again: the task ends with how to answer', async () => {
    const server = await release();
    const id = String((await server.call('publish', VERSION, TASKS))['taskId']);
    const first = await settled(server, id);
    await update(server, id, { [asked(first)[0]?.key ?? '']: { action: 'decline' } });
    const task = await settled(server, id);
    expect(task).toMatchObject({ status: 'completed', result: { structuredContent: { state: 'NEED_CLARIFICATION' } } });
    expect(textOf(task['result'] as JsonObject)).toContain(`portia resume ${id} --answer verify=yes`);
    expect((await server.run(id)).state).toBe('NEED_CLARIFICATION');
  });

  test('then what does not fit is asked again under another key, and the old key is dead', async () => {
    const server = await serveHere({
      plans: { ask: asking({ kind: 'user_input', message: 'Many?', schema: { type: 'integer' }, output: '$n' }) },
    });
    const id = String((await server.call('ask', {}, TASKS))['taskId']);
    const key = asked(await settled(server, id))[0]?.key ?? '';
    await update(server, id, { [key]: accept({ answer: 2.5 }) });
    const [again] = asked(await settled(server, id));
    expect(again?.key).not.toBe(key);
    expect(again?.message).toMatch(/^The last answer does not fit/);
    await update(server, id, { [key]: accept({ answer: 3 }) });
    expect(asked(await settled(server, id))[0]).toEqual(again);
    await update(server, id, { [again?.key ?? '']: accept({ answer: 3 }) });
    expect(await settled(server, id)).toMatchObject({
      status: 'completed',
      result: { structuredContent: { state: 'COMPLETE' } },
    });
  });

  test('then a cancelled task is a cancelled run', async () => {
    const server = await release();
    const id = String((await server.call('release', VERSION, TASKS))['taskId']);
    expect(await server.request('tasks/cancel', { taskId: id }, TASKS)).toMatchObject({ resultType: 'complete' });
    expect(await settled(server, id)).toMatchObject({ status: 'cancelled' });
    expect(await server.run(id)).toMatchObject({ state: 'FAILED', error: { code: 'declined' } });
  });

  test('then a task that failed is completed with an error', async () => {
    const server = await serveHere({
      plans: { fail: asking({ kind: 'compute', expression: '$error("no")', output: '$x' }) },
    });
    const id = String((await server.call('fail', {}, TASKS))['taskId']);
    const task = await settled(server, id);
    expect(task).toMatchObject({ status: 'completed', result: { isError: true } });
    expect(textOf(task['result'] as JsonObject)).toContain('[expression-failed]');
  });

  test('then a client that shows no forms gets the questions as the result', async () => {
    const server = await release();
    const capabilities = { extensions: TASKS.extensions };
    const id = String((await server.call('publish', VERSION, capabilities))['taskId']);
    expect(await settled(server, id, capabilities)).toMatchObject({
      status: 'completed',
      result: { structuredContent: { state: 'NEED_CLARIFICATION' } },
    });
  });

  test.each(['prun-00000000-0000-7000-8000-000000000000', '../../etc/passwd', 'last', ''])(
    'then there is no task %j',
    async (taskId) => {
      const server = await release();
      await server.call('release', VERSION, TASKS);
      for (const method of ['tasks/get', 'tasks/update', 'tasks/cancel']) {
        await expect(server.request(method, { taskId, inputResponses: {} }, TASKS)).rejects.toThrow(/-32602/);
      }
    },
  );

  test('then one that does not say so cannot ask for tasks', async () => {
    const server = await release();
    const id = String((await server.call('release', VERSION, TASKS))['taskId']);
    for (const method of ['tasks/get', 'tasks/update', 'tasks/cancel']) {
      await expect(server.request(method, { taskId: id, inputResponses: {} }, FORMS)).rejects.toThrow(/-32021/);
    }
  });
});
