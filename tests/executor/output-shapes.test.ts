import { expect, test } from 'vitest';

import { isUnknownOutcome, openClarifications } from '../../src/domain/run/clarification.js';
import type { Json } from '../../src/domain/values/json.js';
import { Bench, planOf, valueOf } from './bench.js';
import { drivePastKills } from './drive-past-kills.js';
import { essence, type Kill } from './dying-processes.js';
import { scriptedModel, USAGE } from './scripted-model.js';
import { scriptedTool, textsOf } from './scripted-tool.js';

const output_schema = { type: 'object', properties: { n: { type: 'number' } }, required: ['n'] };
const shaped = { output: '$x', output_schema };
const gives = (value: Json) => scriptedTool('give', { effect: 'once', acts: () => value });
const inner = {
  plan_context: { query: 'inner', tool_ids: [] },
  steps: [{ kind: 'compute', expression: "'three'", output: '$inside' }],
};

/** One step of each kind whose value comes from elsewhere, and leaves the text `three`. */
const OF_OTHERS: Record<string, object> = {
  tool: { kind: 'tool', tool_id: 'give', args: {}, ...shaped },
  user_input: { kind: 'user_input', message: 'How many?', ...shaped },
  plan: { kind: 'plan', inputs: {}, plan: inner, ...shaped },
  agent: { task: 'Get it', tool_id: 'give', inputs: [], ...shaped },
};

const runOf = async (
  step: object,
  { model, tool = gives('three') }: { model?: ReturnType<typeof scriptedModel>; tool?: ReturnType<typeof gives> } = {},
) => {
  const bench = new Bench({ tools: [tool], policy: { give: 'allow' }, ...(model && { model }) });
  const run = await bench.start(planOf([step]));
  return run.state === 'NEED_CLARIFICATION' ? bench.resume(run.id, { x: 'three' }) : run;
};

test.each(Object.entries(OF_OTHERS))(
  'when what a step of the kind %s leaves does not fit then one model call gives the form',
  async (kind, step) => {
    const before = kind === 'agent' ? [{ calls: [['give', {}] as [string, Json]] }] : [];
    const model = scriptedModel([...before, { json: { n: 3 } }]);
    expect(valueOf(await runOf(step, { model }))).toEqual({ n: 3 });
    expect(model.left).toEqual([]);
    const asked = JSON.stringify(model.requests.at(-1)?.messages);
    expect(asked).toContain('Give this result in the required shape');
    expect(asked).toContain('three');
  },
);

test.each<[string, Json]>([
  ['as it is', { n: 3 }],
  ['as JSON in a text', '{"n": 3}'],
])('when the result of a tool fits %s then no model is asked', async (_how, value) => {
  expect(valueOf(await runOf(OF_OTHERS['tool'] ?? {}, { tool: gives(value) }))).toEqual({ n: 3 });
});

test('when nobody can give the form then the step fails, says why, and a resume with a model does not call again', async () => {
  const tool = gives('three');
  const bench = new Bench({ tools: [tool], policy: { give: 'allow' } });
  const run = await bench.start(planOf([OF_OTHERS['tool']]));
  expect(run).toMatchObject({
    state: 'FAILED',
    error: {
      code: 'step-failed',
      why: 'No model is set that could give it this form.',
      fix: `portia resume ${run.id} --done 0:=VALUE   # with a value of that form`,
    },
  });
  expect(run.error?.message).toMatch(/does not fit its output_schema: the value: /);
  const model = scriptedModel([{ json: { n: 3 } }]);
  expect(valueOf(await bench.resume(run.id, {}, { model }))).toEqual({ n: 3 });
  expect(tool.calls).toHaveLength(1);
});

test('when a person answers in another form and no model is set then the answer is refused, and the run asks on', async () => {
  const bench = new Bench();
  const { id } = await bench.start(planOf([OF_OTHERS['user_input']]));
  const run = await bench.store.requireRun(id);
  expect(openClarifications(run.run)).toMatchObject([{ category: 'Input', schema: output_schema }]);
  expect(valueOf(await bench.resume(id, { x: { n: 3 } }))).toEqual({ n: 3 });
});

test('when an option has another form and no model is set then the command that gives its value is named', async () => {
  const step = { ...OF_OTHERS['user_input'], options: ['three'] };
  const run = await runOf(step);
  expect(run).toMatchObject({
    state: 'FAILED',
    error: { fix: `portia resume ${run.id} --done 0:=VALUE   # with a value of that form` },
  });
});

test.each<[string, object]>([
  ['an expression', { kind: 'compute', expression: '"{\\"n\\": 3}"', ...shaped }],
  [
    'a loop',
    { kind: 'for_each', over: '[1]', as: 'i', steps: [{ kind: 'compute', expression: '$i', output: '$y' }], ...shaped },
  ],
])('when what %s leaves does not fit then no model is asked, and the step fails', async (_what, step) => {
  const run = await runOf(step, { model: scriptedModel([]) });
  expect(run).toMatchObject({ state: 'FAILED', error: { code: 'step-failed' } });
});

test('when the model gives another form all the same then the step fails, and nothing is made up', async () => {
  const model = scriptedModel(Array.from({ length: 6 }, () => ({ json: { m: 3 } })));
  const run = await runOf(OF_OTHERS['tool'] ?? {}, { model });
  expect(run).toMatchObject({ state: 'FAILED', error: { code: 'model-reply-unusable' } });
});

async function driveToEnd(kills: Kill[]) {
  const tool = gives('three');
  let modelCalls = 0;
  const model = {
    id: 'scripted/model',
    complete: async () => {
      modelCalls += 1;
      return { text: '{"n": 3}', toolCalls: [], usage: USAGE };
    },
  };
  const driven = await drivePastKills(kills, {
    plan: planOf([OF_OTHERS['tool']]),
    makeBench: (store) => new Bench({ store, tools: [tool], model, policy: { give: 'allow' } }),
    answers: (stopped) => {
      const isUnknown = stopped !== undefined && openClarifications(stopped).some(isUnknownOutcome);
      const outcome = tool.calls.length > 0 ? 'happened' : 'not_done';
      return { result: 'three', ...(isUnknown && { outcome }) };
    },
  });
  return { ...driven, tool, modelCalls };
}

test('when the process dies at any event then the tool acts once and the form is the same', async () => {
  const undisturbed = await driveToEnd([]);
  for (let event = 2; event <= undisturbed.run.metadata.last_seq; event += 1) {
    for (const when of ['before', 'after'] as const) {
      const { run, tool, modelCalls, killed } = await driveToEnd([{ event, when }]);
      expect({ event, when, ...essence(run) }).toEqual({ event, when, ...essence(undisturbed.run) });
      expect({ event, when, called: textsOf(tool).length }).toEqual({ event, when, called: 1 });
      expect(modelCalls).toBeLessThanOrEqual(1 + killed);
    }
  }
});
