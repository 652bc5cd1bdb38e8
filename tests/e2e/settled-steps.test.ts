import { describe, expect, test } from 'vitest';

import { portiaHere } from '../support/portia-here.js';
import { makeProject } from '../support/portia.js';
import { expectError } from '../support/printed-error.js';
import { readEvents } from '../support/scenario.js';
import { idOf, linesOf, tied, writeLines } from '../support/signed-project.js';

const PLAN = {
  plan_context: { query: 'Weather' },
  steps: [
    { kind: 'tool', tool_id: 'file_reader_tool', args: { filename: 'gone.txt' }, output: '$text' },
    { kind: 'compute', expression: '$uppercase($text)', output: '$loud' },
  ],
};

async function failedProject(): Promise<string> {
  const cwd = makeProject({ 'plan.json': PLAN });
  expect(await portiaHere(['run-plan', 'plan.json'], { cwd })).toMatchObject({ code: 1 });
  return cwd;
}

test('when a step is said to be done by hand then the run continues with its value', async () => {
  const cwd = await failedProject();
  const resumed = await portiaHere(['resume', 'last', '--done', '$text=Rain', '--format', 'value'], { cwd });
  expect(resumed).toMatchObject({ code: 0, stdout: 'RAIN\n' });
});

describe.each([
  { flags: ['--done', '$text=Rain'], how: 'done', other: { value: { value: 'Sun' } } },
  { flags: ['--skip', '0'], how: 'skipped', other: { how: 'done', value: { value: 'Sun' } } },
])('a step that a person settled as $how', ({ flags, how, other }) => {
  test('when its run is verified then who said so is signed', async () => {
    const cwd = await failedProject();
    expect(await portiaHere(['resume', 'last', ...flags], { cwd })).toMatchObject({ code: 0 });
    const settled = readEvents(cwd, idOf(cwd)).find(({ type }) => type === 'step.settled');
    expect(settled).toMatchObject({ how, by: { user: expect.any(String) }, signature: expect.any(Object) });
    const verified = await portiaHere(['verify', 'last', '--json'], { cwd });
    expect(verified.code).toBe(0);
    expect(JSON.parse(verified.stdout)).toMatchObject({
      holds: true,
      consents: [{ step: '0', how, counts: true, signer: { kind: 'own' } }],
    });
  });

  test('when its line in the log is changed then verify names it', async () => {
    const cwd = await failedProject();
    await portiaHere(['resume', 'last', ...flags], { cwd });
    const events = readEvents(cwd, idOf(cwd));
    const at = events.findIndex(({ type }) => type === 'step.settled');
    writeLines(
      cwd,
      linesOf(cwd).map((line, index) => (index === at ? JSON.stringify({ ...events[at], ...other }) : line)),
    );
    const verified = await portiaHere(['verify', 'last', '--json'], { cwd });
    expect(verified.code).toBe(2);
    expect(JSON.parse(verified.stdout)).toMatchObject({ holds: false, first_bad: { seq: at + 1 } });
    // And when all that follow are tied to the change.
    writeLines(cwd, tied(events.map((event, index) => (index === at ? { ...event, ...other } : event))));
    const tiedAgain = await portiaHere(['verify', 'last', '--json'], { cwd });
    expect(tiedAgain.code).toBe(2);
    expect(JSON.parse(tiedAgain.stdout)).toMatchObject({ holds: false, first_bad: { seq: at + 1 } });
  });
});

test('when a step is skipped then show says who skipped it', async () => {
  const cwd = await failedProject();
  expect(await portiaHere(['resume', 'last', '--skip', '0'], { cwd })).toMatchObject({ code: 0 });
  const shown = await portiaHere(['show', 'last', '--as', 'tree'], { cwd });
  expect(shown.stdout).toMatch(/skipped: left out by \S+/);
});

test.each([
  ['$all=[]', '[]'],
  ['$all=["a"]', '["a"]'],
  ['$all=a', '["a"]'],
])('when a loop is said to have left %s then its value is the list %s', async (done, value) => {
  const loop = { kind: 'for_each', over: ['gone.txt'], as: 'file', steps: [PLAN.steps[0]], output: '$all' };
  const cwd = makeProject({ 'plan.json': { plan_context: { query: 'Weather' }, steps: [loop] } });
  expect(await portiaHere(['run-plan', 'plan.json'], { cwd })).toMatchObject({ code: 1 });
  const resumed = await portiaHere(['resume', 'last', '--done', done, '--format', 'value'], { cwd });
  expect(resumed).toMatchObject({ code: 0, stdout: `${value}\n` });
});

test.each<[string[], RegExp]>([
  [['--skip', '$tex'], /Did you mean \$text\?/],
  [['--done', '$text:=Rain'], /--done '\$text=text'/],
  [['--done', '=5'], /Name it by its output/],
  [['--skip', ''], /Name it by its output/],
  [['--done', '$text'], /--done '0:=VALUE'/],
])('when the flags are %j then nothing is done', async (flags, fix) => {
  const cwd = await failedProject();
  const refused = await portiaHere(['resume', 'last', ...flags, '--json'], { cwd });
  expect(expectError(refused, { code: 'usage', exit: 2 }).fix).toMatch(fix);
});

const FORM = { type: 'object', properties: { n: { type: 'number' } }, required: ['n'] };

test('when an answer has another form than its step leaves and no model is set then it is refused, and asked for', async () => {
  const step = { kind: 'user_input', message: 'How many?', output: '$x', output_schema: FORM };
  const cwd = makeProject({ 'plan.json': { plan_context: { query: 'Count' }, steps: [step] } });
  expect(await portiaHere(['run-plan', 'plan.json'], { cwd })).toMatchObject({ code: 8 });
  const refused = await portiaHere(['resume', 'last', '--answer', 'x=three'], { cwd });
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('answer-refused') });
  const done = await portiaHere(['resume', 'last', '--answer', 'x:={"n":3}', '--format', 'value'], { cwd });
  expect(done).toMatchObject({ code: 0, stdout: '{"n":3}\n' });
});

test('when a result has no form and no model is set then the command that is named takes the value', async () => {
  const step = { ...PLAN.steps[0], output_schema: FORM };
  const cwd = makeProject({ 'plan.json': { plan_context: { query: 'Count' }, steps: [step] }, 'gone.txt': 'three' });
  const { fix } = expectError(await portiaHere(['run-plan', 'plan.json'], { cwd }), {
    code: 'step-failed',
    exit: 1,
  });
  const [, id = '', settle = ''] = /^portia resume (\S+) --done (\S+)VALUE /.exec(fix ?? '') ?? [];
  const done = await portiaHere(['resume', id, '--done', `${settle}{"n":3}`, '--format', 'value'], { cwd });
  expect(done).toMatchObject({ code: 0, stdout: '{"n":3}\n' });
});
