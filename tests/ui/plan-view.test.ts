import { describe, expect, test } from 'vitest';

import type { ToolEffect } from '../../src/domain/values/tool-effects.js';
import { createPainter } from '../../src/ui/colour.js';
import { makeLook } from '../../src/ui/look.js';
import { planView } from '../../src/ui/plan-view.js';
import { stepNumber } from '../../src/domain/plan/step-path.js';
import { textWidth } from '../../src/ui/text-width.js';
import { look, planOf, seedPlan } from '../support/view-examples.js';

const effects = new Map<string, ToolEffect>([
  ['search_tool', 'read'],
  ['llm_tool', 'read'],
  ['send_mail', 'once'],
  ['file_writer_tool', 'idempotent'],
]);

describe('planView', () => {
  test('when the plan is one of the Python SDK then its tree is read at a glance', () => {
    expect(planView(seedPlan, look, { effects })).toBe(`\
Plan plan-1dcd74a4-0af5-490a-a7d0-0df4fd983977  by the model planner
Which stock price grew faster, Amazon or Google?

 1 ● search_tool  Search for the latest stock price growth data for Amazon.
                  → $amazon_stock_growth
 2 ● search_tool  Search for the latest stock price growth data for Google.
                  → $google_stock_growth
 3 ◆ llm_tool     Compare the stock price growth of Amazon and Google.
                  ← $amazon_stock_growth, $google_stock_growth
                  → $stock_growth_comparison

   3 steps · 2 tools · about 3 model calls · only reads
`);
  });

  test('when steps send and write then what goes out and what may be written are shown', () => {
    const agent = { kind: 'react', task: 'Look', tools: ['search_tool', 'file_writer_tool'], output: '$x' };
    const plan = planOf(
      [
        { task: 'Find it.', inputs: [{ name: '$report' }], tool_id: 'search_tool', output: '$a' },
        { kind: 'tool', tool_id: 'search_tool', args: { search_query: '{{ $a }} news' }, output: '$b' },
        { ...agent, writes: ['reports/*.md'] },
        { task: 'Write it.', tool_id: 'file_writer_tool', agent: 'verified', output: '$z' },
        {
          kind: 'user_input',
          message: 'When?',
          output: '$day',
          output_schema: { type: 'object', properties: { day: {} } },
        },
        { ...agent, sends: 'allow', output: '$y' },
      ],
      { plan_inputs: [{ name: '$report' }] },
    );
    const text = planView(plan, look, { effects, senders: new Set(['search_tool']) }).replace(/\s+/g, ' ');
    for (const line of [
      'sends $report to search_tool',
      'sends $a to search_tool',
      'writes reports/*.md',
      'agent verified',
      'form a JSON object with day',
      'sends what the agent decides to search_tool',
      'sends what the agent decides to search_tool, without a question',
    ]) {
      expect(text).toContain(`${line} `);
    }
    expect(text).toMatch(/· sends with search_tool $/);
  });

  test('when steps act then arguments, conditions and effects are all shown', () => {
    const plan = planOf(
      [
        { kind: 'compute', expression: '1 + 2', output: '$sum' },
        {
          kind: 'tool',
          tool_id: 'send_mail',
          when: '$sum > 2',
          args: { to: 'a@example.com', body: 'It is {{ $sum }},\nand  more.' },
          output: '$sent',
        },
        {
          task: 'Write',
          tool_id: 'file_writer_tool',
          condition: 'the mail was sent',
          inputs: [{ name: '$sent' }],
          output: 'file',
        },
      ],
      { plan_inputs: [{ name: 'city', default: 'London', description: 'Where to look' }, { name: '$day' }] },
    );
    expect(planView(plan, look, { effects }).split('\n').slice(2, -1).join('\n')).toBe(`\
takes $city (default "London"): Where to look
takes $day (required)

 1 = compute           1 + 2  → $sum
 2 ■ send_mail         when $sum > 2
                       with to: "a@example.com"
                       with body: "It is {{ $sum }},\\nand  more."
                       → $sent
 3 ● file_writer_tool  Write
                       if the mail was sent
                       ← $sent  → $file

   3 steps · 2 tools · about 2 model calls · acts with file_writer_tool,
   send_mail (asks first)`);
  });

  test('when blocks nest then their steps are numbered and indented', () => {
    const plan = planOf([
      {
        kind: 'if',
        branches: [{ when: '$x > 1', steps: [{ kind: 'exit', message: 'too much' }] }],
        else: [{ kind: 'user_verify', message: 'Go on?' }],
      },
      {
        kind: 'for_each',
        over: '$list',
        as: 'item',
        steps: [{ kind: 'llm', task: 'Think of $item', output: 'thought' }],
        output: 'thoughts',
      },
    ]);
    expect(planView(plan, look).split('\n').slice(3, -1).join('\n')).toBe(`\
 1 ▸ if
   1.1 ▸ branch         when $x > 1
     1.1.1 ◁ exit       too much
   1.else ▸ else
     1.else.1 ? verify  Go on?
 2 ▸ for each           $item in $list  → $thoughts
   2.1 ◆ llm            Think of $item  → $thought

   5 steps · 0 tools · at least 1 model call`);
    expect(planView({ ...plan, summarize: true }, look)).toContain('at least 2 model calls');
  });

  test('when the plan says what is done after a failure then that is shown', () => {
    const instead = { kind: 'compute', expression: '0', output: '$x' };
    const loop = { kind: 'for_each', over: '$list', as: 'item', steps: [instead], on_error: 'continue' };
    const plan = planOf([{ kind: 'compute', expression: '1 / 0', output: '$x', on_error: [instead] }, loop]);
    expect(planView(plan, look).split('\n').slice(3, -3).join('\n')).toBe(`\
 1 = compute                 1 / 0  → $x
   1.on_error ▸ on error
     1.on_error.1 = compute  0  → $x
 2 ▸ for each                $item in $list
                             on error continue with the next item
   2.1 = compute             0  → $x`);
  });

  test('when computing steps and loops have names then these come first, and what is evaluated below', () => {
    const plan = planOf([
      {
        name: 'Count each item',
        kind: 'for_each',
        over: '$list',
        as: 'item',
        steps: [{ name: 'Its letters', kind: 'compute', expression: '$length($item)', output: 'letters' }],
        output: 'counts',
      },
    ]);
    expect(planView(plan, look).split('\n').slice(3, -1).join('\n')).toBe(`\
 1 ▸ for each     Count each item
                  each $item in $list
                  → $counts
   1.1 = compute  Its letters
                  by $length($item)
                  → $letters

   2 steps · 0 tools · no model calls`);
  });

  test('when there are no symbols then letters and signs stand for them', () => {
    const text = planView(seedPlan, makeLook({ unicode: false, columns: 60, now: look.now }));
    expect(text).toMatch(/^[\n\x20-\x7e]*$/);
    expect(text).toContain(' 3 + llm_tool');
    expect(text).toContain('<- $amazon_stock_growth,');
  });

  test.each([40, 60, 80, 120])('when the terminal has %i columns then no line is wider', (columns) => {
    const plan = planOf([
      {
        task: '東京'.repeat(100),
        tool_id: 'a_tool_with_a_long_name',
        inputs: [{ name: '$x'.repeat(30) }],
        output: '$y'.repeat(30),
      },
      { kind: 'tool', tool_id: 't', args: { argument: 'x'.repeat(500) }, output: 'z' },
    ]);
    const lines = planView(plan, makeLook({ columns, now: look.now }))
      .split('\n')
      .slice(1);
    expect(Math.max(...lines.map(textWidth))).toBeLessThanOrEqual(columns);
  });

  test('when a task is very long then all of it is shown, and where it may be cut, what is left out is counted', () => {
    const plan = planOf([{ task: `${'word '.repeat(400)}end`, tool_id: null, output: 'x' }]);
    expect(planView(plan, look)).toContain('word end');
    const cut = planView(plan, look, { cut: { shownBy: 'v' } });
    expect(cut).toMatch(/… \+1,\d{3} characters \(v shows all\)/);
    expect(cut).not.toContain('end');
  });

  test('when inputs are given then their values stand in the head, and secrets do not', () => {
    const inputs = [
      { name: '$city' },
      { name: 'otp', schema: { type: 'string', format: 'password' } },
      { name: 'day' },
    ];
    const plan = planOf([{ kind: 'compute', expression: '1', output: 'x' }], { plan_inputs: inputs });
    const lines = planView(plan, look, { inputs: { city: 'Oslo\u001b', $otp: 'hush' } }).split('\n');
    expect(lines.slice(2, 5)).toEqual(['$city = "Oslo\\u001b"', '$otp = (secret)', 'takes $day (required)']);
  });

  test('when text of the plan holds escape sequences then they are shown', () => {
    const attack = 'a\u001b[2Jb\u202e';
    const plan = planOf(
      [
        { task: attack, tool_id: attack, inputs: [{ name: attack }], condition: attack, output: attack },
        { kind: 'tool', tool_id: attack, args: { [attack]: attack }, when: attack, output: attack },
        { kind: 'user_input', message: attack, options: [attack], output: attack },
      ],
      {
        plan_context: { query: attack, tool_ids: [] },
        plan_inputs: [{ name: attack, description: attack, default: attack }],
      },
    );
    expect(planView(plan, look, { effects })).not.toMatch(/[\u001b\u202e]/);
  });

  test('when colour is on then the lines are the same but for the colour', async () => {
    const painted = planView(seedPlan, makeLook({ colour: await createPainter(true), now: look.now }));
    expect(painted).toContain('\u001b[');
    // oxlint-disable-next-line no-control-regex
    expect(painted.replace(/\u001b\[\d+m/g, '')).toBe(planView(seedPlan, look));
  });
});

describe('stepNumber', () => {
  test.each([
    ['1', '2'],
    ['3.branches.0.steps.1', '4.1.2'],
    ['3.else.0', '4.else.1'],
    ['4[2].steps.0', '5[3].1'],
    ['4[2].steps.0[0].steps.9', '5[3].1[1].10'],
  ])('when the path is %s then people see %s', (path, number) => {
    expect(stepNumber(path)).toBe(number);
  });
});
