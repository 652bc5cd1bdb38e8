import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { RunState } from '../../src/domain/run/run.js';
import { portiaHere } from '../support/portia-here.js';
import type { Call, Ended } from '../support/portia.js';
import { makeToolProject } from '../support/tool-project.js';

/**
 * Both note in the file "calls" what they begin and end. `meet_tool` ends only when as many calls as the input `calls`
 * says are under way, or every third of them; `gate_tool` waits for the file "gate".
 */
const TOOLS = `
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { defineTool } from 'portia';
import * as z from 'zod';

export const tools = [
  defineTool({
    id: 'meet_tool', name: 'Meet', description: 'Waits for others.', effect: 'read',
    args: z.object({ city: z.string(), calls: z.number() }),
    async run({ environment }, { city, calls }) {
      const file = join(environment.projectRoot, 'calls');
      const note = (text) => appendFileSync(file, text + '\\n');
      const begun = () => readFileSync(file, 'utf8').split('\\n').filter((line) => line.startsWith('+'));
      note('+' + city);
      const place = begun().indexOf('+' + city);
      const group = Math.ceil((place + 1) / calls) * calls;
      while (begun().length < group) await sleep(5);
      note('-');
      return city;
    },
  }),
  defineTool({
    id: 'gate_tool', name: 'Gate', description: 'Waits for a file.', effect: 'read',
    args: z.object({ city: z.string() }),
    async run({ environment, signal }, { city }) {
      while (!existsSync(join(environment.projectRoot, 'gate'))) await sleep(20, undefined, { signal });
      return city;
    },
  }),
];
`;

export const PLAN_ID = 'plan-019a0000-0000-7000-8000-0000000000b1';

/** A plan with the inputs `city` and `calls`, and these steps. */
export function cityPlan(steps: object[], fields: object = {}): object {
  return {
    id: PLAN_ID,
    plan_context: { query: 'the city', tool_ids: [] },
    steps,
    plan_inputs: [
      { name: '$city', schema: { type: 'string' } },
      { name: '$calls', default: 1 },
    ],
    ...fields,
  };
}

const echo = { kind: 'compute', expression: '$city', output: '$out' };
const gate = { kind: 'tool', tool_id: 'gate_tool', args: { city: '{{ $city }}' }, output: '$out' };
const meet = {
  kind: 'tool',
  tool_id: 'meet_tool',
  args: { city: '{{ $city }}', calls: '{{ $calls }}' },
  output: '$out',
};
const ask = { kind: 'user_input', message: 'How many in {{ $city }}?', schema: { type: 'integer' }, output: '$count' };
const fail = { kind: 'exit', message: 'there is no {{ $city }}', error: true, when: "$city = 'Atlantis'" };

/** Plans that echo the city, wait in it, meet in it, ask about it, or fail for Atlantis. */
export function makeBatchProject(rows: string, files: Record<string, string | object> = {}): string {
  return makeToolProject(TOOLS, {
    'echo.json': cityPlan([echo]),
    'gate.json': cityPlan([gate]),
    'meet.json': cityPlan([meet]),
    'ask.json': cityPlan([ask]),
    'fail.json': cityPlan([fail, echo]),
    'rows.ndjson': rows,
    ...files,
  });
}

/** A line for each city. */
export const rowsOf = (...cities: string[]) => cities.map((city) => `${JSON.stringify({ city })}\n`).join('');

/** How many calls of meet_tool were under way at once, at most. */
export function mostCalls(folder: string): number {
  let [now, most] = [0, 0];
  for (const sign of readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n')) {
    now += sign.startsWith('+') ? 1 : -1;
    most = Math.max(most, now);
  }
  return most;
}

export interface BatchResult {
  v: number;
  type: string;
  line: number;
  run_id: string | null;
  state: RunState | null;
  final_output: { value: unknown } | null;
  exit_code: number;
  error?: { code: string; message: string; why: string | null; fix: string | null; exit_code: number };
}

export function resultsOf(stdout: string): BatchResult[] {
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as BatchResult);
}

export async function runBatch(plan: string, flags: string[], call: Call): Promise<Ended & { results: BatchResult[] }> {
  const file = existsSync(join(call.cwd, 'rows.ndjson')) && call.input === undefined ? 'rows.ndjson' : '-';
  const ended = await portiaHere(['run-plan', plan, '--batch', file, '--format', 'ndjson', ...flags], call);
  return { ...ended, results: resultsOf(ended.stdout) };
}
