import { describe, expect, test } from 'vitest';

import { openClarifications } from '../../src/domain/run/clarification.js';
import type { Run } from '../../src/domain/run/run.js';
import type { Json } from '../../src/domain/values/json.js';
import type { HookedRunEnd, Hooks } from '../../src/hooks/hooks.js';
import { Bench, outputsOf, planOf, valueOf } from './bench.js';
import { drivePastKills } from './drive-past-kills.js';
import { scriptedTool } from './scripted-tool.js';

const compute = (expression: string, output: string, more: object = {}) => ({
  kind: 'compute',
  expression,
  output,
  ...more,
});

/** Hooks that change nothing and say when they were called. */
function telling(told: string[], more: Hooks = {}): Hooks {
  return {
    beforeRun: ({ run }) => told.push(`run${run.parent === undefined ? '' : ' inside'}`),
    beforeStep: ({ path, attempt }) => void told.push(`${path} #${attempt}`),
    afterStep: ({ path, output, error }) => told.push(`${path} ${error?.code ?? JSON.stringify(output) ?? 'nothing'}`),
    afterRun: ({ state, reason }) => told.push(`${state}${reason === undefined ? '' : ` ${reason}`}`),
    ...more,
  };
}

describe('beforeStep and afterStep', () => {
  test('when steps are done then the hooks see each once, with what it left', async () => {
    const told: string[] = [];
    const plan = planOf([
      compute('1', '$a'),
      { kind: 'if', branches: [{ when: '$a = 1', steps: [compute('2', '$b')] }] },
      { kind: 'for_each', over: [7, 8], as: 'item', output: '$c', steps: [compute('$item', '$d')] },
      compute('3', '$e', { when: '$a = 2' }),
    ]);
    expect(await new Bench({ hooks: telling(told) }).start(plan)).toMatchObject({ state: 'COMPLETE' });
    expect(told).toEqual([
      ...['run', '0 #1', '0 1'],
      ...['1 #1', '1.branches.0.steps.0 #1', '1.branches.0.steps.0 2', '1 nothing'],
      ...['2 #1', '2[0].steps.0 #1', '2[0].steps.0 7', '2[1].steps.0 #1', '2[1].steps.0 8', '2 [7,8]'],
      'complete',
    ]);
  });

  test('when beforeStep skips a step then it is skipped with the reason, and so is what needs it', async () => {
    const hooks: Hooks = { beforeStep: ({ path }) => (path === '0' ? { skip: 'not today' } : undefined) };
    const bench = new Bench({ hooks });
    const run = await bench.start(planOf([compute('1', '$a'), compute('$a + 1', '$b'), compute('5', '$c')]));
    expect(run.steps).toMatchObject([
      { status: 'skipped', reason: 'by the hook beforeStep: not today' },
      { status: 'skipped' },
      { status: 'completed' },
    ]);
    expect(outputsOf(run)).toEqual({ $c: 5 });
    expect((await bench.story()).slice(2, 5)).toEqual([
      ...['step.started 0 #1', 'hook.changed beforeStep skip', 'step.skipped 0'],
    ]);
  });

  test('when beforeStep skips a block then nothing in it is done', async () => {
    const hooks: Hooks = { beforeStep: ({ step }) => (step.kind === 'for_each' ? { skip: 'none' } : undefined) };
    const loop = { kind: 'for_each', over: [1], as: 'x', steps: [compute('$x', '$y')] };
    const run = await new Bench({ hooks }).start(planOf([loop]));
    expect(run.steps).toMatchObject([{ path: '0', status: 'skipped' }]);
  });

  test('when a step fails and is tried again then the hooks see each attempt', async () => {
    const told: string[] = [];
    const acts = [() => ({ kind: 'failure' as const, message: 'busy', retryable: true }), () => 'done'];
    const plan = planOf([{ kind: 'tool', tool_id: 'read', args: {}, output: '$x', retries: 1 }]);
    await new Bench({ tools: [scriptedTool('read', { acts })], hooks: telling(told) }).start(plan);
    expect(told).toEqual(['run', '0 #1', '0 tool-failed', '0 #2', '0 "done"', 'complete']);
  });

  test.each<keyof Hooks>(['beforeStep', 'afterStep'])(
    'when %s throws then the step fails with its name, and a resume tries it again',
    async (name) => {
      const throwing = {
        [name]: () => {
          throw new Error('no key');
        },
      };
      const bench = new Bench({ hooks: throwing });
      const plan = planOf([compute('1', '$a')]);
      const run = await bench.start(plan);
      expect(run).toMatchObject({
        state: 'FAILED',
        error: { code: 'hook-failed', message: `The hook ${name} threw: no key.`, step: '0' },
      });
      expect(await bench.resume(run.id, {}, { hooks: { [name]: () => undefined } })).toMatchObject({
        state: 'COMPLETE',
      });
    },
  );

  test('when a step has failed and afterStep throws as well then the step keeps its failure', async () => {
    const hooks: Hooks = {
      afterStep: () => {
        throw new Error('no key');
      },
    };
    const bench = new Bench({ hooks });
    const run = await bench.start(planOf([compute('$error("wrong")', '$a')]));
    expect(run.error).toMatchObject({ code: 'expression-failed' });
    expect(bench.told.filter(({ type }) => type === 'warning')).toMatchObject([
      { path: '0', message: 'The hook afterStep threw: no key.' },
    ]);
  });

  test('when a hook that can change nothing returns an object then it is told so', async () => {
    const run = await new Bench({ hooks: { afterStep: () => ({ result: 1 }) } }).start(planOf([compute('1', '$a')]));
    expect(run.error?.message).toBe(
      'The hook afterStep returned an object, and it can change nothing: let it return nothing.',
    );
  });
});

describe('beforeRun and afterRun', () => {
  test('when a run pauses, fails and is complete then afterRun is told each time, and beforeRun once', async () => {
    const told: string[] = [];
    const acts = [() => ({ kind: 'failure' as const, message: 'busy', retryable: false }), () => 'done'];
    const plan = planOf([
      { kind: 'user_input', message: 'Name?', output: '$name' },
      { kind: 'tool', tool_id: 'read', args: {}, output: '$x' },
    ]);
    const hooks = telling(told, { beforeStep: () => undefined, afterStep: () => undefined });
    const bench = new Bench({ tools: [scriptedTool('read', { acts })], hooks });
    const { id } = await bench.start(plan);
    await bench.resume(id, { name: 'Ann' });
    await bench.resume(id);
    expect(told).toEqual(['run', 'paused clarification', 'failed', 'complete']);
  });

  test('when a plan inside is run then its run is told, too', async () => {
    const told: string[] = [];
    const hooks = telling(told, { beforeStep: () => undefined, afterStep: () => undefined });
    const inner = planOf([compute('1', '$a')]);
    await new Bench({ hooks }).start(planOf([{ kind: 'plan', plan: inner, output: '$b' }]));
    expect(told).toEqual(['run', 'run inside', 'complete', 'complete']);
  });

  test('when beforeRun throws then the run fails before its first step, and a resume asks it again', async () => {
    const bench = new Bench({
      hooks: {
        beforeRun: () => {
          throw new Error('closed');
        },
      },
    });
    const run = await bench.start(planOf([compute('1', '$a')]));
    expect(run).toMatchObject({
      state: 'FAILED',
      steps: [],
      error: { message: 'The hook beforeRun threw: closed.', step: null },
    });
    expect(await bench.resume(run.id, {}, { hooks: { beforeRun: () => undefined } })).toMatchObject({
      state: 'COMPLETE',
    });
  });

  test('when afterRun throws then the run ends as it would, with a warning', async () => {
    const bench = new Bench({
      hooks: {
        afterRun: () => {
          throw new Error('closed');
        },
      },
    });
    expect(valueOf(await bench.start(planOf([compute('1', '$a')])))).toBe(1);
    expect(await bench.story()).toContain('warning');
  });

  test('when a run is complete then afterRun sees its result, and when it failed why', async () => {
    const ends: HookedRunEnd[] = [];
    const bench = new Bench({ hooks: { afterRun: (end) => ends.push(end) } });
    await bench.start(planOf([compute('1', '$a')]));
    await bench.start(planOf([{ kind: 'exit', message: 'too late', error: true }]));
    expect(ends).toMatchObject([
      { state: 'complete', finalOutput: { value: 1 }, run: { endUserId: 'somebody' } },
      { state: 'failed', error: { message: 'too late' } },
    ]);
  });
});

describe('onQuestion', () => {
  const plan = planOf([{ kind: 'user_input', message: 'Name?', output: '$name' }]);

  test('when it answers then nobody is asked, and the record says who answered', async () => {
    const bench = new Bench({ hooks: { onQuestion: () => ({ answer: 'Ann' }) } });
    const run = await bench.start(plan);
    expect(valueOf(run)).toBe('Ann');
    expect(run.outputs.clarifications).toMatchObject([{ response: 'Ann', channel: 'hook' }]);
  });

  test('when it does not answer then a person is asked, and it is not called again', async () => {
    const asked: string[] = [];
    const bench = new Bench({ hooks: { onQuestion: ({ question }) => void asked.push(question.user_guidance) } });
    const run = await bench.start(plan);
    expect(openClarifications(run)).toHaveLength(1);
    expect(await bench.resume(run.id)).toMatchObject({ state: 'NEED_CLARIFICATION' });
    expect(valueOf(await bench.resume(run.id, { name: 'Ann' }))).toBe('Ann');
    expect(asked).toEqual(['Name?']);
  });

  test('when its answer does not fit then the step fails with its name', async () => {
    const choice = planOf([{ kind: 'user_input', message: 'Size?', options: ['S', 'M'], output: '$size' }]);
    const run = await new Bench({ hooks: { onQuestion: () => ({ answer: 'XL' }) } }).start(choice);
    expect(run.error).toMatchObject({ code: 'hook-failed', step: '0' });
    expect(run.error?.message).toMatch(/^The hook onQuestion gave an answer that does not fit: /);
  });

  test('when a question is a consent or asks for a secret then it is not asked', async () => {
    const asked: string[] = [];
    const hooks: Hooks = {
      onQuestion({ question }) {
        asked.push(question.category);
        return { answer: true };
      },
    };
    const dies = scriptedTool('pay', {
      effect: 'once',
      acts: () => {
        throw new Error('lost');
      },
    });
    const pay = { kind: 'tool', tool_id: 'pay', args: {}, output: '$x' };
    const secret = {
      kind: 'user_input',
      message: 'Key?',
      output: '$key',
      schema: { type: 'string', format: 'password' },
    };
    const open = async (steps: object[], policy: Record<string, 'allow'> = {}) =>
      openClarifications(await new Bench({ tools: [dies], hooks, policy }).start(planOf(steps)));
    expect(await open([pay])).toMatchObject([{ tool_id: 'pay' }]);
    expect(await open([{ kind: 'user_verify', message: 'Really?' }])).toHaveLength(1);
    expect(await open([secret])).toHaveLength(1);
    const bench = new Bench({ tools: [dies], hooks, policy: { pay: 'allow' } });
    const unknown = await bench.start(planOf([pay]));
    expect(openClarifications(unknown)).toMatchObject([{ unknown_outcome: true }]);
    const told = await bench.resume(unknown.id, { outcome: 'happened' });
    expect(openClarifications(told)).toMatchObject([{ argument_name: 'result' }]);
    expect(asked).toEqual([]);
  });
});

test('when the process dies at any event then every hook is told once, and the end is the same', async () => {
  const inner = planOf([compute('4', '$in')]);
  const plan = planOf([
    { kind: 'user_input', message: 'Name?', output: '$name' },
    { kind: 'user_input', message: 'Age?', output: '$age' },
    compute('1', '$skipped'),
    { kind: 'for_each', over: [1, 2], as: 'item', output: '$list', steps: [compute('$item', '$one')] },
    { kind: 'if', branches: [{ when: 'true', steps: [compute('5', '$five')] }] },
    { kind: 'plan', plan: inner, output: '$four' },
  ]);
  const drive = async (kills: Parameters<typeof drivePastKills>[0]) => {
    const told: string[] = [];
    const hooks = telling(told, {
      beforeStep({ path }) {
        told.push(path);
        return path === '2' ? { skip: 'no' } : undefined;
      },
      onQuestion({ question }) {
        told.push(question.user_guidance);
        return question.output === '$age' ? { answer: '7' } : undefined;
      },
    });
    const makeBench = (store: Bench['store']) => new Bench({ store, hooks });
    // Nobody answers before the run waits for it.
    const answers = (stopped: Run | undefined): Record<string, Json> =>
      stopped?.state === 'NEED_CLARIFICATION' ? { name: 'Ann' } : {};
    const { run } = await drivePastKills(kills, { plan, makeBench, answers });
    return { run, told };
  };
  const { run: whole, told: once } = await drive([]);
  expect(outputsOf(whole)).toEqual({ $name: 'Ann', $age: '7', $one: 2, $list: [1, 2], $five: 5, $four: 4 });
  for (let event = 1; event <= whole.metadata.last_seq; event += 1) {
    const { run, told } = await drive([{ event, when: 'after' }]);
    expect({ event, outputs: outputsOf(run), told }).toEqual({ event, outputs: outputsOf(whole), told: once });
  }
});
