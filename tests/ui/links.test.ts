import { hostname } from 'node:os';

import { describe, expect, test } from 'vitest';

import { createLink, hasLinks, withoutLinks } from '../../src/ui/links.js';
import { fitsOnScreen } from '../../src/ui/screen-height.js';

const VTE = { TERM: 'xterm-256color', VTE_VERSION: '6800' };
const place = (environment: Record<string, string>) => ({ isTerminal: true, platform: 'linux', environment });

describe('a terminal that shows links', () => {
  test.each<[string, Record<string, string>, boolean]>([
    ['nothing is known of it', { TERM: 'xterm-256color' }, false],
    ['it is a newer VTE', VTE, true],
    ['it is the VTE that crashes', { VTE_VERSION: '0.50.0' }, false],
    ['it is the VTE after it', { VTE_VERSION: '5001' }, true],
    ['it is iTerm 3.1', { TERM_PROGRAM: 'iTerm.app', TERM_PROGRAM_VERSION: '3.1.0' }, true],
    ['it is iTerm 3.0', { TERM_PROGRAM: 'iTerm.app', TERM_PROGRAM_VERSION: '3.0.15' }, false],
    ['it is WezTerm', { TERM_PROGRAM: 'WezTerm', TERM_PROGRAM_VERSION: '20240203-110809-5046fc22' }, true],
    ['it is VS Code', { TERM_PROGRAM: 'vscode', TERM_PROGRAM_VERSION: '1.95.3' }, true],
    ['it is Ghostty', { TERM_PROGRAM: 'ghostty', TERM_PROGRAM_VERSION: '1.0.0' }, true],
    ['it is kitty', { TERM: 'xterm-kitty' }, true],
    ['it is Windows Terminal', { WT_SESSION: 'x' }, true],
    ['it is Terminal of macOS', { TERM_PROGRAM: 'Apple_Terminal', TERM_PROGRAM_VERSION: '455' }, false],
    ['it is a newer tmux', { TMUX: 'x', TERM_PROGRAM: 'tmux', TERM_PROGRAM_VERSION: '3.4' }, true],
    ['it is an older tmux in VTE', { ...VTE, TMUX: 'x', TERM_PROGRAM: 'tmux', TERM_PROGRAM_VERSION: '3.3a' }, false],
    ['it is GNU screen in VTE', { ...VTE, TERM: 'screen.xterm-256color' }, false],
    ['it is dumb', { ...VTE, TERM: 'dumb' }, false],
    ['it is CI', { ...VTE, CI: 'true' }, false],
    ['colour is off', { ...VTE, NO_COLOR: '1' }, true],
    ['links are forced', { FORCE_HYPERLINK: '1', TERM: 'dumb' }, true],
    ['links are switched off', { ...VTE, FORCE_HYPERLINK: '0' }, false],
  ])('when %s then that decides', (_case, environment, wanted) => {
    expect(hasLinks(place(environment))).toBe(wanted);
  });

  test('when it is a pipe then there are none unless they are forced', () => {
    const pipe = { isTerminal: false, platform: 'linux' };
    expect(hasLinks({ ...pipe, environment: VTE })).toBe(false);
    expect(hasLinks({ ...pipe, environment: { FORCE_HYPERLINK: '1' } })).toBe(true);
  });
});

describe('a link', () => {
  const link = createLink(place(VTE));
  const targetOf = (text: string) => /^\u001b\]8;;(.*?)\u001b\\/.exec(text)?.[1];

  test('when a path or an address is given then it is around the text, and takes no room', () => {
    expect(link('a plan', '/tmp/my plans/a%.json')).toBe(
      '\u001b]8;;file:///tmp/my%20plans/a%25.json\u001b\\a plan\u001b]8;;\u001b\\',
    );
    expect(targetOf(link('page', 'http://127.0.0.1:4711/runs'))).toBe('http://127.0.0.1:4711/runs');
    const wide = `${link('x'.repeat(80), '/tmp/x')}\n`.repeat(23);
    expect(fitsOnScreen(wide, { columns: 80, rows: 24 })).toBe(true);
  });

  test.each(['javascript:alert(1)', 'data:text/html,x', 'ssh://host', 'x-man-page://ls', 'runs/a.json', 'http://', ''])(
    'when the target is %j then there is only the text',
    (target) => {
      expect(link('text', target)).toBe('text');
    },
  );

  test('when the target has characters that act on a terminal then they are written in percent', () => {
    for (const target of ['https://a.example/\u001b\\\u0007x', '/tmp/\u001b\\\u0007x']) {
      expect(targetOf(link('text', target))).toMatch(/^[!-~]+x$/);
    }
  });

  test('when the terminal is on another machine then a path names this one', () => {
    const remote = createLink(place({ ...VTE, SSH_CONNECTION: '10.0.0.1 22 10.0.0.2 22' }));
    expect(targetOf(remote('text', '/tmp/x'))).toBe(`file://${hostname().toLowerCase()}/tmp/x`);
  });

  test('when a program may not know links then the text is left', () => {
    expect(withoutLinks(`a ${link('plan', '/tmp/x')} and ${link('a run', '/tmp/y')}.`)).toBe('a plan and a run.');
    expect(withoutLinks('plain')).toBe('plain');
  });
});
