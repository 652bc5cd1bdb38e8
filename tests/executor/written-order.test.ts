import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import type { ToolEffect } from '../../src/domain/values/tool-effects.js';
import type { Run } from '../../src/domain/run/run.js';
import { Bench, planOf } from './bench.js';
import { scriptedTool } from './scripted-tool.js';

/** One step of a random plan, and how its tool behaves. */
interface RandomStep {
  work: ToolEffect | 'compute' | 'ask' | 'loop';
  /** Which of the outputs before it it takes, as places that are counted back. */
  takes: number[];
  /** Turns of the event loop that its tool takes. */
  turns: number;
  behaves: 'well' | 'asks' | 'fails' | 'recovers';
  when?: boolean | undefined;
}

const randomStep: fc.Arbitrary<RandomStep> = fc.record({
  work: fc.constantFrom('read', 'read', 'read', 'compute', 'idempotent', 'once', 'ask', 'loop'),
  takes: fc.array(fc.nat(4), { maxLength: 2 }),
  turns: fc.nat(12),
  behaves: fc.oneof(
    { weight: 30, arbitrary: fc.constant('well' as const) },
    { weight: 10, arbitrary: fc.constantFrom('asks' as const, 'fails' as const) },
    // A wait comes before it is tried again.
    { weight: 1, arbitrary: fc.constant('recovers' as const) },
  ),
  when: fc.option(fc.boolean(), { nil: undefined, freq: 8 }),
});

function planFrom(steps: RandomStep[]) {
  return planOf(
    steps.map((step, index) => {
      const names = [...new Set(step.takes.map((back) => index - 1 - back).filter((at) => at >= 0))];
      const text = names.map((at) => `{{ $exists($o${at}) ? $o${at} : "none" }}`).join(' ');
      const args = { text: `${index}:${step.turns}:${step.behaves} ${text}` };
      const common = {
        output: `$o${index}`,
        ...(step.when !== undefined && { when: String(step.when) }),
        retries: step.behaves === 'recovers' ? 1 : 0,
      };
      const call = { kind: 'tool', tool_id: step.work, args, ...common };
      switch (step.work) {
        case 'compute':
          return {
            kind: 'compute',
            expression: `"c${index}" ${names.map((at) => `& $string($o${at})`).join(' ')}`,
            ...common,
          };
        case 'ask':
          return { kind: 'user_input', message: `What of {{ $string(${index}) }}?`, ...common };
        case 'loop': {
          // Retrying a loop reads all its items again, those behind the failure too: a read that counts its calls would tell.
          const each = `${args.text.replace('recovers', 'fails')} {{ $n }}`;
          const inner = { kind: 'tool', tool_id: 'read', args: { text: each }, output: '$inner' };
          return { kind: 'for_each', over: '[1, 2, 3]', as: 'n', max_parallel: 3, steps: [inner], ...common };
        }
        default:
          return call;
      }
    }),
  );
}

/** What a person sees of a run, and what it did to the world, in order. */
async function drive(steps: RandomStep[], jobs: number): Promise<{ seen: object; acted: string[] }> {
  const acted: string[] = [];
  const failed = new Set<string>();
  const tools = (['read', 'idempotent', 'once'] as const).map((effect) =>
    scriptedTool(effect, {
      effect,
      async acts({ text }, { answers }) {
        const [, turns = '0', behaves] = /^\d+:(\d+):(\w+)/.exec(String(text)) ?? [];
        if (effect !== 'read') acted.push(`begins ${String(text)}`);
        for (let turn = 0; turn < Number(turns); turn += 1) await new Promise((resolve) => setImmediate(resolve));
        if (effect !== 'read') acted.push(`ends ${String(text)}`);
        if (behaves === 'asks' && answers.length === 0) {
          return {
            kind: 'clarifications',
            clarifications: [{ category: 'Input', user_guidance: 'Which?', argument_name: 'which' }],
          };
        }
        const isFirst = !failed.has(String(text));
        failed.add(String(text));
        if (behaves === 'fails' || (behaves === 'recovers' && isFirst)) {
          return { kind: 'failure', message: 'no', retryable: true, notDone: true };
        }
        return `<${String(text).slice(0, 60)}>`;
      },
    }),
  );
  const bench = new Bench({
    tools,
    jobs,
    policy: { idempotent: 'allow', once: 'allow' },
    handler: {
      ask: async (questions) =>
        questions.map(({ id, path }) => ({ id, response: `answer ${path}`, channel: 'prompt' })),
    },
  });
  return { seen: seenOf(await bench.start(planFrom(steps))), acted };
}

function seenOf({ state, current_step_index, outputs, error, steps }: Run): object {
  return {
    state,
    current_step_index,
    error,
    final: outputs.final_output,
    outputs: outputs.step_outputs,
    questions: outputs.clarifications.map(({ path, response }) => ({ path, response })),
    steps: steps.map(({ path, status, reason, output, attempts }) => ({ path, status, reason, output, attempts })),
  };
}

test('when steps overlap then outputs and side effects are those of the written order, for any plan', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(randomStep, { minLength: 1, maxLength: 9 }),
      fc.integer({ min: 2, max: 6 }),
      async (steps, jobs) => {
        const written = await drive(steps, 1);
        expect(await drive(steps, jobs)).toEqual(written);
      },
    ),
    { numRuns: 60 },
  );
});
