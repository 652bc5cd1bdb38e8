import { describe, expect, test } from 'vitest';
import * as z from 'zod';

import { defineTool, openClarifications, type SaidReadiness } from '../../src/index.js';
import { planOf, portiaIn } from './library-doubles.js';

const who = defineTool({
  id: 'who',
  name: 'Who',
  description: 'Says whom the run is for.',
  effect: 'read',
  args: z.object({}),
  output: z.any(),
  run: ({ endUser: { id, email, additionalData } }) => ({
    id,
    ...(email && { email }),
    additionalData: { ...additionalData },
  }),
});

const learn = defineTool({
  id: 'learn',
  name: 'Learn',
  description: 'Learns something about the user.',
  effect: 'read',
  args: z.object({}),
  run: (context) => {
    context.setEndUserData('calendar', 'cal-1');
    return 'learnt';
  },
});

const toolStep = (tool_id: string) => ({ kind: 'tool', tool_id, args: {}, output: `$${tool_id}` });

describe.each(['file:', 'memory:'])('with the store %s', (store) => {
  test('when a program says whom a run is for then tools know it, and later runs as well', async () => {
    const { portia } = portiaIn({ store, tools: [who, learn], jobs: 1 });
    const endUser = { id: 'ada', email: 'ada@example.com', additionalData: { plan: 'gold' } };
    const first = await portia.runPlan(planOf([toolStep('learn'), toolStep('who')]), { endUser });
    const known = { id: 'ada', email: 'ada@example.com', additionalData: { plan: 'gold', calendar: 'cal-1' } };
    expect(first.outputs.final_output).toMatchObject({ value: known });
    const next = await portia.runPlan(planOf([toolStep('who')]), {
      endUser: { id: 'ada', additionalData: { plan: null } },
    });
    const { plan: _forgotten, ...left } = known.additionalData;
    expect(next.outputs.final_output).toMatchObject({ value: { ...known, additionalData: left } });
    const other = await portia.runPlan(planOf([toolStep('who')]), { endUser: 'bob' });
    expect(other.outputs.final_output).toMatchObject({ value: { id: 'bob', additionalData: {} } });
  });

  test('when a tool waits for a person then the run waits as long as the program says', async () => {
    const asked: number[] = [];
    const mail = defineTool({
      ...whoDefinition('mail'),
      ready: (): SaidReadiness => {
        asked.push(1);
        if (asked.length > 3) return { ready: true };
        const action = {
          category: 'Action' as const,
          user_guidance: 'Sign in.',
          action_url: 'https://mail.example.com',
        };
        return { ready: false, clarifications: [action] };
      },
    });
    const { portia } = portiaIn({ store, tools: [mail] });
    const plan = planOf([toolStep('mail')]);
    const paused = await portia.runPlan(plan);
    expect(openClarifications(paused)).toMatchObject([{ category: 'Action', provider: 'mail.example.com' }]);
    expect(await portia.resume(paused, { waitMs: 600_000 })).toMatchObject({ state: 'COMPLETE' });
  });
});

function whoDefinition(id: string) {
  return { id, name: id, description: 'Does it.', effect: 'read' as const, args: z.object({}), run: () => 'done' };
}

test.each([
  [{ id: '' }, 'The id of endUser is empty'],
  [{ id: 'ada', email: 7 }, 'The email of endUser is 7'],
  [{ id: 'ada', additionalData: { plan: ['gold'] } }, 'The plan of endUser is ["gold"]'],
])('when endUser is %j then nothing begins', async (endUser, message) => {
  const { portia } = portiaIn({ store: 'memory:', tools: [who] });
  const started = Promise.resolve(portia.runPlan(planOf([toolStep('who')]), { endUser: endUser as never }));
  await expect(started).rejects.toMatchObject({ code: 'usage', message: expect.stringContaining(message) as string });
  expect(await portia.listRuns()).toEqual([]);
});
