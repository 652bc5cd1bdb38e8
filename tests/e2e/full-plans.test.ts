import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import type { Plan } from '../../src/domain/plan/plan.js';
import { makeExampleProject } from '../support/example-project.js';
import { promptOf } from '../support/model-server.js';
import { portiaHere } from '../support/portia-here.js';
import { expectError } from '../support/printed-error.js';
import { playModel } from '../support/scenario.js';

const ORDERS = 'id,state,amount\n1,open,9\n2,paid,5\n3,open,4\n';
const READ = { kind: 'tool', tool_id: 'file_reader_tool', args: { filename: 'orders.csv' }, output: '$orders' };
const TOTAL = { kind: 'compute', expression: "$sum($orders[state = 'open'].$number(amount))", output: '$total' };
const VERIFY = { kind: 'user_verify', message: 'Report {{ $total }}?' };
const WRITE = {
  kind: 'tool',
  tool_id: 'file_writer_tool',
  args: { filename: 'total.txt', content: '{{ $total }} euros' },
  output: '$written',
};
const reply = (...steps: object[]) => ({ reply: { json: { steps, error: null } } });
const SIMPLE = { task: 'Read orders.csv.', inputs: [], tool_id: 'file_reader_tool', output: '$rows' };

const project = (settings: object = {}) =>
  makeExampleProject({ 'orders.csv': ORDERS, 'portia.json': JSON.stringify(settings) });

describe('a request that needs more than agent steps', () => {
  test('when a model plans it in the whole language then nothing else is paid, and the person is asked', async () => {
    const cwd = project();
    const model = await playModel([reply(READ, TOTAL, VERIFY, WRITE)]);
    const args = ['run', 'Add up the open orders, ask me, then write it to total.txt', '--yes', '--no-prompt'];
    const paused = await portiaHere(args, { cwd, env: model.environment });
    expect(paused.code).toBe(8);
    expect(paused.stderr).toContain('Report 13?');
    expect(model.requests).toHaveLength(1);
    const { id } = JSON.parse(paused.stdout) as { id: string };
    const done = await portiaHere(['resume', id, '--answer', 'verify=yes', '--format', 'value'], { cwd });
    expect(done.code).toBe(0);
  });

  test('when a step is wrong then its place and the cure go back, and the next attempt counts', async () => {
    const cwd = project();
    const wrong = { ...TOTAL, expression: "$sum($order[state = 'open'].amount)" };
    const loop = {
      kind: 'for_each',
      over: '$orders',
      as: 'one',
      steps: [{ ...READ, tool_id: 'file_read', output: '$x' }],
    };
    const model = await playModel([reply(READ, loop, wrong), reply(READ, TOTAL)]);
    const planned = await portiaHere(['plan', 'Add up the open orders'], { cwd, env: model.environment });
    expect(planned.code).toBe(0);
    const [, second = { model: '', messages: [] }] = model.requests;
    expect(promptOf(second)).toContain('- Step 3, expression: Nothing defines $order; did you mean $orders?');
    expect(promptOf(second)).toContain(
      '- Step 2.1, tool_id: There is no tool file_read. Did you mean file_reader_tool?',
    );
    expect((JSON.parse(planned.stdout) as Plan).steps).toMatchObject([READ, TOTAL]);
  });

  test('when two attempts fail then the last one is in the simple form', async () => {
    const cwd = project();
    const wrong = { kind: 'compute', task: 'Add up.', output: '$total' };
    const model = await playModel([reply(wrong), reply(wrong), reply(SIMPLE)]);
    const planned = await portiaHere(['plan', 'Read the orders'], { cwd, env: model.environment });
    expect(planned.code).toBe(0);
    const forms = model.requests.map((request) => (promptOf(request).includes('user_verify') ? 'full' : 'simple'));
    expect(forms).toEqual(['full', 'full', 'simple']);
    expect(planned.stderr).toContain('Attempt 3');
  });

  test('when plan inputs and a form of the result are planned then the plan has them', async () => {
    const cwd = project();
    const json = {
      plan_inputs: [{ name: 'rate', description: 'Percent', schema: { type: 'number' }, default: 3.5 }],
      steps: [{ kind: 'compute', expression: '$rate / 100', output: 'share' }],
      output_schema: { type: 'number' },
      error: null,
    };
    const model = await playModel([{ reply: { json } }]);
    const planned = await portiaHere(['plan', 'A share, again and again'], { cwd, env: model.environment });
    expect(JSON.parse(planned.stdout)).toMatchObject({
      plan_inputs: [{ name: '$rate', default: 3.5 }],
      output_schema: { type: 'number' },
    });
    writeFileSync(join(cwd, 'share.json'), planned.stdout);
    const run = await portiaHere(['run-plan', 'share.json', '-i', 'rate:=50', '--format', 'value'], { cwd });
    expect(run.stdout).toBe('0.5\n');
  });

  test.each([
    ['the settings say so', { simple_plans: true }],
    ['its context window is small', { context_window: 4_096 }],
  ])('when %s then a model plans in the simple form at once', async (_why, settings) => {
    const model = await playModel([reply(SIMPLE)]);
    const cwd = project({ model_settings: { 'custom/m': settings } });
    const args = ['plan', 'Read the orders', '-m', 'custom/m'];
    const planned = await portiaHere(args, { cwd, env: model.environment });
    expect(planned.code).toBe(0);
    expect(promptOf(model.requests[0] ?? { model: '', messages: [] })).not.toContain('user_verify');
  });

  test('when what the person must give is missing then the run asks for it by the name of the input', async () => {
    const cwd = project();
    const json = {
      plan_inputs: ['order'],
      steps: [{ kind: 'compute', expression: '$order', output: '$x' }],
      error: null,
    };
    const model = await playModel([{ reply: { json } }]);
    const args = ['run', 'Show the order that I name', '--yes', '--no-prompt', '--json'];
    const ran = await portiaHere(args, { cwd, env: model.environment });
    expect(expectError(ran, { code: 'missing-input', exit: 2 }).fix).toContain('order=');
  });
});

describe('a tool that is off', () => {
  test('when the request may mean it then the person and the model are told of it, and why', async () => {
    const cwd = project();
    const error = 'search_tool is off: it needs a key.';
    const model = await playModel([{ reply: { json: { steps: [], error } } }]);
    const args = ['plan', 'List what web searches say about the price of gold'];
    const refused = await portiaHere(args, { cwd, env: model.environment });
    expect(refused.code).toBe(5);
    expect(refused.stderr).toContain('search_tool is off: ');
    expect(refused.stderr).toContain(error);
    const prompt = promptOf(model.requests[0] ?? { model: '', messages: [] });
    expect(prompt).toMatch(/## Tools that are off\n(?:.+\n)+search_tool: .*TAVILY_API_KEY/);
  });

  test('when the request names it then no model is asked', async () => {
    const model = await playModel([]);
    const args = ['plan', 'Use search_tool to find the price of gold', '--json'];
    const refused = await portiaHere(args, { cwd: project(), env: model.environment });
    const error = expectError(refused, { code: 'no-plan', exit: 5 });
    expect(error.message).toBe('The request needs search_tool, which is off.');
    expect(error.fix).toContain('TAVILY_API_KEY');
  });

  test('when the request means nothing of it then nothing is said', async () => {
    const model = await playModel([reply(SIMPLE)]);
    const planned = await portiaHere(['plan', 'Read orders.csv'], { cwd: project(), env: model.environment });
    expect(planned.stderr).not.toContain('is off');
    expect(promptOf(model.requests[0] ?? { model: '', messages: [] })).not.toContain('search_tool');
  });
});
