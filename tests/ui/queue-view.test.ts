import { expect, test } from 'vitest';

import { queueView, queueWhy } from '../../src/ui/queue-view.js';
import { look, RUN_ID } from '../support/view-examples.js';

const SECOND = 'prun-18d9aa91-0066-413f-af32-000000000002';
const shown = { priority: 0, labels: [], updated_at: '2026-11-23T11:00:00.000Z' };

test('when runs are in the queue then each has why it waits, and each command is printed once', () => {
  const runs = [
    { ...shown, id: SECOND, standing: { kind: 'runs' as const }, why: 'on alpha, process 7' },
    { ...shown, id: RUN_ID, standing: { kind: 'waits' as const }, why: 'for a worker that is free', priority: 10 },
    { ...shown, id: SECOND, standing: { kind: 'waits' as const }, why: 'for a worker that is free', labels: ['night'] },
    { ...shown, id: RUN_ID, standing: { kind: 'parked' as const, for: 'question' as const }, why: '1 open question' },
  ] as const;
  expect(queueView(runs, look)).toBe(`\
RUN       STATE     PRIORITY  CHANGED  WHY
00000002  ▶ runs    0         1 h ago  on alpha, process 7
bce89821  · waits   10        1 h ago  for a worker that is free
00000002  · waits   0         1 h ago  [night] for a worker that is free
bce89821  ⏸ parked  0         1 h ago  1 open question

   portia worker   # continues what waits
   portia show ${RUN_ID}   # what bce89821 asks, and how to answer
`);
});

test('when it is empty then it says how to fill it', () => {
  expect(queueView([], look)).toContain('portia run-plan PLAN --queue');
});

test('when a run waits then the reason is in words', () => {
  const run = { open_questions: 2, pause: 'unavailable', owner: { pid: 7, host: 'alpha' } } as const;
  const until = '2026-11-23T12:05:00.000Z';
  expect(queueWhy({ kind: 'runs' }, run)).toBe('on alpha, process 7');
  expect(queueWhy({ kind: 'waits', for: 'time', until }, run)).toBe(
    `something was unavailable; it is tried again at ${until}`,
  );
  expect(queueWhy({ kind: 'waits', for: 'time', until }, { ...run, pause: null })).toBe(`until ${until}`);
  expect(queueWhy({ kind: 'waits', for: 'pause', label: null }, run)).toBe('the queue is paused');
  expect(queueWhy({ kind: 'waits', for: 'limit', of: 'plan', most: 1 }, run)).toBe(
    '1 run of its plan is driven; no more may be',
  );
  expect(queueWhy({ kind: 'waits', for: 'limit', of: 'label', label: 'big', most: 2 }, run)).toBe(
    '2 runs with the label big are driven; no more may be',
  );
  expect(queueWhy({ kind: 'waits', for: 'tools', missing: ['a'], changed: ['b', 'c'], host: 'alpha' }, run)).toBe(
    'no worker has its tools; the last one, on alpha, does not have a and has another b, c',
  );
  expect(queueWhy({ kind: 'parked', for: 'question' }, run)).toBe('2 open questions');
  expect(queueWhy({ kind: 'parked', for: 'budget' }, run)).toBe('its limit is reached');
});
