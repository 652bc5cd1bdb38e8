import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { portiaHere } from '../support/portia-here.js';
import { makeProject } from '../support/portia.js';
import { referencePlan, referenceRun } from '../support/reference-reader.js';

const PLAN_KEYS = ['id', 'plan_context', 'steps', 'plan_inputs'];
const RUN_KEYS = ['id', 'plan_id', 'current_step_index', 'state', 'outputs', 'end_user_id', 'plan_run_inputs'];
/** What only a value kept in memory/ has besides. */
const OURS_IN_OUTPUTS = new Set(['digest', 'bytes']);

type File = Record<string, unknown>;

const everyKind = {
  plan_context: { query: 'Every kind of step', tool_ids: [] },
  plan_inputs: [{ name: 'list', description: 'Numbers', default: [1, 2] }],
  steps: [
    { kind: 'compute', expression: '$sum($list)', output: '$total' },
    { kind: 'tool', tool_id: 'calculator_tool', args: { math_question: '{{ $total }} + 1' }, output: '$more' },
    { kind: 'compute', expression: '$more > 100', output: '$never', when: '$more > 100' },
    { kind: 'compute', expression: '[1..6000].("value " & $string($))', output: '$large' },
    { kind: 'tool', tool_id: 'file_reader_tool', args: { filename: 'weather.txt' }, output: '$text' },
    {
      kind: 'tool',
      tool_id: 'file_writer_tool',
      args: { filename: 'notes.txt', content: '{{ $text }}' },
      output: '$end',
    },
  ],
};

/** A finished, a paused, a cancelled run and more, with every file that they left. */
async function writeFiles(): Promise<{ plans: File[]; runs: File[] }> {
  const files = { 'a/weather.txt': 'sun', 'b/weather.txt': 'rain', 'notes.txt': 'mine', 'plan.json': everyKind };
  const cwd = makeProject(files);
  const codes = [
    await portiaHere(['run', 'add 1 + 2', '--yes'], { cwd }),
    await portiaHere(['run-plan', 'plan.json'], { cwd }),
    await portiaHere(['run', 'read weather.txt', '--yes'], { cwd }),
    await portiaHere(['cancel', 'last', '--yes'], { cwd }),
    await portiaHere(['run', 'read weather.txt then write it to notes.txt', '--yes'], { cwd }),
    await portiaHere(['resume', 'last', '--answer', 'filename=b/weather.txt'], { cwd }),
  ].map(({ code }) => code);
  expect(codes).toEqual([0, 8, 8, 0, 8, 8]);
  return { plans: readAll(join(cwd, 'plans')), runs: readAll(join(cwd, 'runs')) };
}

function readAll(folder: string): File[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
  return names.map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as File);
}

function pick(file: File, keys: string[]): File {
  return Object.fromEntries(keys.map((key) => [key, file[key]]));
}

/** Without the keys that values in memory/ have more. */
function withoutOurs(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (key, part: unknown) => (OURS_IN_OUTPUTS.has(key) ? undefined : part));
}

test('when plans and runs were written then the Python SDK reads its own keys, and they come first', async () => {
  const { plans, runs } = await writeFiles();
  expect(plans).toHaveLength(4);
  for (const plan of plans) {
    referencePlan.parse(pick(plan, PLAN_KEYS));
    expect(Object.keys(plan).slice(0, PLAN_KEYS.length)).toEqual(PLAN_KEYS);
  }
  const states = ['COMPLETE', 'FAILED', 'NEED_CLARIFICATION', 'NEED_CLARIFICATION'];
  expect(runs.map(({ state }) => state).toSorted()).toEqual(states);
  for (const run of runs) {
    referenceRun.parse(withoutOurs(pick(run, RUN_KEYS)));
    expect(Object.keys(run).slice(0, RUN_KEYS.length)).toEqual(RUN_KEYS);
  }
});
