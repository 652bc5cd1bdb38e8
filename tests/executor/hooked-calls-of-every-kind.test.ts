import { describe, expect, test } from 'vitest';

import type { HookedCall, Hooks } from '../../src/hooks/hooks.js';
import { Bench, outputsOf, planOf } from './bench.js';
import { scriptedModel } from './scripted-model.js';
import { scriptedTool } from './scripted-tool.js';

describe('every call of every kind of step', () => {
  test('when a tool is called by a model, in a loop or a branch, side by side or in a plan inside then its hooks see it', async () => {
    const tool = scriptedTool('look', { effect: 'read', acts: ({ text }) => `saw ${String(text)}` });
    const inner = planOf([{ kind: 'tool', tool_id: 'look', args: { text: 'inner' }, output: '$in' }]);
    const all = planOf([
      { kind: 'tool', tool_id: 'look', args: { text: 'a' }, output: '$a' },
      { kind: 'tool', tool_id: 'look', args: { text: 'b' }, output: '$b' },
      { task: 'Look', tool_id: 'look', output: '$c' },
      { kind: 'react', task: 'Look', tools: ['look'], output: '$d' },
      {
        kind: 'for_each',
        over: ['x', 'y'],
        as: 'item',
        output: '$e',
        steps: [{ kind: 'tool', tool_id: 'look', args: { text: '{{ $item }}' }, output: '$f' }],
      },
      { kind: 'plan', plan: inner, output: '$g' },
      {
        kind: 'if',
        branches: [{ when: 'true', steps: [{ kind: 'tool', tool_id: 'look', args: { text: 'if' }, output: '$h' }] }],
      },
      {
        kind: 'do_while',
        when: 'false',
        max_iterations: 2,
        steps: [{ kind: 'tool', tool_id: 'look', args: { text: 'loop' }, output: '$i' }],
      },
    ]);
    const model = scriptedModel([
      { calls: [['look', { text: 'c' }]] },
      { calls: [['look', { text: 'd' }]] },
      { calls: [['final_result', { result: 'done' }]] },
    ]);
    const before: string[] = [];
    const after: unknown[] = [];
    const hooks: Hooks = {
      beforeToolCall: ({ path, args }: HookedCall) => void before.push(`${path} ${String(args['text'])}`),
      afterToolCall: ({ result }) => void after.push(result),
    };
    const run = await new Bench({ tools: [tool], model, hooks, jobs: 8 }).start(all);
    expect(run.state).toBe('COMPLETE');
    expect(before.toSorted()).toEqual([
      '0 a',
      '0 inner',
      '1 b',
      '2 c',
      '3 d',
      '4[0].steps.0 x',
      '4[1].steps.0 y',
      '6.branches.0.steps.0 if',
      '7[0].steps.0 loop',
    ]);
    const texts = ['a', 'b', 'c', 'd', 'if', 'inner', 'loop', 'x', 'y'];
    expect(after).toHaveLength(texts.length);
    expect(after.toSorted()).toEqual(texts.map((text) => `saw ${text}`));
  });

  test('when a step of no kind has llm_tool then a model is asked and no tool called, and a tool step calls it', async () => {
    const tool = scriptedTool('llm_tool', { effect: 'read', acts: ({ text }) => `said ${String(text)}` });
    const seen: string[] = [];
    const hooks: Hooks = {
      beforeStep: ({ path }) => void seen.push(`step ${path}`),
      beforeToolCall: ({ path, args }) => void seen.push(`call ${path} ${String(args['text'])}`),
    };
    const model = scriptedModel([{ text: 'Hello.' }, { calls: [['llm_tool', { text: 'b' }]] }, { text: 'done' }]);
    const bench = new Bench({ tools: [tool], model, hooks });
    const run = await bench.start(
      planOf([
        { task: 'Greet', tool_id: 'llm_tool', output: '$a' },
        { kind: 'react', task: 'Greet', tools: ['llm_tool'], output: '$b' },
        { kind: 'tool', tool_id: 'llm_tool', args: { text: 'c' }, output: '$c' },
      ]),
    );
    expect(outputsOf(run)).toMatchObject({ $a: 'Hello.', $c: 'said c' });
    expect(seen).toEqual(['step 0', 'step 1', 'call 1 b', 'step 2', 'call 2 c']);
    const calls = bench.told.filter(({ type }) => type === 'tool.started');
    expect(calls).toMatchObject([{ path: '1' }, { path: '2' }]);
  });
});
