import { describe, expect, test } from 'vitest';

import { PortiaError } from '../../src/domain/errors.js';
import type { Run } from '../../src/domain/run/run.js';
import { BrokenReply, type Model } from '../../src/models/model.js';
import { Bench, planOf, valueOf, type Surroundings } from './bench.js';
import { drivePastKills } from './drive-past-kills.js';
import type { Kill } from './dying-processes.js';
import { scriptedModel, USAGE, type Reply } from './scripted-model.js';
import { scriptedTool } from './scripted-tool.js';

const think = { kind: 'llm', task: 'think', output: '$a' };
const empty: Reply = { broken: 'It is empty.' };
const nothing = [empty, empty, empty];

const modelEvents = async (bench: Bench) => (await bench.story()).filter((line) => line.startsWith('model.'));
const spentOn = (calls: number) => ({ calls, input_tokens: calls * USAGE.input_tokens });

describe('when a reply is broken', () => {
  test('then the step asks once more under a key of its own, and all of it is counted', async () => {
    const bench = new Bench({ model: scriptedModel([empty, { text: 'one' }]) });
    const run = await bench.start(planOf([think]));
    expect([valueOf(run), run.usage]).toMatchObject(['one', spentOn(2)]);
    expect(bench.told.flatMap((event) => (event.type === 'model.failed' ? [event.asked_again] : []))).toEqual([true]);
    expect(await modelEvents(bench)).toEqual([
      'model.started 0/1/1',
      'model.failed 0/1/1',
      'model.started 0/1/2',
      'model.finished 0/1/2',
    ]);
  });

  test('three times then the step fails with the reason, and a resume asks again', async () => {
    const model = scriptedModel([empty, empty, { broken: 'It is cut off.' }, empty, { text: 'one' }]);
    const bench = new Bench({ model });
    const run = await bench.start(planOf([think]));
    expect(run).toMatchObject({ state: 'FAILED', usage: spentOn(3) });
    expect(run.error).toMatchObject({
      code: 'model-reply-unusable',
      why: 'It is cut off. The model was asked 3 times.',
    });
    const end = await bench.resume(run.id);
    expect([valueOf(end), end.usage]).toMatchObject(['one', spentOn(5)]);
  });

  test('and the step has retries then each of them asks as often', async () => {
    const model = scriptedModel([...nothing, empty, { text: 'one' }]);
    expect(valueOf(await new Bench({ model }).start(planOf([{ ...think, retries: 1 }])))).toBe('one');
    expect(model.left).toEqual([]);
  });

  const json: Reply = { json: { n: 1 } };
  const shaped = {
    ...think,
    output_schema: { type: 'object', properties: { n: { type: 'number' } }, required: ['n'] },
  };
  const looks = { kind: 'react', task: 'look', tools: ['look'], output: '$a' };
  const call: Reply = { calls: [['look', { text: 'x' }]] };
  const judged = { kind: 'compute', expression: '1', condition: 'it is so', output: '$a' };
  const yes: Reply = { json: { outcome: 'continue', reason: 'so' } };
  const steps: [string, object, Reply[], unknown][] = [
    ['of an answer with a schema', shaped, [empty, json], { n: 1 }],
    ['of a correction', shaped, [{ text: 'rubbish' }, empty, json], { n: 1 }],
    ['of an agent', looks, [empty, call, empty, empty, { calls: [['final_result', { result: 'x' }]] }], 'x'],
    ['of a step with one tool', { task: 'look', tool_id: 'look', output: '$a' }, [empty, call], 'saw'],
    ['about a condition', judged, [empty, empty, yes], 1],
  ];
  test.each(steps)('%s then it is asked for again', async (_where, step, replies, value) => {
    const model = scriptedModel(replies);
    const bench = new Bench({ model, tools: [scriptedTool('look', { acts: () => 'saw' })] });
    expect(valueOf(await bench.start(planOf([step])))).toEqual(value);
    expect(model.left).toEqual([]);
  });

  test('of a summary then it is asked for again', async () => {
    const model = scriptedModel([{ text: 'one' }, empty, { text: 'a number' }]);
    const run = await new Bench({ model, summarize: true }).start(planOf([think]));
    expect(run.outputs.final_output).toEqual({ value: 'one', summary: 'a number' });
  });

  test('and the calls are used up then the run pauses, and continues where it was', async () => {
    const model = scriptedModel([empty, empty, { text: 'one' }]);
    const bench = new Bench({ model, limits: { modelCalls: 2 } });
    const run = await bench.start(planOf([think]));
    expect(run).toMatchObject({ pause: { reason: 'budget' }, usage: spentOn(2) });
    const end = await bench.resume(run.id, {}, { limits: { modelCalls: 3 } });
    expect([valueOf(end), end.usage]).toMatchObject(['one', spentOn(3)]);
  });

  test('and the next try cannot reach the model then a resume asks that one again', async () => {
    const away = new PortiaError('unavailable', 'The model is away.', { retryable: true });
    const bench = new Bench({ model: scriptedModel([empty, { error: away }, { text: 'one' }]) });
    const run = await bench.start(planOf([think]));
    expect(run.pause?.reason).toBe('unavailable');
    expect(valueOf(await bench.resume(run.id))).toBe('one');
    expect((await modelEvents(bench)).slice(-2)).toEqual(['model.started 0/1/2', 'model.finished 0/1/2']);
  });

  test('to a question of a tool then that is asked again, and each is counted', async () => {
    const chat = scriptedTool('chat', {
      acts: async (_args, { environment, signal }) => environment.askModel({ text: 'one' }, signal),
    });
    const step = { kind: 'tool', tool_id: 'chat', args: {}, output: '$a' };
    const play = async (broken: number) => {
      let asked = 0;
      const askModel: Surroundings['askModel'] = async (_prompt, _signal, onUsage) => {
        asked += 1;
        if (asked <= broken) throw new BrokenReply('It cannot be used.', { why: 'It is empty.', usage: USAGE });
        onUsage?.(USAGE);
        return 'said';
      };
      return new Bench({ tools: [chat], askModel }).start(planOf([step]));
    };
    const run = await play(2);
    expect([valueOf(run), run.usage]).toMatchObject(['said', spentOn(3)]);
    expect(await play(3)).toMatchObject({ state: 'FAILED', usage: spentOn(3) });
  });

  const others: [string, Reply[]][] = [
    ['refuses', [{ error: new PortiaError('model-refused', 'It refused.', { retryable: false }) }]],
    ['gives no JSON, although it was told what is wrong', [{ text: 'rubbish' }, { text: 'rubbish' }]],
  ];
  test.each(others)('when the model %s then nothing is asked again', async (_how, replies) => {
    const model = scriptedModel(replies);
    const run = await new Bench({ model }).start(planOf([shaped]));
    expect([run.state, model.left]).toEqual(['FAILED', []]);
  });
});

describe('when the process dies', () => {
  /** Drives one step whose first replies are broken. */
  async function drive(broken: number, kills: Kill[]): Promise<{ run: Run; killed: number; calls: number }> {
    let calls = 0;
    const model: Model = {
      id: 'scripted/model',
      complete: async () => {
        calls += 1;
        if (calls <= broken) throw new BrokenReply('It cannot be used.', { why: 'It is empty.', usage: USAGE });
        return { text: 'one', toolCalls: [], usage: USAGE };
      },
    };
    const makeBench = (store: Bench['store']) => new Bench({ store, model });
    const driven = await drivePastKills(kills, { plan: planOf([think]), makeBench, answers: () => ({}) });
    return { ...driven, calls };
  }

  test.each([1, 2])(
    'at any event around %i broken replies then none that was recorded is paid again',
    async (broken) => {
      const events = (await drive(broken, [])).run.metadata.last_seq;
      for (let event = 2; event <= events; event += 1) {
        for (const when of ['before', 'after'] as const) {
          const { run, killed, calls } = await drive(broken, [{ event, when }]);
          expect({ event, when, state: run.state, killed }).toEqual({ event, when, state: 'COMPLETE', killed: 1 });
          // Only a reply that came and was not recorded is asked for again.
          expect(calls).toBeLessThanOrEqual(broken + 2);
          expect(run.usage.calls).toBeGreaterThanOrEqual(broken);
        }
      }
    },
  );

  test('between the last broken reply and the failure of the step then it is tried afresh, once', async () => {
    const undisturbed = await drive(3, []);
    expect([undisturbed.run.state, undisturbed.calls]).toEqual(['FAILED', 3]);
    // Behind them come step.failed and run.failed.
    const event = undisturbed.run.metadata.last_seq - 2;
    const { run, calls } = await drive(3, [{ event, when: 'after' }]);
    expect([run.state, calls]).toEqual(['COMPLETE', 4]);
  });
});
