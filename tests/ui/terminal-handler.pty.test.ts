import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { beforeAll, describe, expect, test } from 'vitest';

import { shellQuote } from '../../src/domain/values/shell-quote.js';
import { buildProgram, type Program } from '../support/build-program.js';
import { makeTypedEditor } from '../support/editor-script.js';
import { question } from '../support/question-examples.js';
import { openTerminal, type TerminalOptions } from '../support/terminal.js';

let program: Program;
beforeAll(() => {
  program = buildProgram('tests/support/ask-in-terminal.ts');
  return () => program.remove();
});

function ask(questions: unknown[], options: TerminalOptions & { redirect?: string } = {}) {
  const command = [process.execPath, program.path, JSON.stringify(questions)].map(shellQuote).join(' ');
  return openTerminal('/bin/sh', ['-c', `exec ${command} ${options.redirect ?? ''}`], options);
}

/** A text that is on the screen, or above it, so many times. */
function nth(text: string, times: number): RegExp {
  return new RegExp(`(?:${text.replaceAll(/[()/?]/g, String.raw`\$&`)}[^]*){${times}}`);
}

const which = question({
  category: 'Multiple Choice',
  user_guidance: 'Which weather.txt?',
  options: ['demo_runs/weather.txt', 'old/weather.txt'],
});
const approval = question({
  category: 'User Verification',
  user_guidance: 'send_mail may act.',
  tool_id: 'send_mail',
  args: { to: 'a@example.com', body: 'x'.repeat(200) },
});

describe('asking in a terminal', () => {
  test('when standard output is a file then the prompts are drawn on the terminal and the file holds only the answers', async () => {
    const file = path.join(mkdtempSync(path.join(tmpdir(), 'portia-ui-')), 'out.json');
    const terminal = ask([which, question({ category: 'Input', user_guidance: 'City?', argument_name: 'city' })], {
      redirect: `> ${shellQuote(file)}`,
    });
    await terminal.waitFor('Which weather.txt?');
    terminal.press('down');
    terminal.press('enter');
    await terminal.waitFor('City?');
    terminal.type('Zürich 東京');
    terminal.press('enter');
    expect(await terminal.exit()).toEqual({ code: 0, signal: 0 });
    expect(readFileSync(file, 'utf8')).toBe('{"answers":["old/weather.txt","Zürich 東京"],"isInterrupted":false}\n');
  });

  test('when Enter alone is pressed at an approval then it is not answered, and all arguments were shown', async () => {
    const terminal = ask([approval]);
    await terminal.waitFor('Call send_mail with exactly these 2 arguments?');
    expect(terminal.screen().replace(/\s/g, '')).toContain('x'.repeat(200));
    expect(terminal.screen()).toContain('y Yes, make this call');
    terminal.press('enter');
    await terminal.waitFor('Type one of these letters');
    terminal.type('n');
    terminal.press('enter');
    await terminal.exit();
    expect(terminal.screen()).toContain('{"answers":[false],"isInterrupted":false}');
  });

  test('when a call has a long argument then the short ones and what is asked stand beside the answer', async () => {
    const content = `begin ${'# padding '.repeat(600)}curl evil`;
    const guidance = 'May file_writer_tool be called with these arguments? It overwrites build.sh (12 B).';
    const args = { filename: 'build.sh', content };
    const terminal = ask([question({ ...approval, user_guidance: guidance, tool_id: 'file_writer_tool', args })], {
      cols: 80,
      rows: 24,
    });
    await terminal.waitFor('(y/n/v/l)');
    const lastScreen = terminal.screen().split('\n').slice(-24).join('\n');
    expect(lastScreen).toContain(`May file_writer_tool be called with these arguments? It overwrites build.sh
(12 B).
  file_writer_tool
    filename: "build.sh"
    content: 6,017 characters, all of them above`);
    expect(terminal.screen().replace(/\s/g, '')).toContain(content.replace(/\s/g, ''));
    terminal.type('v');
    terminal.press('enter');
    await terminal.waitFor('seen by a pager');
    terminal.type('yes');
    terminal.press('enter');
    await terminal.exit();
    expect(terminal.screen()).toContain('{"answers":[true],"isInterrupted":false}');
  });

  const call = question({
    ...approval,
    args: { to: 'a@example.com', copies: 2 },
    key: '0/1/1:approval:0',
    source: 'portia',
    by_agent: true,
  });

  test('when a person says no and why then the reason is the answer, and an empty line goes back', async () => {
    const terminal = ask([call]);
    await terminal.waitFor('(y/e/a/n/w/l)');
    expect(terminal.screen()).toContain('w No, and tell the agent why');
    terminal.type('w');
    terminal.press('enter');
    await terminal.waitFor('Why not?');
    terminal.press('enter');
    await terminal.waitFor(nth('n No, end the run', 2));
    terminal.type('why');
    terminal.press('enter');
    await terminal.waitFor(nth('Why not?', 2));
    terminal.type('too late');
    terminal.press('enter');
    await terminal.exit();
    expect(terminal.screen()).toContain('{"answers":[{"no":"too late"}],"isInterrupted":false}');
  });

  test('when there is no editor then the arguments are changed on the line', async () => {
    const terminal = ask([call]);
    await terminal.waitFor('(y/e/a/n/w/l)');
    terminal.type('e');
    terminal.press('enter');
    await terminal.waitFor('Arguments {"to":"a@example.com","copies":2}');
    for (const _ of '2}') terminal.press('backspace');
    terminal.type('3}');
    terminal.press('enter');
    await terminal.exit();
    expect(terminal.screen()).toContain(
      '{"answers":[{"yes":{"to":"a@example.com","copies":3}}],"isInterrupted":false}',
    );
  });

  test('when there is an editor then it has the arguments, and what cannot be used is asked about again', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'portia-ui-'));
    const terminal = ask([call], { env: { EDITOR: makeTypedEditor(folder) } });
    const edit = async (command: string, times: number) => {
      await terminal.waitFor(nth('(y/e/a/n/w/l)', times));
      terminal.type('e');
      terminal.press('enter');
      await terminal.waitFor(nth('sed>', times));
      terminal.type(command);
      terminal.press('enter');
    };
    await edit('s/x/x/', 1);
    await terminal.waitFor('Nothing was changed.');
    await edit('s/}//', 2);
    await terminal.waitFor('This is not JSON that can be used');
    await edit('q', 3);
    await terminal.waitFor('The editor failed.');
    await edit('s/2/3/', 4);
    await terminal.exit();
    expect(terminal.screen()).toContain(
      '{"answers":[{"yes":{"to":"a@example.com","copies":3}}],"isInterrupted":false}',
    );
  });

  test.each(['ctrl-c', 'ctrl-d'] as const)(
    'when %s is pressed then asking ends and nothing more is asked',
    async (key) => {
      const terminal = ask([question({ category: 'Input', user_guidance: 'First?' }), which]);
      await terminal.waitFor('First?');
      terminal.press(key);
      expect(await terminal.exit()).toEqual({ code: 130, signal: 0 });
      expect(terminal.screen()).toContain('{"answers":[],"isInterrupted":true}');
      expect(terminal.screen()).not.toContain('Which weather.txt?');
    },
  );

  test('when guidance holds escape sequences then none reaches the terminal', async () => {
    const terminal = ask([question({ category: 'Input', user_guidance: 'Hi \u001b]0;owned\u0007 \u202e' })]);
    await terminal.waitFor(String.raw`Hi \u{1b}]0;owned\u{7} \u{202e}`);
    terminal.press('ctrl-c');
    await terminal.exit();
    expect(terminal.raw()).not.toContain('\u001b]0;owned');
  });

  test.each([
    ['< /dev/null', 'standard input is not a terminal', {}],
    ['2> /dev/stdout | cat', 'standard error is not a terminal', {}],
    ['', 'CI is set', { CI: 'true' }],
    ['', 'PORTIA_NO_PROMPT is set', { PORTIA_NO_PROMPT: '1' }],
  ])('when run with %j then nothing is asked because %s', async (redirect, because, env) => {
    const terminal = ask([which], { redirect, env });
    await terminal.waitFor(`cannot ask: ${because}`);
    await terminal.exit();
    expect(terminal.screen()).not.toContain('Which weather.txt?');
  });
});
