import { describe, expect, test } from 'vitest';

import { isOff, matchToolIds } from '../../src/tools/tool-globs.js';

const STRANGE_IDS = [
  '.hidden',
  '.',
  '..',
  './a',
  '../a',
  'a/./b',
  'a/b',
  '//',
  'mcp:a:b',
  '!x',
  '(a)',
  '[x]',
  '\\',
  'ü',
];
const ids = [...STRANGE_IDS, 'send_mail', 'send_money', 't1', 't2', 't9'];

describe('matchToolIds', () => {
  test.each(['*', '**'])('when the glob is %s then it names every id', async (glob) => {
    const matches = await matchToolIds(glob);
    expect(ids.filter((id) => !matches(id))).toEqual([]);
  });

  test('when the glob is an id then it names that tool, whatever characters it has', async () => {
    for (const id of ids) expect((await matchToolIds(id))(id), id).toBe(true);
  });

  test.each([
    ['send_*', ['send_mail', 'send_money']],
    ['mcp:*', ['mcp:a:b']],
    ['a/*', ['a/./b', 'a/b']],
    ['.*', ['.hidden', '.', '..', './a', '../a']],
    ['t{1..3}', ['t1', 't2']],
    ['send_{mail,fax}', ['send_mail']],
    ['!send_money', []],
    ['!*', ['!x']],
    ['!(send_money)', []],
  ])('when the glob is %s then it names %j', async (glob, expected) => {
    expect(ids.filter(await matchToolIds(glob))).toEqual(expected);
  });
});

test('when tools are switched off then those that are enabled stay on', async () => {
  const off = await isOff({ enable: ['send_mail'], disable: ['*'] });
  expect(ids.filter((id) => !off(id))).toEqual(['send_mail']);
  expect(ids.filter(await isOff({ enable: ['*'], disable: [] }))).toEqual([]);
});
