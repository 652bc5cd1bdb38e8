import { describe, expect, test } from 'vitest';

import { addPlan, completeRun, makeExampleProject, pausedRun } from '../support/example-project.js';
import { listFolder } from '../support/folder-listing.js';
import { portiaHere } from '../support/portia-here.js';
import { portia } from '../support/portia.js';
import { expectError } from '../support/printed-error.js';
import { onlyRun, printedQuestions, readRun, runPrinted } from '../support/scenario.js';

/** Flags, the error's code, and what the message, why or fix says. */
const REFUSED: [what: string, flags: string[], code: string, says: RegExp][] = [
  ['a question that was not asked', ['--answer', 'colour=blue'], 'answer-refused', /colour[^]*filename/],
  [
    'an unknown clarification',
    ['--answer', 'clar-019a0000-0000-7000-8000-00000000dead=x'],
    'answer-refused',
    /filename/,
  ],
  ['an option that does not exist', ['--answer', 'filename=no/such.txt'], 'answer-refused', /demo_runs\/weather\.txt/],
  ['an option beyond the last', ['--answer', 'filename=#3'], 'answer-refused', /demo_runs\/weather\.txt/],
  ['the wrong type', ['--answer', 'filename:=3'], 'answer-refused', /demo_runs\/weather\.txt/],
  [
    'two answers for one question',
    ['--answer', 'filename=#1', '--answer', '0.filename=#2'],
    'answer-refused',
    /one answer for each/,
  ],
  ['one good and one wrong answer', ['--answer', 'filename=#1', '--answer', 'colour=blue'], 'answer-refused', /colour/],
  ['no value', ['--answer', 'filename'], 'usage', /--answer filename=notes\.txt/],
  ['no name', ['--answer', '=x'], 'usage', /--answer filename=notes\.txt/],
  ['a value that is not JSON', ['--answer', 'filename:=old'], 'usage', /is not JSON/],
  ['a file that is not there', ['--answer', 'filename=@nothing.txt'], 'not-found', /nothing\.txt/],
  ['a document that is not there', ['--answers', 'nothing.json'], 'not-found', /nothing\.json/],
  ['a document that is not JSON', ['--answers', 'notes.md'], 'unreadable', /notes\.md/],
  ['a document of the wrong type', ['--answers', 'number.json'], 'unreadable', /number\.json/],
  ['a document from an empty standard input', ['--answers', '-'], 'unreadable', /-/],
  ['an approval instead of an answer', ['--answer', 'verify=yes'], 'answer-refused', /filename/],
];

describe('an answer that does not fit', () => {
  test.each(REFUSED)(
    'when it is %s then resume refuses it, exits 2, and the question stays open',
    async (_what, flags, code, says) => {
      const cwd = makeExampleProject({ 'number.json': '7' });
      const id = await pausedRun(cwd);
      const before = listFolder(cwd);
      const result = await portiaHere(['resume', id, ...flags], { cwd });
      const error = expectError(result, { code, exit: 2 });
      if (code === 'answer-refused') expect(error).toMatchObject({ run_id: id, resumable: true });
      expect(result.stdout).toBe('');
      expect(`${error.message}\n${error.why}\n${error.fix}`).toMatch(says);
      expect(listFolder(cwd)).toEqual(before);
    },
  );

  test.each(REFUSED)('when it is %s then answer refuses it alike', async (_what, flags, code) => {
    const cwd = makeExampleProject({ 'number.json': '7' });
    const id = await pausedRun(cwd);
    const before = listFolder(cwd);
    const words = flags.filter((flag) => flag !== '--answer');
    expectError(await portiaHere(['answer', id, ...words], { cwd }), { code, exit: 2 });
    expect(listFolder(cwd)).toEqual(before);
  });

  test('when a question was answered already then a second answer is refused and the first one counts', async () => {
    const cwd = makeExampleProject();
    const id = await pausedRun(cwd);
    expect(await portiaHere(['answer', id, 'filename=old/weather.txt'], { cwd })).toMatchObject({ code: 0 });
    const before = listFolder(cwd);
    for (const args of [
      ['answer', id, 'filename=demo_runs/weather.txt'],
      ['resume', id, '--answer', 'filename=demo_runs/weather.txt'],
    ]) {
      const { message } = expectError(await portiaHere(args, { cwd }), { code: 'answer-refused', exit: 2 });
      expect(message).toMatch(/already/);
    }
    expect(listFolder(cwd)).toEqual(before);
    expect(await portiaHere(['resume', id, '--format', 'value'], { cwd })).toMatchObject({
      code: 0,
      stdout: 'Rain\n\n',
    });
  });

  test('when a run is complete then an answer is refused', async () => {
    const cwd = makeExampleProject();
    const id = await completeRun(cwd);
    const before = listFolder(cwd);
    expectError(await portiaHere(['answer', id, 'filename=x'], { cwd }), { code: 'answer-refused', exit: 2 });
    expect(listFolder(cwd)).toEqual(before);
  });

  test('when a run was cancelled then neither an answer nor resume brings it back', async () => {
    const cwd = makeExampleProject();
    const id = await pausedRun(cwd);
    await portiaHere(['cancel', id, '--yes'], { cwd });
    const before = listFolder(cwd);
    const resumed = await portiaHere(['resume', id, '--answer', 'filename=#1'], { cwd });
    expect(JSON.parse(resumed.stdout)).toMatchObject({ id, state: 'FAILED', error: { code: 'declined' } });
    for (const args of [
      ['answer', id, 'filename=#1'],
      ['resume', id],
    ]) {
      expectError(await portiaHere(args, { cwd }), { code: 'declined', exit: 9 });
    }
    for (const yes of [[], ['--yes']])
      expectError(await portiaHere(['cancel', id, ...yes], { cwd }), { code: 'run-final', exit: 2 });
    expect(listFolder(cwd)).toEqual(before);
  });
});

describe('an answer that fits two questions', () => {
  const ASKING = `
    import { defineTool } from 'portia';
    import * as z from 'zod';
    const ask = (text: string) => ({ category: 'Input', argument_name: 'name', user_guidance: text });
    export const greeter = defineTool({
      id: 'greeter', name: 'Greeter', description: 'Greets two people', effect: 'read', args: z.object({}),
      async run(context: any) {
        if (context.answers.length < 2) return { kind: 'clarifications', clarifications: [ask('The first name?'), ask('The second name?')] };
        return { kind: 'output', value: context.answers.map((answer: any) => answer.response).join(' and ') };
      },
    });
  `;
  const greet = addPlan({
    plan_context: { query: 'greet', tool_ids: ['greeter'] },
    steps: [{ kind: 'tool', tool_id: 'greeter', args: {}, output: '$greeting' }],
  });

  test('when an argument name is all it has then it is refused with the exact selectors, which work', async () => {
    const cwd = makeExampleProject({
      'portia.json': { tools: { modules: ['./greeter.ts'] } },
      'greeter.ts': ASKING,
      'greet.json': greet,
    });
    const paused = await portiaHere(['run-plan', 'greet.json'], { cwd });
    const { run_id: id, questions } = printedQuestions(paused.stderr);
    const [first = '', second = ''] = questions.map(({ selector }) => selector);
    expect(first).not.toBe(second);
    const before = listFolder(cwd);
    for (const selector of ['name', '0.name']) {
      const refused = await portiaHere(['resume', id, '--answer', `${selector}=Ann`], { cwd });
      const { fix } = expectError(refused, { code: 'answer-refused', exit: 2 });
      for (const exact of [first, second]) expect(fix).toContain(exact);
    }
    expect(listFolder(cwd)).toEqual(before);

    const partly = await portiaHere(['resume', id, '--answer', `${second}=Bob`], { cwd });
    expect(partly.code).toBe(8);
    const [left] = printedQuestions(partly.stderr).questions;
    const command = (left?.commands[0] ?? '').replace('VALUE', 'Ann');
    expect(await runPrinted(`${command} --format value`, { cwd })).toMatchObject({ code: 0, stdout: 'Ann and Bob\n' });
    expect(readRun(cwd, id).state).toBe('COMPLETE');
  });
});

describe('an answer given before its question', () => {
  test('when nothing asks for it then it is a warning, and the run ends as it does', async () => {
    const cwd = makeExampleProject();
    const { code, stderr } = await portiaHere(['run-plan', 'plan.json', '--answer', '0.filename=x'], { cwd });
    expect(code).toBe(0);
    expect(stderr).toMatch(/0\.filename was not used; nothing was asked/);
  });

  test('when it names only the argument then it is refused with the selector that would do', async () => {
    const cwd = makeExampleProject();
    const result = await portiaHere(['run', 'read weather.txt', '--yes', '--answer', 'filename=x'], { cwd });
    expect(expectError(result, { code: 'answer-refused', exit: 2 }).fix).toBe("Use one of: '$content.filename'");
  });

  test('when it is for an approval then the warning says why it was not used, and what would do', async () => {
    const step = { kind: 'tool', tool_id: 'file_writer_tool', args: { filename: 'notes.md', content: 'x' } };
    const cwd = makeExampleProject({ 'write.json': addPlan({ steps: [{ ...step, output: '$file' }] }) });
    const { code, stderr } = await portiaHere(['run-plan', 'write.json', '--answer', '0.verify=yes'], { cwd });
    expect(code).toBe(8);
    expect(stderr).toMatch(/answered only once it is\s+asked \(beforehand: --approve file_writer_tool\)/);
  });

  test('when it does not fit its question then the question stays open', async () => {
    const cwd = makeExampleProject();
    const asked = ['run', 'read weather.txt', '--yes', '--answer', '0.filename=nonsense.txt'];
    const { code, stderr } = await portia(asked, { cwd });
    expect(code).toBe(8);
    expect(stderr).toContain('does not fit its question');
    expect(onlyRun(cwd).outputs.clarifications).toMatchObject([{ resolved: false }]);
  });
});
