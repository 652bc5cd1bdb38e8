import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import type { Run } from '../../src/index.js';
import { portia as cli } from '../support/portia.js';
import { makeConsumer, printed, runProgram } from './consumer-project.js';

const DOUBLE_TOOL = `
import { defineTool } from 'portia';
import { z } from 'zod';
export default defineTool({
  id: 'double_tool', name: 'Double', description: 'Doubles a number.', effect: 'read',
  args: z.object({ value: z.number() }), output: z.number(),
  run: (context, { value }) => value * 2,
});`;

const WAIT_TOOL = `
import { defineTool } from 'portia';
import { z } from 'zod';
import { existsSync, writeFileSync } from 'node:fs';
export default defineTool({
  id: 'wait_tool', name: 'Wait', description: 'Waits for the file go.', effect: 'read',
  args: z.object({}),
  async run({ signal, environment: { projectRoot } }) {
    writeFileSync(projectRoot + '/waiting', '');
    while (!existsSync(projectRoot + '/go')) {
      signal.throwIfAborted();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return 'went';
  },
});`;

describe('a JavaScript program', () => {
  test('when it imports the built package then it plans, runs and reads events, in silence and without a trace', async () => {
    const dir = makeConsumer({
      'double.js': DOUBLE_TOOL,
      'program.js': `
import { Portia, PortiaError } from 'portia';
import double from './double.js';
const state = () => JSON.stringify([process.exitCode, process.cwd(), Object.keys(process.env), process.eventNames(), process.title]);
const before = state();
const portia = new Portia({ tools: [double] });
const plan = await portia.plan('add 1 + 2');
const running = portia.runPlan({ ...plan, id: undefined, steps: [...plan.steps,
  { kind: 'compute', expression: '$sort([3, 1, 2])', output: '$sorted' },
  { kind: 'tool', tool_id: 'double_tool', args: { value: '{{ $sum($sorted) }}' }, output: '$twelve' }] });
const types = [];
for await (const event of running.events) types.push(event.type);
const run = await running;
portia.runPlan('plan-00000000-0000-7000-8000-000000000000');
const refused = await portia.runPlan({}).then(() => null, (error) => error instanceof PortiaError && error.code);
await new Promise((resolve) => setTimeout(resolve, 50));
console.log(JSON.stringify({ state: run.state, final: run.outputs.final_output.value, first: types[0], last: types.at(-1), refused, same: state() === before }));`,
    });
    expect(printed(await runProgram(dir, 'program.js'))).toEqual({
      state: 'COMPLETE',
      final: 12,
      first: 'run.created',
      last: 'run.completed',
      refused: 'invalid-plan',
      same: true,
    });
  });

  test('when a signal interrupts a run then another process continues with it, on the command line', async () => {
    const dir = makeConsumer({
      'wait.js': WAIT_TOOL,
      'portia.json': { tools: { modules: ['./wait.js'] } },
      'program.js': `
import { existsSync } from 'node:fs';
import { Portia } from 'portia';
const controller = new AbortController();
const running = new Portia().runPlan({ plan_context: { query: 'wait', tool_ids: [] }, steps: [
  { kind: 'compute', expression: '1', output: '$one' },
  { kind: 'tool', tool_id: 'wait_tool', args: {}, output: '$waited' }] }, { signal: controller.signal });
while (!existsSync('waiting')) await new Promise((resolve) => setTimeout(resolve, 5));
controller.abort('the caller');
console.log(JSON.stringify(await running));`,
    });
    const run = printed(await runProgram(dir, 'program.js')) as Run;
    expect(run).toMatchObject({ state: 'IN_PROGRESS', pause: { reason: 'signal' }, current_step_index: 1 });
    expect(await cli(['show', run.id], { cwd: dir })).toMatchObject({ code: 0 });

    writeFileSync(join(dir, 'go'), '');
    const resumed = await cli(['resume', run.id], { cwd: dir });
    expect({ code: resumed.code, stderr: resumed.stderr }).toMatchObject({ code: 0 });
    expect(JSON.parse(resumed.stdout)).toMatchObject({
      id: run.id,
      state: 'COMPLETE',
      outputs: { final_output: { value: 'went' } },
    });
    const story = readFileSync(join(dir, 'runs', run.id, 'events.ndjson'), 'utf8');
    expect(story.match(/"type":"step.completed"/g)).toHaveLength(2);
  });

  test('when it catches no error then Node shows its name, message and fix, and little of the code', async () => {
    const program = "import { Portia } from 'portia';\nawait new Portia().runPlan('plan-nowhere');";
    const { code, stdout, stderr } = await runProgram(makeConsumer({ 'program.js': program }), 'program.js');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^PortiaError: There is no plan plan-nowhere\.$/m);
    expect(stderr).toMatch(/^ +fix: '/m);
    expect(stderr.length).toBeLessThan(1_500);
  });

  test('when a run is paused on the command line then a program answers and resumes it', async () => {
    const plan = {
      plan_context: { query: 'read', tool_ids: ['file_reader_tool'] },
      steps: [{ kind: 'tool', tool_id: 'file_reader_tool', args: { filename: 'a.txt' }, output: '$text' }],
    };
    const dir = makeConsumer({
      'plan.json': plan,
      'one/a.txt': 'first',
      'two/a.txt': 'second',
      'program.js': `
import { Portia } from 'portia';
const portia = new Portia();
const { default: [id, question, answer] } = await import('./asked.js');
await portia.resolveClarification(id, question, answer);
console.log(JSON.stringify(await portia.resume(id)));`,
    });
    const paused = await cli(['run-plan', 'plan.json'], { cwd: dir });
    expect(paused.code).toBe(8);
    const run = JSON.parse(paused.stdout) as Run;
    const [question] = run.outputs.clarifications;
    expect(question).toMatchObject({
      category: 'Multiple Choice',
      options: expect.arrayContaining(['two/a.txt']) as string[],
    });
    writeFileSync(join(dir, 'asked.js'), `export default ${JSON.stringify([run.id, question?.id, 'two/a.txt'])};`);
    expect(printed(await runProgram(dir, 'program.js'))).toMatchObject({
      id: run.id,
      state: 'COMPLETE',
      outputs: { final_output: { value: 'second' } },
    });
  });
});
