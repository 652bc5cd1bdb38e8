import { describe, expect, test } from 'vitest';

import { runView } from '../../src/ui/run-view.js';
import { question } from '../support/question-examples.js';
import { look, planOf, runOf, RUN_ID, seedPlan, stepRecord } from '../support/view-examples.js';

const amazon = { value: 'Amazon stock grew by 52 %, as many pages say, one after the other', summary: null };
const google = {
  output_name: '$google_stock_growth',
  plan_run_id: RUN_ID,
  summary: 'A long text',
  digest: 'a'.repeat(64),
  bytes: 12_345,
};
const result = { value: 'Amazon grew faster.', summary: null };

describe('runView', () => {
  test('when the run is complete then steps, outputs, times and the result are shown', () => {
    const run = runOf({
      state: 'COMPLETE',
      current_step_index: 2,
      usage: { calls: 3, input_tokens: 1200, output_tokens: 340 },
      outputs: { clarifications: [], step_outputs: {}, final_output: result },
      steps: [
        stepRecord({ output: amazon }),
        stepRecord({ path: '1', output: google }),
        stepRecord({ path: '2', output: result }),
      ],
    });
    expect(runView(run, look, { plan: seedPlan })).toBe(`\
Run prun-18d9aa91-0066-413f-af32-b979bce89821
of  plan-1dcd74a4-0af5-490a-a7d0-0df4fd983977
Which stock price grew faster, Amazon or Google?
✔ COMPLETE  3 of 3 steps · started 2 h ago · 3 model calls, 1,540 tokens

 1 ✔ search_tool  Search for the latest stock price growth data for Amaz…  1.2 s
                  → $amazon_stock_growth = "Amazon stock grew by 52 %, a…
 2 ✔ search_tool  Search for the latest stock price growth data for Goog…  1.2 s
                  → $google_stock_growth = (12.3 kB, kept aside) $google…
 3 ✔ llm_tool     Compare the stock price growth of Amazon and Google.     1.2 s
                  → $stock_growth_comparison = "Amazon grew faster."

Result
  Amazon grew faster.
`);
  });

  test('when the plan is not there then every iteration has its own value', () => {
    const steps = [50, 500].map((value, index) =>
      stepRecord({ path: `0[${index}].steps.0`, output_name: '$r', output: { value, summary: null } }),
    );
    const text = runView(runOf({ state: 'COMPLETE', steps }), look, { plan: undefined });
    expect(text).toMatch(/1\[1\]\.1 ✔ +→ \$r = 50 .*\n1\[2\]\.1 ✔ +→ \$r = 500 /);
    expect(text).not.toContain('times');
  });

  test('when a block is done then what it passed over is marked as skipped, and the branch it took as done', () => {
    const compute = (expression: string) => ({ kind: 'compute', expression, output: '$x' });
    const plan = planOf([
      { kind: 'if', branches: [{ when: '$a', steps: [compute('1')] }], else: [compute('2'), compute('3')] },
      { kind: 'for_each', over: '[]', as: 'item', steps: [compute('4')] },
      { kind: 'if', branches: [{ when: '$b', steps: [compute('5')] }], else: [compute('6')] },
    ]);
    const done = ['0', '0.else.0', '0.else.1', '1'].map((path) => stepRecord({ path, output: result }));
    const running = ['2', '2.branches.0.steps.0'].map((path) => stepRecord({ path, status: 'running' }));
    const text = runView(runOf({ state: 'IN_PROGRESS', steps: [...done, ...running] }), look, { plan });
    const marks = text.split('\n').flatMap((line) => /^ +[\d.else]+ \S (?=\w)/.exec(line)?.[0].trim() ?? []);
    expect(marks).toEqual([
      ...['1 ✔', '1.1 ↷', '1.1.1 ↷', '1.else ✔', '1.else.1 ✔', '1.else.2 ✔'],
      ...['2 ✔', '2.1 ↷'],
      ...['3 ▶', '3.1 ▶', '3.1.1 ▶', '3.else ·', '3.else.1 ·'],
    ]);
  });

  test('when an old file has neither its plan nor times then its outputs are shown, and no time is made up', () => {
    const { metadata } = runOf({});
    const shown = runView(
      runOf({
        state: 'COMPLETE',
        outputs: { clarifications: [], step_outputs: { $amazon: amazon }, final_output: null },
        steps: [stepRecord({ finished_at: null })].map(({ output: _output, output_name: _name, ...step }) => step),
        metadata: { ...metadata, last_seq: 0 },
      }),
      look,
    );
    expect(shown).toContain('→ $amazon = "Amazon stock grew by 52 %, as many pages say');
    expect(shown).not.toMatch(/started|\d m?s\b/);
  });

  test('when the run waits for an answer then the question and its command are shown', () => {
    const run = runOf({
      state: 'NEED_CLARIFICATION',
      outputs: {
        clarifications: [
          question({ category: 'Input', user_guidance: 'Which city?', argument_name: 'city', path: '0' }),
        ],
        step_outputs: {},
        final_output: null,
      },
      pause: { reason: 'clarification', next: `portia resume ${RUN_ID}` },
      steps: [stepRecord({ status: 'waiting', reason: 'it needs an answer', finished_at: null })],
    });
    expect(runView(run, look, { plan: planOf([{ task: 'Look up', tool_id: 'weather_tool', output: '$w' }]) })).toBe(`\
Run prun-18d9aa91-0066-413f-af32-b979bce89821
of  plan-1dcd74a4-0af5-490a-a7d0-0df4fd983977
Which stock price grew faster, Amazon or Google?
⏸ NEED_CLARIFICATION  0 of 3 steps · started 2 h ago

 1 ⏸ weather_tool  Look up
                   → $w
                   waiting: it needs an answer

⏸ 1 open question

   Which city?
   city: text
   asked by step 1
   portia resume prun-18d9aa91-0066-413f-af32-b979bce89821 --answer city=VALUE

   Next  portia resume prun-18d9aa91-0066-413f-af32-b979bce89821   asks here
`);
  });

  test('when the run failed then the step, the error and the next command are shown', () => {
    const error = { code: 'tool-failed', message: 'The server said: 500', step: '1', retryable: true };
    const run = runOf({
      state: 'FAILED',
      error,
      plan_run_inputs: { $city: { value: 'London', summary: null } },
      steps: [
        stepRecord({ status: 'skipped', reason: '"at least 3" does not hold' }),
        stepRecord({ path: '1', status: 'failed', error }),
      ],
    });
    expect(runView(run, look, { plan: seedPlan }).split('\n').slice(3, -1).join('\n')).toBe(`\
✖ FAILED  1 of 3 steps · started 2 h ago
$city = "London"

 1 ↷ search_tool  Search for the latest stock price growth data for Amaz…  1.2 s
                  skipped: "at least 3" does not hold
 2 ✖ search_tool  Search for the latest stock price growth data for Goog…  1.2 s
                  → $google_stock_growth
                  The server said: 500
 3 · llm_tool     Compare the stock price growth of Amazon and Google.
                  → $stock_growth_comparison

✖ Step 2: The server said: 500  [tool-failed]

Next  portia resume prun-18d9aa91-0066-413f-af32-b979bce89821   # continues at that step
      portia run-plan plan-1dcd74a4-0af5-490a-a7d0-0df4fd983977   # a new run, with other inputs`);
  });

  test('when the message of a failure fills its line then its code stands below', () => {
    const error = { code: 'tool-failed', message: 'm'.repeat(68), step: '0', retryable: true };
    const text = runView(runOf({ state: 'FAILED', error }), look);
    expect(text).toContain(`✖ Step 1: ${error.message}\n  [tool-failed]\n`);
  });

  test('when a person ended the run then no next command is offered', () => {
    const error = { code: 'declined', message: 'A person said no.', step: '0', retryable: false };
    expect(runView(runOf({ state: 'FAILED', error }), look)).not.toContain('Next');
  });

  test('when a file of the Python SDK has no step records then its outputs tell what is done', () => {
    const run = runOf({
      state: 'COMPLETE',
      current_step_index: 2,
      outputs: { clarifications: [], step_outputs: { amazon_stock_growth: amazon }, final_output: result },
    });
    const text = runView(run, look, { plan: seedPlan });
    expect(text).toContain('→ $amazon_stock_growth = "Amazon stock grew by 52 %');
    expect(text.match(/✔/g)).toHaveLength(4);
  });

  test('when the plan is gone then the steps that were begun are shown', () => {
    const text = runView(
      runOf({ steps: [stepRecord({ path: '4[2].steps.0', output_name: 'x', output: result })] }),
      look,
    );
    expect(text).toContain('5[3].1 ✔   → $x = "Amazon grew faster."');
  });

  test.each(['time', 'signal'] as const)('when a run waits for a %s then it is not called stopped', (reason) => {
    const text = runView(runOf({ pause: { reason, next: 'portia resume last' } }), look);
    expect(text).toContain('IN_PROGRESS (waiting)');
  });

  test.each([
    ['nobody drives it', undefined, '⏸ IN_PROGRESS (stopped)', true],
    ['a process drives it', { pid: 7, host: 'box', since: '10:00' }, 'driven by process 7 on box since 10:00', false],
    [
      'a process that cannot be seen drives it',
      { pid: 7, host: 'box', since: '10:00', last_sign: look.now.toISOString() },
      'driven by process 7 on box since 10:00, last sign of life just now',
      false,
    ],
  ])('when a run is in progress and %s then that is said', (_case, owner, words, hasNext) => {
    const text = runView(runOf(), look, { owner });
    expect(text).toContain(words);
    expect(text.includes(`portia resume ${RUN_ID}`)).toBe(hasNext);
  });

  test('when the terminal is narrow then names give way to the text, and nothing is wider than it', () => {
    const steps = [{ kind: 'tool', tool_id: 'calculator_tool', args: { math_question: '{{ $i }} + 1' }, output: 'e' }];
    const plan = planOf([{ kind: 'for_each', over: '$numbers', as: 'i', steps, output: '$all' }]);
    const paths = ['0[0].steps.0', '0[1].steps.0', '0[2].steps.0'];
    const run = runOf({ state: 'COMPLETE', steps: [stepRecord({}), ...paths.map((path) => stepRecord({ path }))] });
    for (const columns of [40, 44, 49, 56]) {
      for (const isWhole of [false, true]) {
        const lines = runView(run, { ...look, columns }, { plan, isWhole }).split('\n');
        expect(lines.slice(2).filter((line) => line.length > columns)).toEqual([]);
        const text = lines.join(' ').replace(/\s+/g, ' ');
        expect([text.includes('math_q'), text.includes(isWhole ? '1[3] ✔ round' : '(3 rounds)')]).toEqual([true, true]);
      }
    }
  });

  test('when a step of a loop failed or was skipped then it says in which rounds, and the loop does not repeat why', () => {
    const plan = planOf([
      { kind: 'for_each', over: '$l', as: 'i', steps: [{ kind: 'compute', expression: '$i', output: 'x' }] },
    ]);
    const error = { code: 'tool-failed', message: 'It broke.', step: '0[2].steps.0', retryable: false };
    const steps = [
      stepRecord({ status: 'failed', error }),
      stepRecord({ path: '0[0].steps.0', of: 300 }),
      stepRecord({ path: '0[1].steps.0', status: 'skipped', reason: 'no' }),
      stepRecord({ path: '0[2].steps.0', status: 'failed', error }),
    ];
    const text = runView(runOf({ state: 'FAILED', error, steps }), look, { plan });
    expect(text).toContain('1.1 ✖ compute  $i (3 rounds, 1 skipped, failed in 1[3])');
    expect(text).toContain(' 1 ✖ for each     $i in $l (at 3 of 300) ');
    expect(text.match(/It broke\./g)).toHaveLength(2);
  });

  test('when a step of a loop ran several times then it says how often', () => {
    const plan = planOf([
      { kind: 'for_each', over: '$l', as: 'i', steps: [{ kind: 'compute', expression: '$i', output: 'x' }] },
    ]);
    const paths = ['0[0].steps.0', '0[1].steps.0', '0[2].steps.0'];
    expect(runView(runOf({ steps: paths.map((path) => stepRecord({ path })) }), look, { plan })).toContain(
      '(3 rounds)',
    );
  });

  test('when such a step has much to say, or nothing, then how often is not cut off', () => {
    const compute = { kind: 'compute', expression: `$i & "${'x'.repeat(200)}"`, output: 'x' };
    const branches = [{ when: '$i = 1', steps: [compute] }];
    const steps = [{ kind: 'if', branches, else: [{ kind: 'exit', message: 'no' }] }];
    const plan = planOf([{ kind: 'for_each', over: '$l', as: 'i', steps }]);
    const records = ['0[0].steps.0', '0[1].steps.0'].flatMap((path) =>
      [path, `${path}.branches.0.steps.0`].map((own) => stepRecord({ path: own })),
    );
    const text = runView(runOf({ steps: records }), look, { plan });
    expect(text).toMatch(/1\.1 ✔ if +\(2 rounds\)/);
    expect(text).toMatch(/1\.1\.1\.1 ✔ compute +\$i & "x+… \(2 rounds\) /);
    // The branch that was taken is done, the other one is not.
    expect(text).toMatch(/1\.1\.1 ✔ branch/);
    expect(text).toMatch(/1\.1\.else ↷ else/);
  });

  test('when all of it is wanted then arguments, values and the result are shown to their end', () => {
    const long = `begin ${'word '.repeat(100)}end`;
    const step = { kind: 'tool', tool_id: 'send', args: { to: '{{ $who }}', body: long }, output: '$sent' } as const;
    const value = { value: `${long} sent`, summary: null };
    const run = runOf({
      state: 'COMPLETE',
      plan_run_inputs: { $who: { value: 'Ada', summary: null }, $all: { value: `${long} given`, summary: null } },
      outputs: {
        clarifications: [],
        step_outputs: {},
        final_output: { value: `${'line\n'.repeat(30)}last`, summary: null },
      },
      steps: [stepRecord({ output: value, output_name: '$sent' })],
    });
    const plan = planOf([step]);
    const whole = runView(run, look, { plan, isWhole: true });
    for (const text of ['with to: "Ada"', 'end"', 'end sent"', 'end given"', '  last\n']) expect(whole).toContain(text);
    expect(whole.split('\n').filter((line) => line.length > look.columns || line.includes('…'))).toEqual([]);
    expect(runView(run, look, { plan })).not.toMatch(/with to|end sent|end given|^ {2}last$/m);
  });

  test('when the result is long then the rest is a command away', () => {
    const run = runOf({
      state: 'COMPLETE',
      outputs: { clarifications: [], step_outputs: {}, final_output: { value: 'line\n'.repeat(1000), summary: null } },
    });
    expect(runView(run, look)).toContain(`… all of it: portia show ${RUN_ID} --format value`);
    expect(runView(run, look, { name: 'run.ndjson' })).toContain('… all of it: portia show run.ndjson --format value');
  });

  test('when texts of the run hold escape sequences then they are shown', () => {
    const attack = 'a\u001b[2Jb\u202e';
    const error = { code: 'tool-failed', message: attack, step: '0', retryable: true };
    const evil = { value: attack, summary: attack };
    const run = runOf({
      state: 'FAILED',
      error,
      plan_run_inputs: { [attack]: evil },
      steps: [stepRecord({ status: 'failed', reason: attack, output_name: attack, output: evil, error })],
    });
    expect(runView(run, look)).not.toMatch(/[\u001b\u202e]/);
    const complete = { clarifications: [], step_outputs: {}, final_output: evil };
    expect(runView(runOf({ state: 'COMPLETE', outputs: complete }), look)).not.toMatch(/[\u001b\u202e]/);
  });
});
