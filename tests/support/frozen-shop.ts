import { expect, onTestFinished, vi } from 'vitest';

import { sendJson, startServer } from '../tools/local-server.js';
import { ended, makeProject, startPortia } from './portia.js';

/** A project whose plan orders something once, of a service that answers only when the test says so. */
export async function makeShop({ timeoutMs }: { timeoutMs: number }) {
  const waiting: (() => void)[] = [];
  const keys: unknown[] = [];
  const server = await startServer((request, response) => {
    keys.push(request.headers['idempotency-key']);
    waiting.push(() => sendJson(response, { id: 7 }, 201));
  });
  onTestFinished(() => server.close());
  const order = { description: 'Orders.', method: 'POST', url: server.url, output: '$body.id', timeout_ms: timeoutMs };
  const step = { kind: 'tool', tool_id: 'order', args: {}, output: '$id' };
  const cwd = makeProject({
    'portia.json': { http: { order } },
    'plan.json': { plan_context: { query: 'Order it.', tool_ids: ['order'] }, steps: [step] },
  });
  const answerAll = () => {
    for (const answer of waiting.splice(0)) answer();
  };
  return { cwd, keys, answerAll };
}

type Shop = Awaited<ReturnType<typeof makeShop>>;

/** A process that is frozen while the service has its order. */
export async function freezeInCall({ cwd, keys }: Shop, env: Record<string, string>) {
  const child = startPortia(['run-plan', 'plan.json', '--approve', 'order'], { cwd, env });
  const end = ended(child, '');
  await vi.waitFor(() => expect(keys).toHaveLength(1), { timeout: 60_000 });
  child.kill('SIGSTOP');
  onTestFinished(() => void child.kill('SIGKILL'));
  return { child, end };
}
