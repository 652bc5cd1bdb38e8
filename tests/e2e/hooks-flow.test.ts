import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { effectsOf, type Effect } from '../support/crashed-project.js';
import { portiaHere } from '../support/portia-here.js';
import { onlyRun, printedError, printedQuestions } from '../support/scenario.js';
import { makeToolProject } from '../support/tool-project.js';

const TOOLS = `
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineTool } from 'portia';
import * as z from 'zod';

const tool = (id, effect, resultOf) =>
  defineTool({
    id,
    name: id,
    description: 'Does it.',
    effect,
    args: z.object({ text: z.string() }),
    run({ environment, idempotencyKey: key }, { text }) {
      const result = resultOf(text);
      if (effect === 'once') {
        const line = JSON.stringify({ id, text, key, result });
        appendFileSync(join(environment.projectRoot, 'effects.log'), line + '\\n');
      }
      return result;
    },
  });

export const tools = [tool('look', 'read', (text) => 'saw ' + text), tool('send', 'once', (text) => 'sent ' + text)];
`;

/** Hooks that skip the advertisement, hide addresses and ask before a call, and ask about what was seen. */
const HOOKS = `import { defineHooks } from 'portia';

export default defineHooks({
  beforeStep: ({ step }) => (step.output === '$ad' ? { skip: 'nobody wants it' } : undefined),
  beforeToolCall({ tool, args }) {
    if (tool.id !== 'send') return undefined;
    return { args: { text: String(args.text).replace(/\\S+@\\S+/g, '[address]') }, ask: 'Is the text right?' };
  },
  afterToolCall({ tool, result, answers }) {
    if (tool.id !== 'look') return undefined;
    const [count] = answers;
    if (count !== undefined) return { result: count.response + ' times ' + result };
    return { ask: { category: 'Input', user_guidance: 'How often?', argument_name: 'count' } };
  },
});
`;

const step = (tool_id: string, text: string, output: string) => ({ kind: 'tool', tool_id, args: { text }, output });

const PLAN = {
  plan_context: { query: 'Look and send', tool_ids: ['look', 'send'] },
  steps: [
    step('look', 'a bird', '$seen'),
    step('send', 'buy this', '$ad'),
    step('send', 'To ann@example.com: {{ $seen }}', '$sent'),
  ],
};

const hookedProject = (hooks = HOOKS): string =>
  makeToolProject(TOOLS, {
    'portia.json': { tools: { modules: ['./tools/*.mjs'] }, hooks: './hooks.ts' },
    'hooks.ts': hooks,
    'hooked.json': PLAN,
  });

const HOOKED = ['run-plan', 'hooked.json'];
const APPROVED = ['--approve', 'send'];

interface Sent extends Effect {
  text: string;
}

test('when hooks skip, ask and hide then the call is made once, as they left it, after both answers', async () => {
  const cwd = hookedProject();
  const asked = await portiaHere([...HOOKED, ...APPROVED], { cwd });
  expect(asked.code).toBe(8);
  expect(printedQuestions(asked.stderr).questions).toMatchObject([{ user_guidance: 'How often?' }]);
  const before = await portiaHere(['resume', 'last', '--answer', 'count=three', ...APPROVED], { cwd });
  expect(before.code).toBe(8);
  const text = 'To [address] three times saw a bird';
  expect(printedQuestions(before.stderr).questions).toMatchObject([
    { category: 'User Verification', user_guidance: expect.stringContaining('Is the text right?'), args: { text } },
  ]);
  expect(effectsOf(cwd)).toEqual([]);
  expect((await portiaHere(['resume', 'last', '--answer', 'verify=yes'], { cwd })).code).toBe(0);
  expect(effectsOf<Sent>(cwd).map((effect) => effect.text)).toEqual([text]);
  const run = onlyRun(cwd);
  expect(run.steps.map(({ status }) => status)).toEqual(['completed', 'skipped', 'completed']);
  expect(JSON.stringify(run)).not.toContain('ann@example.com');
});

test('when a run pauses then what a hook does at its end is not done yet, and then once', async () => {
  const cwd = hookedProject(`import { appendFileSync } from 'node:fs';
import { defineHooks } from 'portia';

export default defineHooks({
  afterRun({ state }) {
    if (state === 'complete') appendFileSync('ends.log', 'complete\\n');
  },
});
`);
  expect((await portiaHere(HOOKED, { cwd })).code).toBe(8);
  expect(existsSync(join(cwd, 'ends.log'))).toBe(false);
  expect((await portiaHere(['resume', 'last', ...APPROVED], { cwd })).code).toBe(0);
  expect((await portiaHere(['resume', 'last', ...APPROVED], { cwd })).code).toBe(0);
  expect(readFileSync(join(cwd, 'ends.log'), 'utf8')).toBe('complete\n');
});

test('when a hook throws then the run fails with its name', async () => {
  const cwd = hookedProject(`import { defineHooks } from 'portia';

export default defineHooks({
  beforeStep() {
    throw new Error('no chat');
  },
});
`);
  const failed = await portiaHere(HOOKED, { cwd });
  expect(failed.code).toBe(1);
  expect(printedError(failed.stderr)).toMatchObject({ message: expect.stringMatching(/beforeStep.*no chat/) });
  expect(onlyRun(cwd).state).toBe('FAILED');
});
