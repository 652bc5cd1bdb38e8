// Must come first: it lets the prompts draw on the test's screen.
import { screen } from '@inquirer/testing/vitest';
import { describe, expect, test, vi } from 'vitest';

import type { Clarification } from '../../src/domain/run/clarification.js';
import type { Json } from '../../src/domain/values/json.js';
import { createTerminalHandler } from '../../src/ui/terminal-handler.js';
import { memoryStreams } from '../support/memory-streams.js';
import { question } from '../support/question-examples.js';
import { look } from '../support/view-examples.js';

/** Asks the questions; the test types. */
function ask(questions: Clarification[], signal = new AbortController().signal) {
  const { streams, stderr } = memoryStreams({ terminals: ['stdin', 'stderr'] });
  const log: string[] = [];
  const handler = createTerminalHandler({
    streams,
    look,
    validate: (schema, value) => (Number(value) < Number(schema['minimum'] ?? -Infinity) ? ['is too small'] : []),
    progress: { pause: () => log.push('pause'), resume: () => log.push('resume') },
    onInterrupt: () => log.push('interrupt'),
  });
  const answers = handler.ask(questions, { signal }).then((given) => given.map((answer) => answer.response));
  return { answers, log, stderr };
}

/** Resolves when the text is on the screen: what was asked before is gone by then. */
async function shown(text: string): Promise<void> {
  await vi.waitUntil(() => screen.getScreen().includes(text), { interval: 2, timeout: 20_000 });
}

function submit(text: string): void {
  screen.type(text);
  screen.keypress('enter');
}

const choice = question({
  category: 'Multiple Choice',
  user_guidance: 'Which?',
  options: ['a.txt', 'b.txt', { c: 1 }],
});
const many = question({
  category: 'Multiple Choice',
  user_guidance: 'Which city?',
  options: ['Amsterdam', 'Berlin', 'Copenhagen', 'Dublin', 'Edinburgh', 'Florence', 'Geneva', 'Helsinki'],
});
const input = (schema?: Json) =>
  question({ category: 'Input', user_guidance: 'Value?', ...(schema === undefined ? {} : { schema }) });
const confirmation = question({
  category: 'Value Confirmation',
  user_guidance: 'Fine?',
  argument_name: 'amount',
  value: 12,
});

describe('the questions a terminal asks', () => {
  test.each([
    ['text', input(), 'two words', 'two words'],
    ['a number', input({ type: 'number' }), '2.5', 2.5],
    ['a list', input({ type: 'array' }), '[1]', [1]],
    ['a boolean', input({ type: 'boolean' }), 'y', true],
    ['a secret', input({ type: 'string', format: 'password' }), 'hush', 'hush'],
    ['a verification', question({ category: 'User Verification', user_guidance: 'Right?' }), 'y', true],
    ['a declined verification', question({ category: 'User Verification', user_guidance: 'Right?' }), 'n', false],
    ['an approval', question({ category: 'User Verification', tool_id: 't', args: {} }), 'y', true],
    ['a confirmed value', confirmation, 'y', true],
    ['a declined value', confirmation, 'n', false],
    ['an action', question({ category: 'Action' }), 'd', true],
    ['a custom question, as JSON', question({ category: 'Custom' }), '{"a":1}', { a: 1 }],
    ['a custom question, as text', question({ category: 'Custom' }), 'a: 1', 'a: 1'],
    ['the first option', choice, '', 'a.txt'],
    ['a searched option', many, 'dub', 'Dublin'],
  ])('when it asks for %s then the answer has its type', async (_case, asked, typed, expected) => {
    const { answers, log } = ask([asked]);
    await shown('?');
    screen.type(typed);
    // A search lists what was found a moment later.
    if (asked === many) await vi.waitUntil(() => !screen.getScreen().includes('Amsterdam'), { interval: 2 });
    screen.keypress('enter');
    expect(await answers).toEqual([expected]);
    expect(log).toEqual(['pause', 'resume']);
  });

  test('when Enter alone is typed at an approval then it is not an answer, and it is asked on', async () => {
    const { answers, stderr } = ask([question({ category: 'User Verification', tool_id: 't', args: {} })]);
    await shown('(y/n/l)');
    const letters = 'y Yes, make this call · n No, end the run · l Leave it for later';
    expect(stderr()).toContain(`${letters}\n`);
    screen.keypress('enter');
    await shown('Type one of these letters: y, n, l.');
    screen.type('n');
    screen.keypress('enter');
    expect(await answers).toEqual([false]);
  });

  test.each([
    ['empty text', input(), ''],
    ['an empty number', input({ type: 'integer' }), ''],
    ['l for a boolean', input({ type: 'boolean' }), 'l'],
    ['l for an approval', question({ category: 'User Verification', tool_id: 't', args: {} }), 'l'],
    ['l for a value', confirmation, 'l'],
    ['l for an action', question({ category: 'Action' }), 'l'],
  ])('when the answer is %s then the question is left and the next is asked', async (_case, asked, typed) => {
    const next = question({ category: 'Input', user_guidance: 'And this?' });
    const { answers, stderr } = ask([asked, next]);
    await shown('?');
    submit(typed);
    await shown('And this?');
    submit('answered');
    expect(await answers).toEqual(['answered']);
    expect(stderr()).toContain('Question 2 of 2');
  });

  const approval = question({ category: 'User Verification', tool_id: 't', args: {} });
  const action = question({ category: 'Action' });
  test.each([
    ['yes', approval, true],
    [' YES ', approval, true],
    ['no', approval, false],
    ['later', approval, undefined],
    ['yes', question({ category: 'User Verification', user_guidance: 'Right?' }), true],
    ['no', input({ type: 'boolean' }), false],
    ['other', confirmation, undefined],
    ['no', confirmation, false],
    ['y', action, true],
    ['yes', action, true],
    ['done', action, true],
    ['n', action, undefined],
    ['no', action, undefined],
  ])('when %j is typed instead of a letter then it means the same', async (typed, asked, expected) => {
    const { answers } = ask([asked]);
    await shown('?');
    submit(typed);
    if (typed === 'other') {
      await shown('empty leaves');
      submit('');
    }
    expect(await answers).toEqual(expected === undefined ? [] : [expected]);
  });

  test('when a text may be empty then two quotes answer with it, and elsewhere they are text', async () => {
    const { answers, stderr } = ask([input(), input({ type: 'string', minimum: 1 })]);
    await shown('?');
    submit('""');
    await vi.waitUntil(() => stderr().includes('Question 2 of 2'), { interval: 2, timeout: 20_000 });
    await shown('?');
    submit('""');
    expect(await answers).toEqual(['', '""']);
    expect(stderr().match(/"" answers with an empty text/g)).toHaveLength(1);
  });

  test('when the last choice of a list is taken then the question is left for later', async () => {
    const { answers } = ask([choice]);
    await shown('leave for later');
    for (let row = 0; row < 3; row += 1) screen.keypress('down');
    screen.keypress('enter');
    expect(await answers).toEqual([]);
  });

  test('when another value is given for one that needs a yes then it replaces it', async () => {
    const { answers } = ask([confirmation]);
    await shown('Use this amount?');
    submit('o');
    await shown('amount (empty leaves it for later)');
    submit('15');
    expect(await answers).toEqual([15]);
  });

  test('when an answer does not fit then it is asked again', async () => {
    const { answers } = ask([input({ type: 'integer', minimum: 3 })]);
    await shown('?');
    submit('1');
    await shown('the answer does not fit: is too small');
    screen.keypress('backspace');
    submit('7');
    expect(await answers).toEqual([7]);
  });

  test('when the caller ends the asking then it is not a decision of the person', async () => {
    const over = new AbortController();
    const { answers, log } = ask([input(), choice], over.signal);
    await shown('?');
    over.abort();
    expect(await answers).toEqual([]);
    expect(log).toEqual(['pause', 'resume']);
  });

  test('when guidance and values are hostile then what is drawn is printable', async () => {
    const attack = 'a\u001b[2Jb\u202e';
    const { answers, stderr } = ask([
      question({ category: 'Multiple Choice', user_guidance: attack, options: [attack], source: attack }),
      question({ category: 'Value Confirmation', user_guidance: attack, argument_name: attack, value: attack }),
    ]);
    await shown(String.raw`a\u{1b}[2Jb\u{202e}`);
    submit('');
    await shown(String.raw`Use this a\u{1b}[2Jb\u{202e}?`);
    submit('l');
    expect(await answers).toEqual([attack]);
    expect(stderr()).not.toMatch(/[\u001b\u202e]/);
  });
});
