import { fileURLToPath } from 'node:url';

import { describe, expect, test } from 'vitest';

import type { EventBody } from '../../src/domain/run/events.js';
import { createProgress } from '../../src/ui/progress.js';
import { memoryStreams, type MemoryStreamOptions } from '../support/memory-streams.js';
import { openTerminal } from '../support/terminal.js';
import { eventsOf, look, planOf, runOf } from '../support/view-examples.js';

const { steps } = planOf([
  { task: 'Find it', tool_id: 'search_tool', output: '$found' },
  { kind: 'for_each', over: '$found', as: 'x', steps: [{ kind: 'compute', expression: '$x', output: '$y' }] },
]);

async function show(bodies: EventBody[], options: MemoryStreamOptions & { verbose?: boolean } = {}) {
  const { streams, stderr, stdout } = memoryStreams(options);
  const environment = options.environment ?? {};
  const progress = await createProgress({ streams, environment, steps, look, verbose: options.verbose });
  for (const event of eventsOf(...bodies)) progress.listener(event);
  progress.stop();
  await streams.flush();
  expect(stdout()).toBe('');
  return stderr();
}

const started: EventBody = { type: 'step.started', path: '0', attempt: 1 };
const completed: EventBody = { type: 'step.completed', path: '0' };
const failed: EventBody = {
  type: 'step.failed',
  path: '1[2].steps.0',
  attempt: 1,
  error: { code: 'tool-failed', message: 'Broken.', step: '1', retryable: false },
};

describe('createProgress without a terminal', () => {
  test('when steps end then each has one plain line with its time', async () => {
    expect(await show([{ type: 'run.started' }, started, completed, failed])).toBe(
      ' 1 ✔ search_tool  Find it  1.0 s\n2[3].1 ✖ compute  $x\n     Broken.\n',
    );
  });

  test('when steps have names in their texts then each line has the values, and what the loop is at', async () => {
    const plan = planOf([
      {
        kind: 'for_each',
        over: '$all',
        as: 'ticket',
        steps: [
          { kind: 'llm', task: 'Answer {{ $ticket.id }} of {{ $city }}', output: '$text' },
          { kind: 'tool', tool_id: 'send_mail', args: { to: '{{ $ticket.id }}' }, output: '$sent' },
        ],
      },
    ]);
    const before = runOf({ plan_run_inputs: { city: { value: 'Oslo', summary: null } } });
    const { streams, stderr } = memoryStreams();
    const progress = await createProgress({ streams, environment: {}, steps: plan.steps, before, look });
    const called = { key: 'k', tool_id: 'send_mail', effect: 'once', idempotency_key: 'i' } as const;
    for (const event of eventsOf(
      { type: 'step.started', path: '0[2].steps.0', attempt: 1, items: { ticket: { id: 'T-3\u001b' } } },
      { type: 'step.completed', path: '0[2].steps.0' },
      { type: 'step.started', path: '0[2].steps.1', attempt: 1 },
      { type: 'tool.started', path: '0[2].steps.1', ...called, args: { value: { to: 'T-3', body: 'b'.repeat(99) } } },
      { type: 'step.completed', path: '0[2].steps.1' },
    )) {
      progress.listener(event);
    }
    await streams.flush();
    expect(stderr()).toBe(
      '1[3].1 ✔ llm  $ticket = {"id":"T-3\\u001b"}  Answer T-3\\u{1b} of Oslo  1.0 s\n' +
        '1[3].2 ✔ send_mail  $ticket = {"id":"T-3\\u001b"}  to: "T-3", body: "bbbb…  2.0 s\n',
    );
  });

  /** The first step of a round over 300 items is begun and ends. */
  const round = (number: number, ended: EventBody['type'] = 'step.completed'): EventBody[] => {
    const path = `1[${number - 1}].steps.0`;
    const end = ended === 'step.failed' ? { ...failed, path } : { type: 'step.completed' as const, path };
    return [{ type: 'step.started', path, attempt: 1, items: { x: number }, of: 300 }, end];
  };

  test('when a loop is long then there are lines at round numbers, at failures, and at its end', async () => {
    const text = await show([
      { type: 'step.started', path: '1', attempt: 1 },
      ...[1, 2, 20, 39, 40].flatMap((number) => round(number)),
      ...round(41, 'step.failed'),
      { ...round(300)[0], type: 'step.started', path: '1[299].steps.0', attempt: 1 },
      { type: 'step.completed', path: '1' },
    ]);
    expect(text.split('\n')).toEqual([
      ' 2 ▶ for each  20 of 300  $x = 20',
      ' 2 ▶ for each  40 of 300  $x = 40',
      '2[41].1 ✖ compute  41 of 300  $x = 41  $x  1.0 s',
      '     Broken.',
      ' 2 ✔ for each  300 rounds  $x in $found  14 s',
      '',
    ]);
  });

  test('when nobody knows how many rounds a loop has then its lines stop after 20, and round numbers follow', async () => {
    const paths = Array.from({ length: 45 }, (_, index) => `1[${index}].steps.0`);
    const text = await show(
      paths.flatMap((path) => [
        { type: 'step.started', path, attempt: 1 },
        { type: 'step.completed', path },
      ]),
    );
    const lines = text.split('\n');
    expect(lines.slice(19, 22)).toEqual([
      '2[20].1 ✔ compute  $x  1.0 s',
      ' 2 ▶ for each  round 22',
      ' 2 ▶ for each  round 24',
    ]);
    expect(lines.slice(-3)).toEqual([' 2 ▶ for each  round 40', ' 2 ▶ for each  round 45', '']);
  });

  test('when a failure is long then it is wrapped below its step', async () => {
    const error = { code: 'tool-failed', message: 'word '.repeat(30).trim(), step: '0', retryable: false } as const;
    const text = await show([started, { type: 'step.failed', path: '0', attempt: 1, error }]);
    const [, ...lines] = text.trimEnd().split('\n');
    expect(lines.map((line) => line.slice(0, 9))).toEqual(['     word', '     word']);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  test('when an exit with an error is done then its line has the mark of a failure', async () => {
    const { steps: exits } = planOf([{ kind: 'exit', message: 'Over.', error: true }]);
    const { streams, stderr } = memoryStreams();
    const progress = await createProgress({ streams, environment: {}, steps: exits, look });
    for (const event of eventsOf(started, completed)) progress.listener(event);
    await streams.flush();
    expect(stderr()).toBe(' 1 ✖ fail  Over.  1.0 s\n');
  });

  test('when it is verbose then every event has its line', async () => {
    const text = await show([{ type: 'run.started' }, started, completed], { verbose: true });
    expect(text.split('\n').map((line) => line.split(' ')[1])).toEqual([
      'run.started',
      'step.started',
      'step.completed',
      undefined,
    ]);
  });

  test.each([
    ['the terminal is dumb', { environment: { TERM: 'dumb' } }],
    ['colour is off', { environment: { NO_COLOR: '1' } }],
    ['--no-color is given', { noColour: true }],
  ])('when %s then no escape sequence is written', async (_case, options) => {
    const text = await show([started, completed], { terminals: ['stderr'], ...options });
    expect(text).toBe(' 1 ✔ search_tool  Find it  1.0 s\n');
  });
});

describe('createProgress on a terminal', () => {
  test('when a question comes in the middle then the moving line makes room and leaves nothing behind', async () => {
    const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
    const jiti = here('../../node_modules/jiti/lib/jiti-cli.mjs');
    const terminal = openTerminal(process.execPath, [jiti, here('../support/progress-in-terminal.ts')], { cols: 60 });
    await terminal.waitFor(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] 2 llm_tool {2}A task/);
    terminal.kill('SIGUSR1');
    await terminal.waitFor('In the middle?');
    expect(terminal.screen()).not.toMatch(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/);
    terminal.press('enter');
    await terminal.waitFor(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] 2 llm_tool {2}A task/);
    terminal.kill('SIGUSR1');
    expect(await terminal.exit()).toEqual({ code: 0, signal: 0 });
    expect(terminal.screen().replace(/ +$/gm, '')).toBe(
      [
        ' 1 ✔ search_tool  Find it  1.0 s',
        '✔ In the middle?',
        ' 2 ✔ llm_tool  A task that is longer than the termin…  1.0 s',
        'the end',
      ].join('\n'),
    );
    // Hidden cursors would stay hidden in the shell.
    expect(terminal.raw().lastIndexOf('\u001b[?25h')).toBeGreaterThan(terminal.raw().lastIndexOf('\u001b[?25l'));
  });
});
