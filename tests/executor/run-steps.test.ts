import { expect, test } from 'vitest';

import { PortiaError } from '../../src/domain/errors.js';
import { Bench, outputsOf, planOf, valueOf } from './bench.js';
import { scriptedModel, type Reply } from './scripted-model.js';
import { scriptedTool, textsOf } from './scripted-tool.js';

const say = () => scriptedTool('say', { acts: ({ text }) => `said ${String(text)}` });

test('when a plan has a step of every kind then each leaves its events in the written order', async () => {
  const tool = say();
  const model = scriptedModel([{ text: 'a poem' }, { calls: [['say', { text: 'hello' }]] }]);
  const bench = new Bench({ tools: [tool], model });
  const run = await bench.start(
    planOf([
      { kind: 'compute', expression: '1 + 2', output: '$total' },
      { kind: 'tool', tool_id: 'say', args: { text: 'sum {{ $total }}' }, output: '$told' },
      { kind: 'llm', task: 'write', inputs: [{ name: '$told' }], output: '$poem' },
      { task: 'greet', tool_id: 'say', inputs: [{ name: '$poem' }], output: '$greeting' },
    ]),
  );
  expect(await bench.story()).toEqual([
    ...['run.created', 'run.started'],
    ...['step.started 0 #1', 'step.completed 0'],
    ...['step.started 1 #1', 'tool.started 1/1/1', 'tool.finished 1/1/1', 'step.completed 1'],
    ...['step.started 2 #1', 'model.started 2/1/1', 'model.finished 2/1/1', 'step.completed 2'],
    ...['step.started 3 #1', 'model.started 3/1/1', 'model.finished 3/1/1'],
    ...['tool.started 3/1/2', 'tool.finished 3/1/2', 'step.completed 3', 'run.completed'],
  ]);
  expect(run).toMatchObject({ state: 'COMPLETE', current_step_index: 3, error: null, pause: null });
  expect(outputsOf(run)).toEqual({ $total: 3, $told: 'said sum 3', $poem: 'a poem', $greeting: 'said hello' });
  expect(valueOf(run)).toBe('said hello');
  expect(run.usage).toEqual({ calls: 2, input_tokens: 20, output_tokens: 10 });
  expect(run.steps.map((step) => [step.path, step.status, step.attempts])).toEqual(
    ['0', '1', '2', '3'].map((path) => [path, 'completed', 1]),
  );
});

test('when a step has llm_tool or no tool then it is one model call', async () => {
  const model = scriptedModel([{ text: 'one' }, { text: 'two' }]);
  const run = await new Bench({ model }).start(
    planOf([
      { task: 'first', tool_id: 'llm_tool', output: '$a' },
      { task: 'second {{ $a }}', output: '$b' },
    ]),
  );
  expect(outputsOf(run)).toEqual({ $a: 'one', $b: 'two' });
  expect(model.requests.map((request) => request.messages[1])).toMatchObject([
    { text: expect.stringContaining('Task: first') },
    { text: expect.stringContaining('Task: second one') },
  ]);
});

test('when an expression says no then the step and those that need it are skipped with the reason', async () => {
  const tool = say();
  const run = await new Bench({ tools: [tool] }).start(
    planOf([
      { kind: 'compute', expression: '5', output: '$n' },
      { kind: 'tool', tool_id: 'say', args: { text: 'x' }, when: '$n > 9', output: '$big' },
      { kind: 'tool', tool_id: 'say', args: { text: '{{ $big }}' }, output: '$needs' },
      { kind: 'compute', expression: '$exists($big)', output: '$there' },
      { kind: 'compute', expression: '$exists($big) ? $big : "none"', output: '$either' },
      { kind: 'tool', tool_id: 'say', args: { text: 'y' }, when: '$n < 9', output: '$small' },
    ]),
  );
  expect(run.steps.map(({ status, reason }) => [status, reason])).toEqual([
    ['completed', undefined],
    ['skipped', '$n > 9 is false'],
    ['skipped', '$big does not exist: the step that makes it was skipped or failed'],
    ['completed', undefined],
    ['completed', undefined],
    ['completed', undefined],
  ]);
  expect(outputsOf(run)).toEqual({ $n: 5, $there: false, $either: 'none', $small: 'said y' });
  expect(run.current_step_index).toBe(5);
});

test.each(['1', '"yes"', 'null', '$nothing.here', '[true]'])(
  'when a condition is %s, not a boolean, then the step fails and says so',
  async (when) => {
    const run = await new Bench().start(
      planOf([
        { kind: 'compute', expression: '{}', output: '$nothing' },
        { kind: 'compute', expression: '1', when, output: '$x' },
      ]),
    );
    expect(run.error).toMatchObject({ code: 'expression-failed', step: '1', retryable: false });
    expect(run.error?.message).toMatch(/not true or false|gives nothing/);
  },
);

test('when a sentence is judged then the model decides once and its reason is kept', async () => {
  const tool = say();
  const model = scriptedModel([
    { json: { outcome: 'skip', reason: 'it is cold' } },
    { json: { outcome: 'continue', reason: 'it is warm' } },
    { calls: [['say', { text: 'swim' }]] },
  ]);
  const bench = new Bench({ tools: [tool], model });
  const run = await bench.start(
    planOf([
      { kind: 'tool', tool_id: 'say', args: {}, condition: 'if it is hot', output: '$a' },
      { task: 'swim', tool_id: 'say', condition: 'if it is warm', output: '$b' },
    ]),
  );
  expect(run.steps[0]).toMatchObject({ status: 'skipped', reason: 'it is cold' });
  expect(await bench.story()).toEqual([
    ...['run.created', 'run.started', 'step.started 0 #1'],
    ...['model.started 0/1/condition/1', 'model.finished 0/1/condition/1'],
    ...['condition.evaluated 0 skip', 'step.skipped 0', 'step.started 1 #1'],
    ...['model.started 1/1/condition/1', 'model.finished 1/1/condition/1', 'condition.evaluated 1 continue'],
    ...['model.started 1/1/1', 'model.finished 1/1/1', 'tool.started 1/1/2', 'tool.finished 1/1/2'],
    ...['step.completed 1', 'run.completed'],
  ]);
  expect(textsOf(tool)).toEqual(['swim']);
});

test('when the model says that nothing more makes sense then the run is complete without the rest', async () => {
  const tool = say();
  const model = scriptedModel([{ json: { outcome: 'complete', reason: 'nothing was found' } }]);
  const run = await new Bench({ tools: [tool], model }).start(
    planOf([
      { kind: 'compute', expression: '[]', output: '$found' },
      { kind: 'tool', tool_id: 'say', args: {}, condition: 'if something was found', output: '$a' },
      { kind: 'tool', tool_id: 'say', args: {}, output: '$b' },
    ]),
  );
  expect(run).toMatchObject({ state: 'COMPLETE', current_step_index: 2 });
  expect(valueOf(run)).toEqual([]);
  expect(tool.calls).toEqual([]);
});

test('when the judgement of a sentence is not usable then the step fails and the run can be resumed', async () => {
  const model = scriptedModel([
    { text: 'perhaps' },
    { json: { outcome: { toString: false }, reason: '' } },
    { json: { outcome: 'continue', reason: '' } },
  ]);
  const bench = new Bench({ model });
  const plan = planOf([{ kind: 'compute', expression: '1', condition: 'if it is right', output: '$x' }]);
  const run = await bench.start(plan);
  expect(run).toMatchObject({ state: 'FAILED', error: { code: 'model-reply-unusable', step: '0' } });
  const again = await bench.resume(run.id);
  expect(again).toMatchObject({ state: 'COMPLETE', steps: [{ attempts: 2 }] });
});

test('when exclusive steps share a name, spelt with and without $, then the value of the last one counts', async () => {
  const run = await new Bench().start(
    planOf([
      { kind: 'compute', expression: '1', output: 'x' },
      { kind: 'compute', expression: '2', when: 'true', output: '$x' },
      { kind: 'compute', expression: '$x', output: '$seen' },
    ]),
  );
  expect(outputsOf(run)).toEqual({ $x: 2, $seen: 2 });
  expect(run.steps.map((step) => step.output?.['value'])).toEqual([1, 2, 2]);
});

test('when a plan has a final schema then the model shapes only what does not fit', async () => {
  const schema = { type: 'object', properties: { n: { type: 'number' } }, required: ['n'] };
  const model = scriptedModel([{ json: { n: 3 } }]);
  const bench = new Bench({ model });
  const steps = (expression: string) => [{ kind: 'compute', expression, output: '$x' }];
  expect(valueOf(await bench.start(planOf(steps('{"n": 1}'), { output_schema: schema })))).toEqual({ n: 1 });
  expect(model.requests).toHaveLength(0);
  expect(valueOf(await bench.start(planOf(steps('"three"'), { output_schema: schema })))).toEqual({ n: 3 });
});

test('when the final output cannot be shaped then the run fails without a step, and resuming asks again', async () => {
  const refused = new PortiaError('model-refused', 'The model refused.');
  const model = scriptedModel([{ error: refused }, { json: 7 }]);
  const bench = new Bench({ model });
  const plan = planOf([{ kind: 'compute', expression: '"seven"', output: '$x' }], {
    output_schema: { type: 'number' },
  });
  const run = await bench.start(plan);
  expect(run).toMatchObject({ state: 'FAILED', error: { code: 'model-refused', step: null } });
  expect(valueOf(await bench.resume(run.id))).toBe(7);
});

test('when a summary is wanted then it goes with the value and costs one call', async () => {
  const model = scriptedModel([{ text: 'It is three.' }]);
  const run = await new Bench({ model, summarize: true }).start(
    planOf([{ kind: 'compute', expression: '3', output: '$x' }]),
  );
  expect(run.outputs.final_output).toEqual({ value: 3, summary: 'It is three.' });
});

const NO_SUMMARY: [why: string, reply: Reply, said: RegExp][] = [
  ['the model refuses', { error: new PortiaError('model-refused', 'The model refused.') }, /The model refused\./],
  ['the model is away', { error: new PortiaError('unavailable', 'Nobody answers.', { retryable: true }) }, /Nobody/],
  ['no key is there', { error: new PortiaError('key-rejected', 'The key was rejected.') }, /rejected/],
];
test.each(NO_SUMMARY)(
  'when %s then the result comes without its summary, and a warning says why',
  async (_why, reply, said) => {
    const bench = new Bench({ model: scriptedModel([reply]), summarize: true });
    const run = await bench.start(planOf([{ kind: 'compute', expression: '3', output: '$x' }]));
    expect(run).toMatchObject({ state: 'COMPLETE', outputs: { final_output: { value: 3, summary: null } } });
    const warnings = bench.told.filter(({ type }) => type === 'warning');
    expect(warnings).toMatchObject([{ message: expect.stringMatching(said) as unknown }]);
  },
);

test('when the budget ends before the summary then the result comes without it', async () => {
  const bench = new Bench({ model: scriptedModel([{ text: 'one' }]), summarize: true, limits: { modelCalls: 1 } });
  const run = await bench.start(planOf([{ kind: 'llm', task: 'Think.', output: '$x' }]));
  expect(run).toMatchObject({ state: 'COMPLETE', outputs: { final_output: { value: 'one', summary: null } } });
});
