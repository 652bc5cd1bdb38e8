import { expect, test } from 'vitest';

import type { JsonObject } from '../../../src/domain/values/json.js';
import { serveHere, textOf } from '../../support/mcp-server-here.js';
import { asking } from './release-plan.js';

const FAR = '2999-01-01T00:00:00.000Z';
const record = (result: JsonObject) => result['structuredContent'] as JsonObject & { run_id: string };

test.each<[string, object, RegExp]>([
  ['time', { kind: 'wait', for: '20s', output: '$due' }, /^The run waits until \S+, and is saved\. /],
  ['far time', { kind: 'wait', until: FAR, output: '$due' }, /^The run waits until 2999-\S+, and is saved\. /],
  ['event', { kind: 'wait_for', event: 'paid', output: '$paid' }, /portia signal paid --data JSON/],
])('when a run comes to a %s then the call ends at once and says what continues it', async (_case, step, said) => {
  const server = await serveHere({ plans: { remind: asking(step) } });
  const result = await server.call('remind', {}, {});
  const { run_id: id, ...rest } = record(result);
  expect(rest).toMatchObject({ state: 'IN_PROGRESS', next: `portia resume ${id}` });
  expect(result['isError']).toBeUndefined();
  expect(textOf(result)).toMatch(said);
  expect(textOf(result)).toContain(`portia resume ${id}`);
  expect(textOf(result)).toContain('Or call resume then.');
});
