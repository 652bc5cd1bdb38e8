import { expect } from 'vitest';

import type { Run } from '../../src/domain/run/run.js';
import type { Settlement } from '../../src/executor/settle-steps.js';
import { Bench, planOf } from './bench.js';
import { scriptedTool } from './scripted-tool.js';

// Runs that failed at a payment, and what a person says of it.

export const compute = (expression: string, output: string) => ({ kind: 'compute', expression, output });

export const pay = (text: string, output = '$paid', extra: object = {}) => ({
  kind: 'tool',
  tool_id: 'pay',
  args: { text },
  output,
  ...extra,
});

export const done = (selector: string, value?: Settlement['value']): Settlement => ({
  selector,
  how: 'done',
  channel: 'flag',
  ...(value !== undefined && { value }),
});

export const skip = (selector: string): Settlement => ({ selector, how: 'skipped', channel: 'flag' });

/** Refuses the texts that are given, and all when none is. */
export const refusing = (...texts: string[]) =>
  scriptedTool('pay', {
    effect: 'once',
    acts: ({ text }) =>
      texts.length === 0 || texts.includes(String(text))
        ? { kind: 'failure', message: 'refused', retryable: false }
        : `paid ${String(text)}`,
  });

export async function failedRun(steps: unknown[], ...refused: string[]) {
  const tool = refusing(...refused);
  const bench = new Bench({ tools: [tool], policy: { pay: 'allow' } });
  const run = await bench.start(planOf(steps));
  expect(run.state).toBe('FAILED');
  const settle = async (...settlements: Settlement[]): Promise<Run> => bench.resume(run.id, {}, { settlements });
  return { bench, run, tool, settle };
}
