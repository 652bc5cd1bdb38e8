import { describe, expect, test } from 'vitest';

import type { EventBody, RunEvent } from '../../src/domain/run/events.js';
import { eventLine, progressLine } from '../../src/ui/event-line.js';
import { question } from '../support/question-examples.js';
import { look, PLAN_ID, RUN_ID } from '../support/view-examples.js';

const attack = 'a\u001b[2Jb\u202e';
const usage = { calls: 1, input_tokens: 10, output_tokens: 5 };
const error = { code: 'tool-failed', message: attack, step: '0', retryable: true } as const;

function event(body: EventBody): RunEvent {
  return { v: 1, seq: 1, ts: '2026-11-23T12:00:01.250Z', run_id: RUN_ID, ...body };
}

const call = { key: 'k', path: '4[2].steps.0', tool_id: 'search_tool', idempotency_key: 'i' };
const tableOfEvents: [EventBody, string][] = [
  [
    { type: 'run.created', plan_id: PLAN_ID, plan_digest: '', step_count: 1, end_user_id: 'u', plan_run_inputs: {} },
    `run.created ${RUN_ID} of ${PLAN_ID}`,
  ],
  [
    { type: 'run.paused', reason: 'clarification', next: 'portia resume x' },
    'run.paused clarification next: portia resume x',
  ],
  [{ type: 'run.completed', final_output: { value: 3, summary: null } }, 'run.completed 3'],
  [{ type: 'run.failed', error }, String.raw`run.failed [tool-failed] a\u{1b}[2Jb\u{202e}`],
  [{ type: 'step.started', path: '0', attempt: 2 }, 'step.started step 1 attempt 2'],
  [
    { type: 'step.completed', path: '0', output_name: '$x', output: { value: 'y'.repeat(100), summary: null } },
    `step.completed step 1 → $x = "${'y'.repeat(58)}…`,
  ],
  [
    { type: 'step.completed', path: '0', failed: { count: 2, items: { value: [], summary: null } } },
    'step.completed step 1 2 items failed',
  ],
  [
    { type: 'step.failed', path: '0[1].steps.0', attempt: 1, error: { ...error, message: 'no' }, caught_by: '0' },
    'step.failed step 1[2].1 [tool-failed] no caught by on_error of step 1',
  ],
  [
    { type: 'wait.started', key: 'k', path: '0', until: '2026-12-01T09:00:00.000Z' },
    'wait.started step 1 until 2026-12-01T09:00:00.000Z',
  ],
  [
    { type: 'wait.started', key: 'k', path: '0', waits_for: { event: 'payment', key: '7' } },
    'wait.started step 1 for payment (7)',
  ],
  [
    { type: 'signal.received', key: 'k', path: '0', id: 'i', sent_at: '', data: { value: { amount: 12 } } },
    'signal.received step 1 {"amount":12}',
  ],
  [{ type: 'run.placed', host: 'web-2', machine: 'm' }, 'run.placed keeps to web-2, which has its files'],
  [{ type: 'step.skipped', path: '0', reason: 'no' }, 'step.skipped step 1 no'],
  [
    { type: 'model.failed', key: 'k', path: '0', error: { ...error, message: 'Away.' }, fallback: 'b/m', ms: 5 },
    'model.failed step 1 5 ms [tool-failed] Away. b/m is asked instead.',
  ],
  [
    { type: 'readiness.checked', waiting: [{ tool_id: 'send_mail', provider: 'example' }] },
    'readiness.checked send_mail waits for example',
  ],
  [
    { type: 'clarification.joined', id: 'clar-1', key: 'k', path: '1' },
    'clarification.joined step 2 waits for clar-1, too',
  ],
  [{ type: 'readiness.checked', waiting: [] }, 'readiness.checked every tool is ready'],
  [{ type: 'step.settled', path: '0', how: 'done', channel: 'flag' }, 'step.settled step 1 done by flag'],
  [
    { type: 'model.finished', key: 'k', path: '0', reply: { value: 'hi' }, usage, ms: 1500 },
    'model.finished step 1 1.5 s 10+5 tokens "hi"',
  ],
  [
    { type: 'tool.started', ...call, effect: 'read', args: { value: { q: attack } } },
    String.raw`tool.started step 5[3].1 search_tool (read) {"q":"a\u001b[2Jb\u{202e}"}`,
  ],
  [
    {
      type: 'tool.finished',
      ...call,
      idempotency_key: 'i',
      outcome: { kind: 'output', output: { memory: { digest: 'd', bytes: 2000 } } },
      ms: 5,
    },
    'tool.finished step 5[3].1 search_tool 5 ms (2.0 kB, kept aside)',
  ],
  [
    {
      type: 'tool.finished',
      ...call,
      idempotency_key: 'i',
      outcome: { kind: 'clarifications', clarifications: [] },
      ms: 5,
    },
    'tool.finished step 5[3].1 search_tool 5 ms asks a question',
  ],
  [
    {
      type: 'clarification.raised',
      clarification: question({ category: 'Input', user_guidance: 'City?', argument_name: 'city' }),
    },
    'clarification.raised Input city City?',
  ],
  [
    { type: 'hook.called', key: '0/1/beforeStep', path: '0', hook: 'beforeStep' },
    'hook.called step 1 beforeStep changed nothing',
  ],
  [
    {
      type: 'hook.changed',
      key: '/beforeRun',
      hook: 'beforeToolCall',
      did: ['args', 'ask'],
      reply: { value: { ask: attack } },
    },
    String.raw`hook.changed beforeToolCall args and ask {"ask":"a\u001b[2Jb\u{202e}"}`,
  ],
  [
    { type: 'tool.changed', tool_id: 'send', was: 'a', now: 'b', file: 'tools/send.mjs', channel: 'flag' },
    'tool.changed send tools/send.mjs accepted by flag',
  ],
  [{ type: 'memory.stored', path: '0', digest: 'd', bytes: 2_500_000 }, 'memory.stored step 1 2.5 MB'],
  [{ type: 'warning', message: `two\nlines ${attack}` }, String.raw`warning two lines a\u{1b}[2Jb\u{202e}`],
];

describe('eventLine', () => {
  test.each(tableOfEvents)('when the event is %j then its line says it', (body, line) => {
    expect(eventLine(event(body), look)).toBe(`12:00:01.250 ${line}`);
  });

  test('when an answer is recorded then the line does not repeat it', () => {
    const id = question({ category: 'Input' }).id;
    const line = eventLine(event({ type: 'clarification.resolved', id, response: 'hunter2', channel: 'prompt' }), look);
    expect(line).toBe(`12:00:01.250 clarification.resolved ${id} by prompt`);
  });

  test('when the type is of a newer version then the line names it', () => {
    const newer = { ...event({ type: 'run.started' }), type: 'step.paused' } as unknown as RunEvent;
    expect(eventLine(newer, look)).toBe('12:00:01.250 step.paused');
  });
});

describe('progressLine', () => {
  const label = { text: 'search_tool  Find it', ms: 1200 };
  test.each([
    [{ type: 'step.completed', path: '0' }, ' 1 ✔ search_tool  Find it  1.2 s'],
    [
      { type: 'step.completed', path: '0', failed: { count: 1, items: { value: [], summary: null } } },
      ' 1 ✔ search_tool  Find it  1.2 s\n     1 item failed; the run continues',
    ],
    [{ type: 'step.skipped', path: '0', reason: 'no need' }, ' 1 ↷ search_tool  Find it  1.2 s\n     skipped: no need'],
    [
      { type: 'step.failed', path: '0', attempt: 1, error },
      ' 1 ✖ search_tool  Find it  1.2 s\n     a\\u{1b}[2Jb\\u{202e}',
    ],
    [{ type: 'warning', message: 'beware' }, '! beware'],
    [{ type: 'run.cancelled', reason: 'by hand' }, '✖ cancelled: by hand'],
    [{ type: 'step.started', path: '0', attempt: 1 }, undefined],
    [{ type: 'run.started' }, undefined],
  ] as [EventBody, string | undefined][])('when the event is %j then the news is %j', (body, line) => {
    expect(progressLine(event(body), label, look)).toBe(line);
  });
});
