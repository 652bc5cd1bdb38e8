import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import type { EventBody } from '../../../src/domain/run/events.js';
import { flatRows, type TimelineRow } from '../../../src/ui/pictures/timeline-row.js';
import { timelineOf, type Timeline } from '../../../src/ui/pictures/timeline.js';
import { timelineView } from '../../../src/ui/pictures/timeline-view.js';
import { asked, completed, failed, NOON, paused, resumed, started, timedRun } from '../../support/timed-run.js';
import { look, planOf, runOf, stepRecord } from '../../support/view-examples.js';

const compute = (name: string) => ({ kind: 'compute', name, expression: '1', output: `$${name.toLowerCase()}` });
const at = (seconds: number) => ({ now: new Date(NOON + seconds * 1000), isDriven: false });

/** Two side by side, the second with a retry; a question of two hours; a loop of two rounds, which waits in the second. */
function waitingRun() {
  const plan = planOf([
    compute('One'),
    compute('Two'),
    { kind: 'user_input', message: 'How many?', output: '$x' },
    { kind: 'for_each', name: 'Each', over: '[1,2,3]', as: 'n', steps: [compute('Write'), compute('Send')] },
    compute('Result'),
  ]);
  const [first, second] = [asked('2'), asked('3[1].steps.1')];
  const round = (n: number) => ({ items: { n: { id: `O-${n}`, name: 'Acme' } }, of: 3 });
  return timedRun(
    plan,
    ...([
      [0, started('0')],
      [0, started('1')],
      [1, failed('1', 1)],
      [2, completed('0')],
      [2, started('1', 2)],
      [4, completed('1')],
      [4, started('2')],
      [4, first.raised],
      [4, paused],
      [7204, first.resolved],
      [7204, resumed],
      [7204, completed('2')],
      [7204, started('3')],
      [7204, started('3[0].steps.0', 1, round(1))],
      [7206, completed('3[0].steps.0')],
      [7206, started('3[0].steps.1')],
      [7208, completed('3[0].steps.1')],
      [7208, started('3[1].steps.0', 1, round(2))],
      [7210, completed('3[1].steps.0')],
      [7210, started('3[1].steps.1')],
      [7210, second.raised],
      [7210, paused],
    ] satisfies [number, EventBody][]),
  );
}

const rowOf = ({ rows }: Timeline, number: string): TimelineRow | undefined =>
  flatRows(rows).find(({ row }) => row.number === number)?.row;

describe('timelineOf', () => {
  test('when a run waits then the rows of its tree have the work to scale, and each wait at the same width', () => {
    const { run, events, plan } = waitingRun();
    const timeline = timelineOf(run, { plan, events, ...at(7450) });
    expect(timeline.bands).toMatchObject([
      { kind: 'person', width: 8.8, ms: 7_200_000, isOpen: false },
      { kind: 'person', width: 8.8, ms: 240_000, isOpen: true },
    ]);
    expect({ worked: timeline.workedMs, waited: timeline.waitedMs }).toEqual({ worked: 10_000, waited: 7_440_000 });
    expect(rowOf(timeline, '2')?.bars.map(({ kind }) => kind)).toEqual(['fail', 'gap', 'done']);
    const [one, two] = [rowOf(timeline, '1'), rowOf(timeline, '2')];
    expect(one?.bars[0]?.width).toBeCloseTo((82.4 * 2) / 10);
    expect(two?.bars[2]?.x).toBeCloseTo((82.4 * 2) / 10);
    expect(flatRows(timeline.rows).map(({ row }) => [row.number, row.state, row.title])).toEqual([
      ['1', 'done', 'One'],
      ['2', 'done', 'Two'],
      ['3', 'done', 'How many?'],
      ['4', 'ready', 'Each'],
      ['[1]', 'done', 'O-1, Acme'],
      ['4[1].1', 'done', 'Write'],
      ['4[1].2', 'done', 'Send'],
      ['[2]', 'waiting', 'O-2, Acme'],
      ['4[2].1', 'done', 'Write'],
      ['4[2].2', 'waiting', 'Send'],
      ['[3]', 'pending', 'not reached'],
      ['5', 'pending', 'Result'],
    ]);
    expect(rowOf(timeline, '4')).toMatchObject({ rounds: '1 of 3', workedMs: 6000 });
    expect(rowOf(timeline, '4[2].2')).toMatchObject({ waitedMs: 240_000 });
  });

  test('when the same run is drawn without its events then the waits are the same', () => {
    const { run, events, plan } = waitingRun();
    const told = timelineOf(run, { plan, ...at(7450) });
    expect(told.bands).toEqual(timelineOf(run, { plan, events, ...at(7450) }).bands);
    expect(told.workedMs).toBe(10_000);
  });

  test('when a process was killed then the time until somebody continues is a stop, and not work', () => {
    const plan = planOf([compute('One'), compute('Two')]);
    const { run, events } = timedRun(
      plan,
      [0, started('0')],
      [2, completed('0')],
      [2, started('1')],
      [722, resumed],
      [722, started('1')],
      [724, completed('1')],
      [724, { type: 'run.completed', final_output: null }],
    );
    const timeline = timelineOf(run, { plan, events, ...at(9000) });
    expect(timeline).toMatchObject({ workedMs: 4000, waitedMs: 0, bands: [{ kind: 'stop', ms: 720_000 }] });
  });

  test('when a loop has 300 rounds then the first, those that failed and the last have rows, and the others are folded', () => {
    const plan = planOf([
      { kind: 'for_each', over: '$list', as: 'n', steps: [compute('Write')], on_error: 'continue', output: '$all' },
    ]);
    const events: [number, EventBody][] = [[0, started('0')]];
    for (let round = 0; round < 300; round += 1) {
      const path = `0[${round}].steps.0`;
      events.push([round, started(path, 1, { of: 300 })]);
      events.push(
        round === 120 ? [round + 1, { ...failed(path, 1), caught_by: '0' } as EventBody] : [round + 1, completed(path)],
      );
    }
    const { run, events: all } = timedRun(plan, ...events);
    const timeline = timelineOf(run, { plan, events: all, ...at(300) });
    expect(timeline.rows[0]?.rows.map(({ number, title }) => number || title)).toEqual([
      ...['[1]', '[2]', '[3]'],
      '117 more, all done, 1.0 s each',
      '[121]',
      '178 more, all done, 1.0 s each',
      '[300]',
    ]);
    expect(timeline.rows[0]?.rows[3]?.part).toEqual({ loop: '0', first: 4, last: 120 });
    const part = { loop: '0', first: 4, last: 103 };
    const page = timelineOf(run, { plan, events: all, part, ...at(300) }).rows;
    expect([page.length, page[0]?.number, page[99]?.number]).toEqual([100, '[4]', '[103]']);
  });

  test('when a run of 10,000 steps is drawn from its record alone then it has a few rows, and says how many it leaves out', () => {
    const plan = planOf([
      { kind: 'for_each', over: '$list', as: 'n', steps: [compute('Write'), compute('Send')], output: '$all' },
    ]);
    const steps = Array.from({ length: 100 }, (_none, index) =>
      ['0', '1'].map((step) => stepRecord({ path: `0[${index + 4900}].steps.${step}` })),
    ).flat();
    const run = runOf({ steps: [stepRecord({ path: '0' }), ...steps], step_totals: [], state: 'COMPLETE' });
    const { rows } = timelineOf(run, { plan, ...at(300) });
    expect(rows[0]?.rows.map(({ number, title }) => number || title)).toEqual(['4,999 more, 1.2 s each', '[5000]']);
    expect(flatRows(rows)).toHaveLength(5);
  });

  test('when there are many waits then bands are folded together, and none is narrower than 28 px of the line', () => {
    const plan = planOf([{ kind: 'for_each', over: '$list', as: 'n', steps: [compute('Ask')] }]);
    const events: [number, EventBody][] = [[0, started('0')]];
    for (let round = 0; round < 60; round += 1) {
      const path = `0[${round}].steps.0`;
      const { raised, resolved } = asked(path);
      const from = round * 100;
      events.push([from, started(path)], [from + 1, raised], [from + 1, paused], [from + 90, resolved]);
      events.push([from + 90, resumed], [from + 100, completed(path)]);
    }
    const { run, events: all } = timedRun(plan, ...events);
    const { bands } = timelineOf(run, { plan, events: all, ...at(6000) });
    expect(bands.length).toBeLessThanOrEqual(11);
    expect(bands.reduce((sum, { pauses }) => sum + pauses, 0)).toBe(60);
    for (const { width } of bands) expect(width).toBeGreaterThan(4.1);
  });
});

describe('all time lines', () => {
  const steps = fc.array(
    fc.record({
      work: fc.integer({ min: 0, max: 90 }),
      wait: fc.option(fc.integer({ min: 0, max: 100_000 })),
      stop: fc.option(fc.integer({ min: 0, max: 100_000 })),
      failures: fc.integer({ min: 0, max: 2 }),
    }),
    { minLength: 1, maxLength: 30 },
  );

  test('when work, waits, stops and tries come in any order then every bar is inside the line, in the written order', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const plan = planOf(all.map((_, index) => compute(`S${index}`)));
        const events: [number, EventBody][] = [];
        let now = 0;
        for (const [index, { work, wait, stop, failures }] of all.entries()) {
          const path = String(index);
          events.push([now, started(path)]);
          for (let attempt = 1; attempt <= failures; attempt += 1) {
            events.push([(now += work), failed(path, attempt)], [now, started(path, attempt + 1)]);
          }
          if (wait !== null) {
            const { raised, resolved } = asked(path);
            events.push([now, raised], [now, paused], [(now += wait), resolved], [now, resumed]);
          }
          if (stop !== null)
            events.push([now, { type: 'run.interrupted', signal: 'SIGINT' }], [(now += stop), resumed]);
          events.push([(now += work), completed(path)]);
        }
        const { run, events: recorded } = timedRun(plan, ...events);
        for (const known of [recorded, undefined]) {
          const timeline = timelineOf(run, { plan, events: known, ...at(now) });
          const rows = flatRows(timeline.rows).map(({ row }) => row);
          expect(rows.map(({ number }) => number)).toEqual(all.map((_, index) => String(index + 1)));
          for (const { x, width } of [...timeline.bands, ...rows.flatMap(({ bars }) => bars)]) {
            expect(x).toBeGreaterThanOrEqual(0);
            expect(width).toBeGreaterThanOrEqual(0);
            expect(x + width).toBeLessThanOrEqual(100 + 1e-9);
          }
          expect(
            timelineView(timeline, look)
              .split('\n')
              .every((line) => line.length <= 80),
          ).toBe(true);
        }
      }),
      { numRuns: 60 },
    );
  });
});
