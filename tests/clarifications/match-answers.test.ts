import { describe, expect, test } from 'vitest';

import type { GivenAnswer } from '../../src/clarifications/answer-flags.js';
import { exactSelector } from '../../src/clarifications/answer-selectors.js';
import { combineProblems, matchAnswers, matchAnswersInAdvance } from '../../src/clarifications/match-answers.js';
import type { Clarification } from '../../src/domain/run/clarification.js';
import { question } from '../support/question-examples.js';

const given = (selector: string, text: string): GivenAnswer => ({
  selector,
  origin: `--answer ${selector}`,
  channel: 'flag',
  form: 'text',
  text,
});
const match = (answers: GivenAnswer[], open: Clarification[], all: Clarification[] = open) =>
  matchAnswers(answers, { open, all });

const filename = question({ category: 'Input', argument_name: 'filename', path: '4[2].steps.0', output: 'text' });
const city = question({ category: 'Input', argument_name: 'city', path: '4[2].steps.0', output: 'text' });
const other = question({ category: 'Input', argument_name: 'filename', path: '5', output: '$quantity' });
const verify = question({ category: 'User Verification', path: '6' });
const old = question({ category: 'Input', argument_name: 'n', step: 2 });

describe('matchAnswers', () => {
  test.each([
    ['its argument', 'city', city],
    ['its path and argument', '4[2].steps.0.filename', filename],
    ['its path, when it is the only one there', '5', other],
    ['its output, when it is the only one of it', '$quantity', other],
    ['its output and argument', '$text.city', city],
    ['its whole id', city.id, city],
    ['the end of its id', city.id.slice(-8), city],
    ['verify', 'verify', verify],
    ['the step of an older file', '2.n', old],
  ])('when an answer names %s then it selects that question', (_case, selector, expected) => {
    const matched = match([given(selector, 'yes')], [filename, city, other, verify, old]);
    expect(matched.problems).toEqual([]);
    expect(matched.answers).toEqual([
      { id: expected.id, response: expected === verify ? true : 'yes', channel: 'flag' },
    ]);
  });

  test.each([
    ['an argument of two questions', 'filename', [`'$text.filename'`, `'$quantity.filename'`]],
    ['a path with two questions', '4[2].steps.0', [`'$text.filename'`, 'city']],
    ['an output with two questions', '$text', [`'$text.filename'`, 'city']],
  ])('when an answer names %s then it is refused with the exact selectors', (_case, selector, exact) => {
    const { answers, problems } = match([given(selector, 'x')], [filename, city, other]);
    expect(answers).toEqual([]);
    expect(problems).toMatchObject([{ code: 'answer-refused', details: { fix: `Use one of: ${exact.join(', ')}` } }]);
  });

  test('when an answer is for a question that was never asked then what is open is listed', () => {
    const { problems } = match([given('colour', 'x')], [filename, city]);
    expect(problems).toMatchObject([
      {
        code: 'answer-refused',
        message: 'The answer --answer colour is for a question that was not asked.',
        details: { fix: 'Use one of: filename, city' },
      },
    ]);
  });

  test('when no question is open then it is said that one may come', () => {
    const { problems } = match([given('outcome', 'not_done')], []);
    expect(problems).toMatchObject([{ code: 'answer-refused', details: { why: 'No question is open.' } }]);
    expect(String(problems[0]?.details.fix)).toContain('it asks when it is resumed');
    const over = matchAnswers([given('outcome', 'not_done')], { open: [], all: [] }, { isOver: true });
    expect(over.problems).toMatchObject([{ details: { fix: 'Leave this answer out.' } }]);
  });

  test('when the question is answered already then its answer is said', () => {
    const answered = { ...city, resolved: true, response: 'Paris' };
    const { problems } = match([given('city', 'x')], [filename], [filename, answered]);
    expect(problems).toMatchObject([{ code: 'answer-refused', details: { why: 'Its answer is "Paris".' } }]);
  });

  test('when the question has the same answer already then it is accepted, and nothing is recorded', () => {
    const answered = { ...city, resolved: true, response: 'Paris' };
    expect(match([given('city', 'Paris')], [filename], [filename, answered])).toMatchObject({
      answers: [],
      unused: [],
      problems: [],
    });
  });

  test('when two answers are for one question then the second is refused', () => {
    const { answers, problems } = match([given('city', 'a'), given('$text.city', 'b')], [city]);
    expect(answers).toMatchObject([{ response: 'a' }]);
    expect(problems).toMatchObject([{ code: 'answer-refused' }]);
  });

  test('when an option is wrong then what is allowed is said and the other answers are kept', () => {
    const pick = question({ category: 'Multiple Choice', argument_name: 'pick', options: ['a', 'b'] });
    const { answers, problems } = match([given('pick', 'c'), given('city', 'Bonn')], [pick, city]);
    expect(answers).toMatchObject([{ id: city.id, response: 'Bonn' }]);
    expect(problems).toMatchObject([
      {
        code: 'answer-refused',
        details: { why: 'The answer is "c", which is not one of the options.', fix: 'Allowed: one of: #1 "a", #2 "b"' },
      },
    ]);
  });

  test.each([
    ['abc', 'The answer is "abc"; it must be a whole number.'],
    ['9007199254740993', 'The answer is 9007199254740993, which has more digits than a number can keep.'],
  ])('when %s is not a whole number that can be kept then the reason says so', (text, why) => {
    const count = question({ category: 'Input', argument_name: 'count', schema: { type: 'integer' } });
    expect(match([given('count', text)], [count]).problems).toMatchObject([{ details: { why } }]);
  });

  test('when the question was closed because it is asked again then no answer is made up for it', () => {
    const withdrawn = { ...city, resolved: true, response: null, channel: undefined };
    expect(match([given('city', 'Rome')], [], [withdrawn]).problems).toMatchObject([
      { details: { why: expect.stringContaining('closed without an answer') } },
    ]);
  });

  test('when a path is not asked about yet then its answer may wait, if waiting is wanted', () => {
    const waiting = [given('7.filename', 'x'), given('$later', 'y')];
    expect(matchAnswers(waiting, { open: [city], all: [city] }, { inAdvance: true })).toEqual({
      answers: [],
      unused: waiting,
      undecided: new Map(),
      exposed: [],
      problems: [],
    });
    expect(match(waiting, [city]).problems).toHaveLength(2);
  });

  test('when several answers are refused then the command ends with one error that says them all', () => {
    const { problems } = match([given('x', '1'), given('y', '2')], [city]);
    expect(combineProblems(problems)).toMatchObject({ code: 'answer-refused', message: '2 answers were refused.' });
    expect(combineProblems([])).toBeUndefined();
  });
});

describe('matchAnswersInAdvance', () => {
  const approval = question({
    category: 'User Verification',
    path: '6',
    output: 'sent',
    tool_id: 'send_mail',
    args: {},
  });
  const outcome = question({
    category: 'Multiple Choice',
    argument_name: 'outcome',
    path: '6',
    output: 'sent',
    unknown_outcome: true,
    options: ['happened', 'not_done', 'stop'],
  });

  test.each([
    ['by its path and argument', '5.filename', other],
    ['by its path', '5', other],
    ['by its output', '$quantity', other],
    ['by its path, for a verification that no tool asked for', '6', verify],
  ])('when a question is raised that an answer named %s then it is answered', (_case, selector, raised) => {
    expect(matchAnswersInAdvance([given(selector, 'yes')], [raised])).toMatchObject({
      answers: [{ id: raised.id }],
      unused: [],
      problems: [],
    });
  });

  test.each([
    ['an argument alone', 'filename', other],
    ['verify', 'verify', verify],
    ['an approval', '6', approval],
    ['an approval by its output', '$sent', approval],
    ['an unknown outcome', '6.outcome', outcome],
    ['another step', '4.filename', other],
  ])('when an answer is for %s then it is not used', (_case, selector, raised) => {
    const answers = [given(selector, 'yes')];
    expect(matchAnswersInAdvance(answers, [raised])).toEqual({
      answers: [],
      unused: answers,
      undecided: new Map(),
      exposed: [],
      problems: [],
    });
  });

  test('when the same output is asked about twice then each answer is used once, in order', () => {
    const first = matchAnswersInAdvance([given('$quantity', 'a'), given('$quantity', 'b')], [other]);
    expect(first.answers).toMatchObject([{ response: 'a' }]);
    const second = matchAnswersInAdvance(first.unused, [
      question({ category: 'Input', path: '5', output: 'quantity' }),
    ]);
    expect(second).toMatchObject({ answers: [{ response: 'b' }], unused: [] });
  });

  test('when an answer fits two of the raised questions then it is refused', () => {
    const { problems } = matchAnswersInAdvance([given('$text', 'x')], [filename, city]);
    expect(problems).toMatchObject([{ code: 'answer-refused', details: { fix: 'Use one of: filename, city' } }]);
  });
});

describe('exactSelector', () => {
  test.each([
    ['the argument, when no other question has it', city, [filename, city, other], 'city'],
    [
      'the output and argument, when another has the same argument',
      other,
      [filename, city, other],
      '$quantity.filename',
    ],
    ['the short id, when a name cannot be typed', question({ category: 'Input', argument_name: 'a=b' }), [], undefined],
    [
      'the short id, when a name cannot be pasted',
      question({ category: 'Input', argument_name: 'a\u001bb' }),
      [],
      undefined,
    ],
  ])('when asked for the selector then it is %s', (_case, asked, open, expected) => {
    expect(exactSelector(asked, open)).toBe(expected ?? asked.id.slice(-8));
  });
});
