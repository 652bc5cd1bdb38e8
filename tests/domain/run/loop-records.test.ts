import { describe, expect, test } from 'vitest';

import type { EventBody } from '../../../src/domain/run/events.js';
import type { Run } from '../../../src/domain/run/run.js';
import { createFold, type FoldOptions } from '../../../src/domain/run/run-transitions.js';

const RUN = 'prun-019a0000-0000-7000-8000-000000000001';
const START = Date.parse('2026-01-01T00:00:00Z');

/** The run that the events give, each recorded a millisecond after the one before it. */
function fold(bodies: EventBody[], options?: FoldOptions): Run {
  const created: EventBody = {
    type: 'run.created',
    plan_id: 'plan-019a0000-0000-7000-8000-000000000001',
    plan_digest: '',
    step_count: 1,
    end_user_id: 'u',
    plan_run_inputs: {},
  };
  const run = createFold(options);
  for (const [index, body] of [created, ...bodies].entries()) {
    const ts = new Date(START + index).toISOString();
    run.apply({ v: 1, seq: index + 1, ts, run_id: RUN, ...body });
  }
  return run.run;
}

const at = (round: number) => `0[${round}].steps.0`;
const started = (path: string): EventBody => ({ type: 'step.started', path, attempt: 1 });
const done = (round: number): EventBody => ({
  type: 'step.completed',
  path: at(round),
  output_name: '$n',
  output: { value: round, summary: null },
});
const skipped = (round: number): EventBody => ({ type: 'step.skipped', path: at(round), reason: 'no' });
const rounds = (from: number, to: number): EventBody[] =>
  Array.from({ length: to - from }, (_, index) => from + index).flatMap((round) => [started(at(round)), done(round)]);
const shown = ({ steps }: Run) => steps.map(({ path }) => path).filter((path) => path !== '0');
const paths = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => at(from + index));

describe('a loop of many rounds', () => {
  test('when it has 100 rounds then every record is there, and nothing is counted', () => {
    const run = fold([started('0'), ...rounds(0, 100)]);
    expect(shown(run)).toEqual(paths(0, 100));
    expect(run.step_totals).toBeUndefined();
  });

  test('when it has more then the newest 100 are there, and the number and time of all', () => {
    const run = fold([started('0'), ...rounds(0, 240), started(at(240)), skipped(240)]);
    expect(shown(run)).toEqual(paths(141, 241));
    expect(run.step_totals).toEqual([{ path: '0[*].steps.0', completed: 240, skipped: 1, ms: 241 }]);
    expect(run.outputs.step_outputs).toEqual({ $n: { value: 239, summary: null } });
  });

  test('when old records are asked for then they are there beside the newest', () => {
    const run = fold([started('0'), ...rounds(0, 240)], { keeps: (path) => path === at(7) });
    expect(shown(run)).toEqual([at(7), ...paths(140, 240)]);
  });

  test('when one round takes longer than 150 behind it then they stay until it is done', () => {
    const slow = [started('0'), ...rounds(0, 120), started(at(120)), ...rounds(121, 271)];
    expect(shown(fold(slow))).toEqual(paths(20, 271));
    expect(shown(fold([...slow, done(120)]))).toEqual(paths(171, 271));
  });

  test('when the slow round fails then what the written order had done before it is there', () => {
    const error = { code: 'step-failed', message: 'no', step: at(120), retryable: true } as const;
    const bodies: EventBody[] = [
      ...[started('0'), ...rounds(0, 120), started(at(120)), ...rounds(121, 271)],
      { type: 'step.failed', path: at(120), attempt: 1, error },
      { type: 'run.failed', error },
    ];
    const failed = fold(bodies);
    expect(shown(failed)).toEqual(paths(20, 121));
    expect(failed.outputs.step_outputs).toEqual({ $n: { value: 119, summary: null } });
    const resumed = fold([...bodies, { type: 'run.resumed' }, started(at(120)), done(120)]);
    expect(shown(resumed)).toEqual(paths(171, 271));
    expect(resumed.step_totals).toMatchObject([{ completed: 271, skipped: 0 }]);
    expect(resumed.outputs.step_outputs).toEqual({ $n: { value: 270, summary: null } });
  });

  test('when items fail and the loop continues then the newest are kept, and all are counted', () => {
    const error = { code: 'step-failed', message: 'no', step: at(0), retryable: true } as const;
    const bodies = Array.from({ length: 250 }, (_, round): EventBody[] => [
      started(at(round)),
      round % 2 === 0 ? done(round) : { type: 'step.failed', path: at(round), attempt: 1, error, caught_by: '0' },
    ]).flat();
    const run = fold([started('0'), ...bodies]);
    expect(shown(run)).toEqual(paths(150, 250));
    expect(run.step_totals).toMatchObject([{ completed: 125, failed: 125, skipped: 0 }]);
  });

  test('when a loop is in a loop then each step has 100 records in all', () => {
    const inner = Array.from({ length: 30 }, (_, outer) => outer).flatMap((outer) => [
      started(at(outer)),
      ...Array.from({ length: 10 }, (_, round) => `${at(outer)}[${round}].steps.0`).flatMap((path): EventBody[] => [
        started(path),
        { type: 'step.completed', path },
      ]),
      done(outer),
    ]);
    const run = fold([started('0'), ...inner]);
    expect(shown(run).filter((path) => /\[\d+\].*\[/.test(path))).toHaveLength(100);
    expect(shown(run)).toEqual(expect.arrayContaining(paths(0, 30)));
    expect(run.step_totals).toMatchObject([{ path: '0[*].steps.0[*].steps.0', completed: 300 }]);
  });
});
