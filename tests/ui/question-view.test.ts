import { describe, expect, test } from 'vitest';

import { parseAnswerFlags } from '../../src/clarifications/answer-flags.js';
import { matchAnswers } from '../../src/clarifications/match-answers.js';
import type { Clarification } from '../../src/domain/run/clarification.js';
import { plainCommand } from '../../src/domain/next-step.js';
import { answerCommands } from '../../src/clarifications/answer-commands.js';
import { openQuestionsJson, questionView } from '../../src/ui/question-view.js';
import { question } from '../support/question-examples.js';
import { look, runOf, RUN_ID } from '../support/view-examples.js';

const RESUME = `portia resume ${RUN_ID}`;
const asking = (...clarifications: Clarification[]) =>
  runOf({ outputs: { clarifications, step_outputs: {}, final_output: null } });

describe('questionView', () => {
  test('when one question is open then its options and the exact command are shown', () => {
    const which = question({
      category: 'Multiple Choice',
      user_guidance: 'Which weather.txt?',
      options: ['demo_runs/weather.txt', 'old/weather.txt', 50, '50', { a: 1 }, ''],
      path: '0',
      source: 'file_reader_tool',
    });
    expect(questionView(asking(which), look)).toBe(`\
⏸ 1 open question

   Which weather.txt?
   filename: one of
     #1 demo_runs/weather.txt
     #2 old/weather.txt
     #3 50
     #4 "50"
     #5 {"a":1}
     #6 ""
   asked by step 1, file_reader_tool
   ${RESUME} --answer filename=demo_runs/weather.txt

   Next  ${RESUME}   asks here
`);
  });

  test('when several are open then each has its commands and all fit into one', () => {
    const first = question({ category: 'User Verification', user_guidance: 'Right?', path: '1' });
    const second = question({
      category: 'Input',
      argument_name: 'n',
      schema: { type: 'integer', minimum: 1 },
      path: '1',
    });
    expect(questionView(asking(first, second), look)).toBe(`\
⏸ 2 open questions

   Right?
   verify: yes or no
   asked by step 2
   ${RESUME} --answer verify=yes
   ${RESUME} --answer verify=no

   Please answer.
   n: a whole number, at least 1
   asked by step 2
   ${RESUME} --answer n=VALUE

   Next  ${RESUME}   asks here
         ${RESUME} --answer verify=VALUE --answer n=VALUE
`);
  });

  test('when several are open then the one command has the form that each of them takes', () => {
    const asked = asking(
      question({ category: 'Custom', name: 'form' }),
      question({ category: 'Input', argument_name: 'pin', schema: { type: 'string', format: 'password' } }),
      question({ category: 'Input', argument_name: 'n' }),
    );
    expect(questionView(asked, look)).toContain('--answer form:=VALUE --answer pin=@FILE --answer n=VALUE\n');
  });

  test('when a call needs approval then its effect and where its arguments came from are shown, and nothing hidden', () => {
    const page = { from: 'tool', tool: 'fetch_tool', step: '0', name: '$page' };
    const call = question({
      category: 'User Verification',
      tool_id: 'send_mail',
      args: { to: 'a\u200b@example.com', body: 'x\u00a0y', copies: 1 },
      effect: 'once',
      sends: true,
      sources: {
        to: [{ from: 'plan' }, { from: 'input', name: '$who' }],
        body: [{ from: 'model', step: '1', model: 'openai/gpt-5', read: [page, { from: 'person', step: '1' }] }],
        copies: [{ from: 'tool', tool: 'send_mail' }],
      },
    });
    const lines = questionView(asking(call), { ...look, columns: 120 })
      .split('\n')
      .map((line) => line.trim());
    expect(
      lines.slice(lines.indexOf('send_mail (acts; must not happen twice; the arguments leave the machine)')),
    ).toEqual(
      expect.arrayContaining([
        String.raw`to: "a\u{200b}@example.com"`,
        'from the plan; $who (an input)',
        String.raw`body: "x\u{a0}y"`,
        'from the model openai/gpt-5 (step 2), which had read: $page (fetch_tool, step 1), a person (step 2)',
        'from a default of send_mail',
      ]),
    );
  });

  test('when a call needs approval then all of its arguments are shown', () => {
    const body = 'word '.repeat(2000);
    const approval = question({
      category: 'User Verification',
      user_guidance: 'send_mail may act.',
      tool_id: 'send_mail',
      args: { to: 'a\u202eb', body },
    });
    const text = questionView(asking(approval), look);
    expect(text).toContain(String.raw`to: "a\u{202e}b"`);
    expect(text.match(/word/g)).toHaveLength(2000);
    expect(text).toContain('verify: yes (make this call) or no (end the run)');
  });

  test('when no question is open then nothing is shown', () => {
    expect(questionView(asking({ ...question({ category: 'Input' }), resolved: true }), look)).toBe('');
  });
});

describe('answerCommands', () => {
  const evil = 'a\u001bb';
  test.each([
    ['an option with spaces', { options: ["it's here"] }, `--answer 'filename=it'\\''s here'`],
    ['an option that is text like a number', { options: ['50', 50] }, '--answer filename=50'],
    ['an option that is a number', { options: [50, '50'] }, "--answer 'filename=#1'"],
    ['an option that looks like a file', { options: ['@x'] }, "--answer 'filename=#1'"],
    ['an option that cannot be pasted', { options: [evil] }, "--answer 'filename=#1'"],
    ['an option that is an object', { options: [{ a: 1 }] }, "--answer 'filename=#1'"],
    ['an option that is too long', { options: ['x'.repeat(100)] }, "--answer 'filename=#1'"],
    ['a listed value', { category: 'Input', schema: { enum: [1, 2] } }, '--answer filename:=1'],
    ['a secret', { category: 'Input', schema: { type: 'string', format: 'password' } }, '--answer filename=@FILE'],
    ['an action', { category: 'Action' }, '--answer action=done'],
    ['a custom question', { category: 'Custom', name: 'form' }, '--answer form:=VALUE'],
    ['an output with a dollar', { category: 'Input', argument_name: '$city' }, `--answer '$city=VALUE'`],
  ])('when the first answer is %s then the command is %#', (_case, fields, expected) => {
    const asked = question({ category: 'Multiple Choice', ...fields });
    expect(answerCommands(asking(asked), asked, [asked]).map(plainCommand)[0]).toBe(`${RESUME} ${expected}`);
  });

  test.each([["it's"], [50], ['50'], [{ a: 1 }], ['#2'], [evil], [null]])(
    'when the printed command for the option %j is used then it selects that option',
    async (option) => {
      const asked = question({ category: 'Multiple Choice', options: [option, 'other'] });
      const [command = ''] = answerCommands(asking(asked), asked, [asked]).map(plainCommand);
      const { execFileSync } = await import('node:child_process');
      const flag = execFileSync('/bin/sh', ['-c', `portia() { printf %s "$4"; }; ${command}`], { encoding: 'utf8' });
      const given = await parseAnswerFlags([flag], () => Promise.reject(new Error('no file is read')));
      expect(matchAnswers(given, { open: [asked], all: [asked] })).toMatchObject({
        answers: [{ response: option }],
        problems: [],
      });
    },
  );
});

describe('openQuestionsJson', () => {
  test('when questions are open then programs get the records, selectors and commands', () => {
    const first = question({ category: 'Input', argument_name: 'city', path: '0' });
    const second = question({ category: 'Input', argument_name: 'city', path: '1' });
    const done = { ...question({ category: 'Input' }), resolved: true };
    expect(openQuestionsJson(asking(first, done, second))).toMatchObject({
      run_id: RUN_ID,
      questions: [
        {
          id: first.id,
          category: 'Input',
          selector: first.id.slice(-8),
          commands: [`${RESUME} --answer ${first.id.slice(-8)}=VALUE`],
        },
        { id: second.id, selector: second.id.slice(-8) },
      ],
      next: RESUME,
    });
  });
});
