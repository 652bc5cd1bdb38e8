import { expect, test } from 'vitest';
import * as z from 'zod';

import { openClarifications } from '../../src/domain/run/clarification.js';
import { digestValue } from '../../src/domain/values/digest.js';
import type { ChangedTool } from '../../src/executor/changed-tools.js';
import type { ResumeOptions } from '../../src/executor/resume-run.js';
import type { Tool } from '../../src/tools/tool.js';
import { Bench, planOf, valueOf } from './bench.js';
import { editedStore } from './edited-run.js';
import { scriptedTool, textsOf, type ScriptedTool, type ToolScript } from './scripted-tool.js';

const ok = () => 'ok';
const fails = () => ({ kind: 'failure' as const, message: 'broken', retryable: false, notDone: true });

/** A tool of a module whose sources have this digest. */
function moduleTool(digest: string, acts: ToolScript['acts'] = ok, script: Partial<ToolScript> = {}): ScriptedTool {
  const made = scriptedTool('pay', { effect: 'once', acts, ...script });
  return { ...made, tool: { ...made.tool, origin: { file: 'tools/pay.mjs', digest } } };
}

const payStep = (text: string) => ({ kind: 'tool', tool_id: 'pay', args: { text }, output: '$paid' });
const payPlan = planOf([payStep('9 EUR')]);
const ask = { kind: 'user_input', message: 'Name?', output: '$name' };

test('when a tool has changed then the run does not continue, and says which file', async () => {
  const bench = new Bench({ tools: [moduleTool('one')] });
  const { id } = await bench.start(payPlan);
  const changed = moduleTool('two');
  await expect(bench.resume(id, { verify: true }, { tools: [changed] })).rejects.toMatchObject({
    code: 'stale',
    message: 'The tool pay (tools/pay.mjs) has changed since the run was started.',
    details: { runId: id },
    fix: expect.stringContaining(`portia resume ${id} --accept-changed pay`),
  });
  expect(changed.calls).toEqual([]);
});

test.each<[string, Partial<Tool>]>([
  ['name', { name: 'Pays' }],
  ['description', { description: 'Pays\u200b.' }],
  ['effect', { effect: 'idempotent' }],
  ['sending', { sends: true }],
  ['privacy', { isPublic: true }],
  ['source', { source: 'mcp' }],
  ['arguments', { inputSchema: () => ({ type: 'object', properties: { to: { type: 'string' } } }) }],
  ['settings', { arranged: { settings: { account: 'b' } } }],
])('when the %s of a tool in code changes, or changes back, then the run does not continue', async (_what, change) => {
  const before = scriptedTool('pay', { effect: 'once', acts: ok });
  const after = { ...before, tool: { ...before.tool, ...change } };
  for (const [one, other] of [
    [before, after],
    [after, before],
  ] as const) {
    const bench = new Bench({ tools: [one] });
    const { id } = await bench.start(payPlan);
    await expect(bench.resume(id, { verify: true }, { tools: [other] })).rejects.toMatchObject({ code: 'stale' });
  }
  expect(before.calls).toEqual([]);
});

test('when a changed tool is accepted then a call that was approved and not begun is asked about anew', async () => {
  const bench = new Bench({ tools: [moduleTool('one')] });
  const { id } = await bench.start(payPlan);
  const changed = moduleTool('two');
  const asked = await bench.resume(id, {}, { tools: [changed], acceptChanged: ['pay'] });
  expect(openClarifications(asked)).toMatchObject([
    {
      replaces: expect.any(String),
      user_guidance: expect.stringContaining('the code, description or settings of the tool'),
    },
  ]);
  expect(bench.told).toContainEqual(
    expect.objectContaining({ type: 'tool.changed', tool_id: 'pay', file: 'tools/pay.mjs', channel: 'flag' }),
  );
  // It is as it was accepted: nothing has to be said again.
  expect(await bench.resume(id, { verify: true }, { tools: [changed] })).toMatchObject({ state: 'COMPLETE' });
  expect(changed.calls).toHaveLength(1);
});

test('when a tool is changed and changed back then each time it is asked about, and about its call', async () => {
  const bench = new Bench({ tools: [moduleTool('one')] });
  const { id } = await bench.start(payPlan);
  await bench.resume(id, {}, { tools: [moduleTool('two')], acceptChanged: ['pay'] });
  const back = moduleTool('one');
  await expect(bench.resume(id, {}, { tools: [back] })).rejects.toMatchObject({ code: 'stale' });
  const asked = await bench.resume(id, {}, { tools: [back], acceptChanged: ['pay'] });
  expect(openClarifications(asked)).toHaveLength(1);
  expect(await bench.resume(id, { verify: true }, { tools: [back] })).toMatchObject({ state: 'COMPLETE' });
});

test('when a tool is corrected after its step failed then one command continues, and nothing is done again', async () => {
  const steps = [payStep('1'), { ...payStep('2'), output: '$more' }];
  const broken = moduleTool('one', [ok, fails]);
  const bench = new Bench({ tools: [broken] });
  const { id } = await bench.start(planOf(steps));
  await bench.resume(id, { verify: true });
  expect(await bench.resume(id, { verify: true })).toMatchObject({ state: 'FAILED' });
  const mended = moduleTool('two');
  expect(await bench.resume(id, {}, { tools: [mended], acceptChanged: ['pay'] })).toMatchObject({ state: 'COMPLETE' });
  expect(textsOf(broken)).toEqual(['1', '2']);
  expect(textsOf(mended)).toEqual(['2']);
});

test.each([
  ['happened', 'result', 0],
  ['not_done', undefined, 1],
])('when it is answered that a call %s, of a tool that has changed, then that holds', async (answer, asked, calls) => {
  const throws = () => {
    throw new Error('connection lost');
  };
  const bench = new Bench({ tools: [moduleTool('one', throws)], policy: { pay: 'allow' } });
  const { id } = await bench.start(payPlan);
  const changed = moduleTool('two');
  const run = await bench.resume(id, { outcome: answer }, { tools: [changed], acceptChanged: ['pay'] });
  expect(openClarifications(run)).toMatchObject(asked === undefined ? [] : [{ argument_name: asked }]);
  expect(changed.calls).toHaveLength(calls);
});

test('when a run inside waits for a call of a tool that has changed then it is asked about anew', async () => {
  const inner = planOf([payStep('9 EUR')], { plan_context: { query: 'inner', tool_ids: [] } });
  const bench = new Bench({ tools: [moduleTool('one')] });
  const { id } = await bench.start(planOf([{ kind: 'plan', plan: inner, inputs: {}, output: '$all' }]));
  const changed = moduleTool('two');
  const asked = await bench.resume(id, {}, { tools: [changed], acceptChanged: ['pay'] });
  expect(openClarifications(asked)).toHaveLength(1);
  expect(changed.calls).toEqual([]);
  expect(await bench.resume(id, { verify: true }, { tools: [changed] })).toMatchObject({ state: 'COMPLETE' });
  expect(changed.calls).toHaveLength(1);
});

test.each<[string, object[]]>([
  ['finished', [payStep('1'), ask]],
  ['finished in a branch', [{ kind: 'if', branches: [{ when: 'true', steps: [payStep('1'), ask] }] }]],
])('when the calls of a changed tool are all %s then nobody is asked about it', async (_what, steps) => {
  const bench = new Bench({ tools: [moduleTool('one')], policy: { pay: 'allow' } });
  const { id } = await bench.start(planOf(steps));
  expect(await bench.resume(id, { name: 'Ada' }, { tools: [] })).toMatchObject({ state: 'COMPLETE' });
});

test('when a changed tool is called again in a loop then it is asked about', async () => {
  const loop = { kind: 'for_each', over: '[1, 2]', as: 'n', steps: [payStep('1'), ask] };
  const bench = new Bench({ tools: [moduleTool('one')], policy: { pay: 'allow' } });
  const { id } = await bench.start(planOf([loop]));
  await expect(bench.resume(id, {}, { tools: [moduleTool('two')] })).rejects.toMatchObject({ code: 'stale' });
});

test.each([
  ['gone', [], 'The tool pay is gone.'],
  ['under another id', [scriptedTool('pay_now', { effect: 'once', acts: ok })], 'The tool pay is gone.'],
])('when a tool is %s then that is what is said, also where it was accepted', async (_what, tools, message) => {
  const bench = new Bench({ tools: [moduleTool('one')] });
  const { id } = await bench.start(payPlan);
  const resumed = bench.resume(id, { verify: true }, { tools, acceptChanged: ['pay'] });
  await expect(resumed).rejects.toMatchObject({ code: 'stale', message });
});

test('when an id is accepted that the run does not have then that is a slip of the keyboard', async () => {
  const bench = new Bench({ tools: [moduleTool('one')] });
  const { id } = await bench.start(payPlan);
  await expect(
    bench.resume(id, { verify: true }, { tools: [moduleTool('two')], acceptChanged: ['pai'] }),
  ).rejects.toMatchObject({ code: 'usage', fix: `portia resume ${id} --accept-changed pay` });
});

test.each([
  [true, 'COMPLETE'],
  [false, 'declined'],
])('when a person is asked about a changed tool and says %s then the end is %s', async (says, end) => {
  const seen: ChangedTool[] = [];
  const bench = new Bench({ tools: [moduleTool('one', fails)], policy: { pay: 'allow' } });
  const { id } = await bench.start(payPlan);
  const confirmChanges: ResumeOptions['confirmChanges'] = async (changed) => {
    seen.push(...changed);
    return says;
  };
  const changed = moduleTool('two');
  const resumed = bench.resume(id, {}, { tools: [changed], confirmChanges });
  if (says) expect(await resumed).toMatchObject({ state: end });
  else await expect(resumed).rejects.toMatchObject({ code: end });
  expect(seen).toMatchObject([{ id: 'pay', file: 'tools/pay.mjs' }]);
  expect(changed.calls).toHaveLength(says ? 1 : 0);
  // Nothing is lost by a no.
  if (!says) expect(valueOf(await bench.resume(id, {}, { tools: [changed], acceptChanged: ['pay'] }))).toBe('ok');
});

test('when a run was recorded before fingerprints had sources then it resumes', async () => {
  const { tool } = moduleTool('one');
  const { id: toolId, name, description, effect, source } = tool;
  const older = digestValue({ id: toolId, name, description, effect, source, schema: tool.inputSchema() });
  const bench = new Bench({ tools: [{ tool }] });
  const run = await bench.start(payPlan);
  const store = await editedStore(bench.store, {
    run,
    plan: payPlan,
    edit(event) {
      if (event.type === 'run.created') event.tools = { pay: older };
      if (event.type === 'clarification.raised') delete event.clarification['tool_fingerprint'];
    },
  });
  const changed = moduleTool('another');
  expect(await new Bench({ tools: [changed], store }).resume(run.id, { verify: true })).toMatchObject({
    state: 'COMPLETE',
  });
});

test('when only a default that a tool fills in is another one then the tool has not changed', async () => {
  const at = (time: number) => ({ args: z.object({ text: z.string(), default: z.number().default(time) }) });
  const bench = new Bench({ tools: [moduleTool('one', ok, at(1))] });
  const { id } = await bench.start(payPlan);
  const asked = await bench.resume(id, { verify: true }, { tools: [moduleTool('one', ok, at(2))] });
  expect(openClarifications(asked)).toMatchObject([{ args: { text: '9 EUR', default: 2 } }]);
  const other = { args: z.object({ text: z.string(), other: z.number().default(2) }) };
  await expect(bench.resume(id, {}, { tools: [moduleTool('one', ok, other)] })).rejects.toMatchObject({
    code: 'stale',
  });
});
