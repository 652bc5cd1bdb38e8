import { describe, expect, test } from 'vitest';

import { checkProjectSettings } from '../../../src/config/settings-schema.js';
import type { JsonObject } from '../../../src/domain/values/json.js';
import { callProgram, checkedProgram, object, script } from './declared-program.js';

/** The words that a program gets, one a line. */
async function words(written: string[], args: JsonObject, more: object = {}) {
  const properties = Object.fromEntries(Object.keys({ a: 0, b: 0, ...args }).map((name) => [name, {}]));
  const command = script(
    'for word; do printf "%s|" "$word"; done',
    ...written,
    '{{ $exists($a) or $exists($b) ? null }}',
  );
  const { result } = await callProgram({ ...command, args: object(properties), ...more }, { args });
  return result.kind === 'output' ? String(result.value).split('|').slice(0, -1) : result;
}

describe('the words of a command', () => {
  test.each<[string, string[], JsonObject, string[]]>([
    ['plain words', ['x', '', 'a b'], {}, ['x', '', 'a b']],
    ['a value', ['{{ $a }}'], { a: 'v w' }, ['v w']],
    ['values inside a word', ['--to={{ $a }}:{{ $b }}'], { a: 'x', b: 2 }, ['--to=x:2']],
    ['other values than texts', ['{{ $a }}', '{{ $b }}'], { a: true, b: { c: 1 } }, ['true', '{"c":1}']],
    ['a list', ['{{ $a }}'], { a: ['x', 2, null, 'y z'] }, ['x', '2', 'y z']],
    ['an empty list', ['{{ $a }}', 'end'], { a: [] }, ['end']],
    ['an argument that is not given', ['{{ $a }}', 'end'], {}, ['end']],
    ['null', ['{{ $a }}', 'end'], { a: null }, ['end']],
    ['an empty text', ['{{ $a }}', 'end'], { a: '' }, ['', 'end']],
    ['an expression', ["{{ $a > 1 ? 'many' : 'one' }}"], { a: 2 }, ['many']],
    ['all arguments', ['{{ $args }}'], { a: 1 }, ['{"a":1}']],
    ['what a shell would read', ['{{ $a }}'], { a: '$(touch /x); `id` * ~ "\'\n' }, ['$(touch /x); `id` * ~ "\'\n']],
    ['what looks like a template', ['{{ $a }}'], { a: '{{ $b }}' }, ['{{ $b }}']],
  ])('when they have %s then the program gets exactly these', async (_what, written, args, given) => {
    expect(await words(written, args)).toEqual(given);
  });

  test.each<[string, string[], JsonObject]>([
    ['a value', ['{{ $a }}'], { a: '-rf' }],
    ['a negative number', ['{{ $a }}'], { a: -1 }],
    ['an item of a list', ['{{ $a }}'], { a: ['x', '--all'] }],
    ['the beginning of a word', ['{{ $a }}{{ $b }}'], { a: '-', b: 'x' }],
    ['a value before plain text', ['{{ $a }}.txt'], { a: '-x' }],
  ])('when %s begins with a dash then nothing is started, unless dashes are allowed', async (_what, written, args) => {
    expect(await words(written, args)).toMatchObject({
      kind: 'failure',
      notDone: true,
      message: expect.stringContaining('begins with a dash'),
    });
    expect(await words(written, args, { dashes: true })).toEqual(expect.any(Array));
  });

  test.each<[string, string[], JsonObject, string]>([
    ['a NUL character', ['{{ $a }}'], { a: 'x\0y' }, 'NUL'],
    ['a missing argument in a longer word', ['x{{ $a }}'], {}, 'a is not given'],
    ['an expression that fails', ['{{ $a + 1 }}'], { a: 'x' }, 'The expression'],
  ])('when they would have %s then nothing is started', async (_what, written, args, message) => {
    expect(await words(written, args)).toMatchObject({
      kind: 'failure',
      notDone: true,
      message: expect.stringContaining(message),
    });
  });
});

describe('a declaration that is refused', () => {
  const one = { args: object({ to: {} }) };
  test.each<[string, object, string]>([
    ['no program', { command: [] }, 'programs/deploy/command: must name a program'],
    ['a blank program', { command: [' '] }, 'programs/deploy/command: must begin with the program'],
    ['a character that no system takes', { command: ['x', 'a\0b'] }, 'programs/deploy/command/1: must not hold U+0000'],
    ['the same in its folder', { command: ['x'], cwd: 'a\0b' }, 'programs/deploy/cwd: must not hold U+0000'],
    [
      'a program from an argument',
      { command: ['{{ $to }}'], ...one },
      'programs/deploy/command: must begin with the program',
    ],
    ['a line for a shell', { command: './deploy.sh now' }, 'programs/deploy/command: expected array'],
    [
      'a misspelt argument',
      { command: ['x', '{{ $too }}'], ...one },
      'programs/deploy/command/1: there is no $too; did you mean $to?',
    ],
    ['a broken template', { command: ['x', '{{ $to'], ...one }, 'programs/deploy/command/1: '],
    [
      'an argument that it never gets',
      { command: ['x'], ...one },
      'programs/deploy/args/properties/to: the program never gets it',
    ],
    [
      'a password as a word',
      { command: ['x', '{{ $to }}'], args: object({ to: { type: 'string', format: 'password' } }) },
      'programs/deploy/args/properties/to: every user of the machine can read the words of a command',
    ],
    [
      'the value of a variable',
      { command: ['x'], env: ['A=b'] },
      'programs/deploy/env/0: must be the name of a variable',
    ],
    [
      'an exit code that means success',
      { command: ['x'], not_done_exit_codes: [0] },
      'programs/deploy/not_done_exit_codes/0',
    ],
    ['an unknown key', { command: ['x'], stdinn: 'json' }, 'programs/deploy/stdinn: no such setting'],
    ['a time of 0', { command: ['x'], timeout_ms: 0 }, 'programs/deploy/timeout_ms'],
  ])('when it has %s then that is said', (_what, settings, message) => {
    expect(() => checkedProgram(settings)).toThrow(message);
  });

  test.each(['de ploy', 'a,b', '', 'x'.repeat(65)])('when its id is %j then what an id may be is said', (id) => {
    const checked = checkProjectSettings({ programs: { [id]: { description: 'Deploys.', command: ['x'] } } });
    expect(checked).toMatchObject({ problems: [{ message: expect.stringContaining('the id of a tool has') }] });
  });
});
