import { describe, expect, test } from 'vitest';

import { createPainter, hasColour, hasUnicode } from '../../src/ui/colour.js';

describe('hasColour', () => {
  test.each([
    ['a terminal', { isTerminal: true }, {}, true],
    ['a pipe', { isTerminal: false }, {}, false],
    ['--no-color', { isTerminal: true, noColour: true }, { FORCE_COLOR: '1' }, false],
    ['NO_COLOR', { isTerminal: true }, { NO_COLOR: '1', FORCE_COLOR: '1' }, false],
    ['an empty NO_COLOR', { isTerminal: true }, { NO_COLOR: '' }, true],
    ['FORCE_COLOR in a pipe', { isTerminal: false }, { FORCE_COLOR: '1' }, true],
    ['an empty FORCE_COLOR in a pipe', { isTerminal: false }, { FORCE_COLOR: '' }, true],
    ['FORCE_COLOR=0', { isTerminal: true }, { FORCE_COLOR: '0', CLICOLOR_FORCE: '1' }, false],
    ['CLICOLOR_FORCE in a pipe', { isTerminal: false }, { CLICOLOR_FORCE: '1' }, true],
    ['CLICOLOR_FORCE=0', { isTerminal: false }, { CLICOLOR_FORCE: '0' }, false],
    ['a dumb terminal', { isTerminal: true }, { TERM: 'dumb' }, false],
  ])('when there is %s then colour follows the rules', (_case, stream, environment, expected) => {
    expect(hasColour({ noColour: false, ...stream, environment })).toBe(expected);
  });
});

describe('createPainter', () => {
  test('when colour is on then text is painted, whatever the process thinks', async () => {
    expect((await createPainter(true)).red('x')).toBe('\u001b[31mx\u001b[39m');
  });

  test('when colour is off then text stays as it is', async () => {
    const painter = await createPainter(false);
    expect([painter.red('x'), painter.bold('x'), painter.dim('x')]).toEqual(['x', 'x', 'x']);
  });
});

describe('hasUnicode', () => {
  test.each([
    [{ LANG: 'C.UTF-8' }, 'linux', true],
    [{ LANG: 'en_GB.utf8' }, 'linux', true],
    [{}, 'linux', true],
    [{ LANG: 'C' }, 'linux', false],
    [{ LANG: 'C.UTF-8', LC_ALL: 'POSIX' }, 'linux', false],
    [{ LANG: 'C.UTF-8', TERM: 'linux' }, 'linux', false],
    [{}, 'win32', false],
    [{ WT_SESSION: '1' }, 'win32', true],
  ])('when the environment is %j on %s then symbols are %s', (environment, platform, expected) => {
    expect(hasUnicode(environment, platform)).toBe(expected);
  });
});
