import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import type { Plan } from '../../src/domain/plan/plan.js';
import { addPlan, makeExampleProject } from '../support/example-project.js';
import { chatReply, startJsonServer, type Answer, type Asked } from '../support/json-server.js';
import { portiaHere } from '../support/portia-here.js';

const ID = (end: string) => `plan-019a0000-0000-7000-8000-0000000000${end}`;
const likedPlan = (end: string, query: string) => addPlan({ id: ID(end), plan_context: { query, tool_ids: [] } });
const FILES = {
  'rent.json': likedPlan('b1', 'split the rent among the flatmates'),
  'dinner.json': likedPlan('b2', 'divide what the dinner cost'),
};
const QUERY = 'split what we paid at the restaurant';
const PLAN = JSON.stringify({ steps: [{ kind: 'compute', expression: '1 + 2', output: '$sum' }] });

/** Food is one direction, and money for a home another. */
const meaningOf = (text: string) => (/dinner|restaurant/.test(text) ? [1, 0.1] : [0.1, 1]);
const vectors = ({ body }: Asked): Answer => {
  const input = body?.['input'] as string[];
  // Servers need not keep the order.
  const data = input.map((text, index) => ({ index, object: 'embedding', embedding: meaningOf(text) })).toReversed();
  return { body: { object: 'list', data, model: 'nomic' } };
};

/** A project with two liked plans, whose server answers `/embeddings` like this. */
async function meaningProject(embeddings: (asked: Asked) => Answer = vectors, more: object = {}) {
  const server = await startJsonServer((asked) =>
    asked.line === 'POST /v1/embeddings' ? embeddings(asked) : chatReply(PLAN),
  );
  const settings = {
    model: 'custom/small',
    models: { embeddings: 'custom/nomic' },
    base_url: `${server.origin}/v1`,
    examples: 'liked',
    ...more,
  };
  const cwd = makeExampleProject({ ...FILES, '.home/.config/portia/config.json': settings });
  for (const name of Object.keys(FILES)) await portiaHere(['like', name], { cwd });
  const plan = async (env: Record<string, string> = {}) => {
    const { code, stdout, stderr } = await portiaHere(['plan', QUERY], { cwd, env });
    expect({ code, stderr }).toMatchObject({ code: 0 });
    return { stderr, examples: (JSON.parse(stdout) as Plan).metadata.examples };
  };
  const inputs = () =>
    server.asked.filter(({ line }) => line.endsWith('/embeddings')).map(({ body }) => body?.['input']);
  return { cwd, plan, inputs, server };
}

test('when a model for embeddings is set then the nearest plans are those that mean the same', async () => {
  const { plan, server } = await meaningProject();
  const { stderr, examples } = await plan();
  expect(examples).toMatchObject([
    { plan_id: ID('b2'), measure: 'embeddings', score: 1, shared: [] },
    { plan_id: ID('b1'), measure: 'embeddings', score: 0.198, shared: ['split'] },
  ]);
  expect(stderr).toContain(`Learning from a plan that you liked, ${ID('b2')}: similarity 1.00\n`);
  expect(stderr).toContain(`Learning from a plan that you liked, ${ID('b1')}: similarity 0.20 (split)\n`);
  expect(server.asked[0]?.body).toMatchObject({ model: 'nomic' });
});

test('when it is asked again then the liked plans come from the cache, and the request alone is sent', async () => {
  const { cwd, plan, inputs } = await meaningProject();
  const first = await plan();
  expect(await plan()).toMatchObject({ examples: first.examples });
  expect(inputs()).toEqual([[QUERY, expect.stringContaining('dinner'), expect.stringContaining('rent')], [QUERY]]);
  expect(readdirSync(join(cwd, '.home/.cache/portia/embeddings'))).toHaveLength(2);
});

test.each<[string, (asked: Asked) => Answer]>([
  ['it is down', () => ({ status: 503, body: { error: { message: 'overloaded' } } })],
  ['it knows no embeddings', () => ({ status: 404, body: { error: { message: 'no such path' } } })],
  ['its reply has no vectors', () => ({ body: { data: [] } })],
  ['its vectors differ in length', () => ({ body: { data: [[1], [1, 2], [1]].map((embedding) => ({ embedding })) } })],
])('when %s then the words alone decide, with a warning', async (_what, answer) => {
  const { cwd, plan } = await meaningProject(answer);
  const { stderr, examples } = await plan();
  expect(stderr.replaceAll(/\s+/g, ' ')).toContain('Liked plans are compared by their words alone.');
  expect(examples).toMatchObject([{ plan_id: ID('b1'), measure: 'bm25' }]);
  expect(existsSync(join(cwd, '.home/.cache/portia/embeddings'))).toBe(false);
});

test('when nobody is there at its address then the words alone decide, with a warning', async () => {
  const { plan } = await meaningProject(vectors, { models: { embeddings: 'ollama/nomic' } });
  const { stderr, examples } = await plan({ OLLAMA_BASE_URL: 'http://127.0.0.1:1' });
  expect(stderr.replaceAll(/\s+/g, ' ')).toContain('Liked plans are compared by their words alone. ollama/nomic');
  expect(examples).toMatchObject([{ measure: 'bm25' }]);
});

test('when a program is set for embeddings then the setting is refused', async () => {
  const cwd = makeExampleProject({ 'portia.json': { models: { embeddings: 'exec:./embed.sh' } } });
  const { code, stderr } = await portiaHere(['list'], { cwd });
  expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining('a program gives no embeddings') });
});
