import { expect, test } from 'vitest';

import { Portia, PortiaError, type Hooks } from '../../src/index.js';
import { call, doublingTool, planOf, portiaIn } from './library-doubles.js';

test('when a program gives hooks then they are called in its process', async () => {
  const seen: unknown[] = [];
  const hooks: Hooks = {
    beforeToolCall({ tool, args, signal }) {
      seen.push([tool.id, args, signal.aborted]);
      return { args: { ...args, value: 21 } };
    },
    afterRun: ({ state }) => seen.push(state),
  };
  const { portia } = portiaIn({ tools: [doublingTool().tool], approve: ['*'], hooks });
  const run = await portia.runPlan(planOf([call('double_tool', { value: 1 })]));
  expect(run.outputs.final_output).toMatchObject({ value: 42 });
  expect(seen).toEqual([['double_tool', { value: 1 }, false], 'complete']);
});

test.each<[string, object, string, RegExp]>([
  [
    'misspelt',
    { beforeToolcall: () => undefined },
    'there is no hook "beforeToolcall"',
    /Did you mean beforeToolCall\?/,
  ],
  ['no function', { afterRun: 'log' }, 'afterRun is not a function', /Write afterRun\(about\)/],
  ['missing', {}, 'it has no hook', /Write at least one/],
  ['in no time', { timeoutMs: 0, afterRun: () => undefined }, 'its timeoutMs is 0', /timeoutMs: 5000/],
])('when a hook is %s then that is refused at once', (_what, hooks, why, fix) => {
  const make = () => new Portia({ hooks });
  expect(make).toThrow(PortiaError);
  expect(make).toThrow(`The option hooks cannot be used: ${why}.`);
  try {
    make();
  } catch (error) {
    expect(error).toMatchObject({ code: 'usage', fix: expect.stringMatching(fix) });
  }
});
