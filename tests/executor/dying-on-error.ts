import { expect } from 'vitest';

import { isUnknownOutcome, openClarifications } from '../../src/domain/run/clarification.js';
import type { Json } from '../../src/domain/values/json.js';
import type { Run } from '../../src/domain/run/run.js';
import { Bench, planOf } from './bench.js';
import { drivePastKills } from './drive-past-kills.js';
import type { Kill } from './dying-processes.js';
import { scriptedTool } from './scripted-tool.js';

const pay = (text: string, output: string, extra: object = {}) => ({
  kind: 'tool',
  tool_id: 'pay',
  args: { text },
  output,
  ...extra,
});

/** Items that fail in a branch, after a call that acted; a loop without an output; handlers that act, one in a loop. */
const plan = planOf([
  {
    kind: 'for_each',
    over: '["a", "b", "c"]',
    as: 'item',
    on_error: 'continue',
    steps: [
      pay('{{ $item & "1" }}', '$first'),
      { kind: 'if', branches: [{ when: 'true', steps: [pay('{{ $item & "2" }}', '$second')] }] },
    ],
    collect: "$exists($failure) ? 'no ' & $item : $second",
    output: '$all',
  },
  {
    kind: 'for_each',
    over: '["d", "e"]',
    as: 'item',
    on_error: 'continue',
    steps: [pay('{{ $item }}', '$single', { on_error: [pay('{{ $item & " instead" }}', '$single')] })],
  },
  { kind: 'compute', expression: '[$failures.item]', output: '$lost' },
  pay('f', '$last', { on_error: [pay('f instead', '$last')] }),
  { kind: 'compute', expression: "$join($append($all, [$last]), ', ') & ' lost ' & $join($lost, ' ')", output: '$end' },
]);

/** What the tool refuses, so that it never acts. */
const REFUSED: ReadonlySet<string> = new Set(['b2', 'd', 'e', 'e instead', 'f']);

interface Driven {
  run: Run;
  killed: number;
  paid: string[];
}

export async function driveToEnd(kills: Kill[]): Promise<Driven> {
  const paid: string[] = [];
  const tool = () =>
    scriptedTool('pay', {
      effect: 'once',
      acts: ({ text }) => {
        if (REFUSED.has(String(text))) return { kind: 'failure', message: 'refused', retryable: true, notDone: true };
        paid.push(String(text));
        return `paid ${String(text)}`;
      },
    });
  const driven = await drivePastKills(kills, {
    plan,
    makeBench: (store) => new Bench({ store, tools: [tool()], policy: { pay: 'allow' } }),
    answers: (stopped) => settle(stopped, paid),
  });
  return { ...driven, paid };
}

/** A person who looks what happened. */
function settle(run: Run | undefined, paid: string[]): Record<string, Json> {
  const unknown = run === undefined ? undefined : openClarifications(run).find(isUnknownOutcome);
  if (unknown?.category !== 'Multiple Choice') return { result: `paid ${paid.at(-1) ?? ''}` };
  const text = String(unknown.args?.['text']);
  return { outcome: paid.includes(text) ? 'happened' : 'not_done', result: `paid ${text}` };
}

export const undisturbed = await driveToEnd([]);

export function expectSameEnd(kills: Kill[], { run, killed, paid }: Driven): void {
  const { final_output: final, step_outputs: outputs } = run.outputs;
  const failed = run.steps.map(({ path, status, failed: items, caught_by: by }) => ({ path, status, items, by }));
  expect({ kills, killed, paid, final, outputs, failed }).toEqual({
    kills,
    killed: kills.length,
    paid: undisturbed.paid,
    final: undisturbed.run.outputs.final_output,
    outputs: undisturbed.run.outputs.step_outputs,
    failed: undisturbed.run.steps.map(({ path, status, failed: items, caught_by: by }) => ({
      path,
      status,
      items,
      by,
    })),
  });
}
