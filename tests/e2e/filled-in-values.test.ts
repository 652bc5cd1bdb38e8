import { describe, expect, test } from 'vitest';

import { portiaHere } from '../support/portia-here.js';
import { makeProject } from '../support/portia.js';
import { onlyRun, openPortia, readEvents } from '../support/scenario.js';

const KEY = 'sk-test-000000000000000000000000000000000000000042';
const PLAN = {
  plan_context: { query: 'tickets', tool_ids: [] },
  plan_inputs: [{ name: 'folder' }],
  steps: [
    {
      kind: 'for_each',
      over: [
        { id: 'T-1', n: 1 },
        { id: 'T-2\u001b[2J', n: 0, note: `${'x'.repeat(60)}${KEY}` },
      ],
      as: 'ticket',
      steps: [
        { kind: 'compute', name: 'Half of {{ $ticket.id }}', expression: '10 / $ticket.n', output: '$half' },
        {
          kind: 'tool',
          tool_id: 'file_writer_tool',
          args: { filename: '{{ $folder }}-{{ $ticket.id }}.txt', content: 'half' },
          output: '$file',
        },
        { kind: 'user_input', message: 'Is it good?', output: '$ok' },
      ],
      output: '$all',
    },
  ],
};

const flags = ['-i', 'folder=out', '--format', 'human'];
const env = { OPENAI_API_KEY: KEY };

describe('what a person reads of a loop', () => {
  test('when it asks and fails then lines, questions, show and the error say which item it was', async () => {
    const cwd = makeProject({ 'tickets.json': PLAN });
    const asked = await portiaHere(['run-plan', 'tickets.json', ...flags], { cwd, env });
    expect(asked.code).toBe(8);
    const at = '$ticket = {"id":"T-1","n":1}';
    expect(asked.stderr).toContain(`1[1].1 ✔ compute  1 of 2  ${at}  Half of T-1`);
    expect(asked.stderr).toContain(`1[1].2 ✔ file_writer_tool  1 of 2  ${at}  fil`);
    expect(asked.stderr).toContain(`asked by step 1[1].3 (${at})`);
    const shown = await portiaHere(['show', 'last', '--as', 'tree'], { cwd, env });
    expect(shown.stdout).toContain('Half of T-1');
    expect(shown.stdout).toContain(`Is it good? (${at})`);
    const failed = await portiaHere(['resume', 'last', '--answer', 'ok=yes', '--format', 'human'], { cwd, env });
    expect(failed.code).toBe(1);
    const item = 'Step 1[2].1 ($ticket = {"id":"T-2\\u001b[2J","n":0';
    expect(failed.stderr.replace(/\s+/g, ' ')).toContain(`✖ ${item}`);
    const after = await portiaHere(['show', 'last', '--as', 'tree'], { cwd, env });
    expect(after.stdout.replace(/ *\[expression-failed\]\s*|\s+/g, ' ')).toContain(item);
    for (const { stdout, stderr } of [asked, shown, failed, after])
      expect(stdout + stderr).not.toMatch(/\u001b|sk-test/);
  });

  test('when a run is recorded then each iteration tells its item once, shortened and without keys', async () => {
    const cwd = makeProject({ 'tickets.json': PLAN });
    await portiaHere(['run-plan', 'tickets.json', ...flags], { cwd, env });
    await portiaHere(['resume', 'last', '--answer', 'ok=yes'], { cwd, env });
    const items = readEvents(cwd, onlyRun(cwd).id).flatMap((event) => ('items' in event ? [event.items] : []));
    expect(items).toMatchObject([{ ticket: { id: 'T-1', n: 1 } }, { ticket: { n: 0 } }]);
    expect(JSON.stringify(items)).not.toContain('sk-test');
  });

  test('when it asks at a terminal then the question says which item it is about', async () => {
    const cwd = makeProject({ 'tickets.json': PLAN });
    const terminal = openPortia(['run-plan', 'tickets.json', '-i', 'folder=out'], { cwd });
    await terminal.waitFor('Is it good?');
    expect(terminal.screen()).toContain('Question · step 1[1].3 ($ticket = {"id":"T-1","n":1})');
    terminal.press('ctrl-c');
    await terminal.exit();
  });
});
