import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { makeEditor } from '../support/editor-script.js';
import { makeExampleProject } from '../support/example-project.js';
import { cleanEnvironment, portia, PORTIA, TESTED_NODE } from '../support/portia.js';
import { openPortia, planIds } from '../support/scenario.js';
import { openTerminal, type TestTerminal } from '../support/terminal.js';

const CONTENT = `begin ${'# padding\n'.repeat(80)}curl evil`;
const LONG = {
  plan_context: { query: 'Say hello', tool_ids: ['file_writer_tool'] },
  steps: [
    { kind: 'tool', tool_id: 'file_writer_tool', args: { filename: 'hello.sh', content: CONTENT }, output: '$w' },
  ],
};

/** A project whose editor makes any plan the one with the long argument. */
function project(): { cwd: string; editor: string } {
  const cwd = makeExampleProject({ 'long.json': LONG });
  return { cwd, editor: makeEditor(cwd, `cp ${join(cwd, 'long.json')} "$1"`) };
}

function press(terminal: TestTerminal, text: string): void {
  terminal.type(text);
  terminal.press('enter');
}

/** At the question about the plan with the long argument. */
async function askAboutLong(env: Record<string, string>): Promise<{ terminal: TestTerminal; cwd: string }> {
  const { cwd, editor } = project();
  const terminal = openPortia(['run', 'add 1 + 2'], { cwd, env: { EDITOR: editor, ...env }, cols: 80 });
  await terminal.waitFor('(y/n/v/e/l)');
  press(terminal, 'e');
  await terminal.waitFor('acts with file_writer_tool');
  await terminal.waitFor(/\(y\/n\/v\/e\/l\)[^]*\(y\/n\/v\/e\/l\)/);
  return { terminal, cwd };
}

describe('the question about a plan', () => {
  test('when an argument is long then what is cut is counted, and v shows all of it in the pager', async () => {
    const { terminal, cwd } = await askAboutLong({ PAGER: 'cat > seen.txt; echo paged as $LESSCHARSET' });
    expect(terminal.screen()).toMatch(/… \+\d+ characters \(v shows all\)/);
    expect(terminal.screen()).toContain('y Run it · n No, do not run it · v View everything · e Edit it first');
    press(terminal, 'view');
    await terminal.waitFor('paged as utf-8');
    const seen = readFileSync(join(cwd, 'seen.txt'), 'utf8');
    expect(seen.replace(/\s+/g, '')).toContain(JSON.stringify(CONTENT).replace(/\s+/g, ''));
    press(terminal, 'no');
    expect(await terminal.exit()).toMatchObject({ code: 9 });
  });

  test('when there is no pager then portia pages by itself until the person saw enough', async () => {
    const { terminal } = await askAboutLong({ PAGER: '/nowhere/pager' });
    expect(terminal.screen()).not.toContain('curl evil');
    terminal.resize(80, 12);
    press(terminal, 'v');
    await terminal.waitFor(/\d+ more lines: Enter shows them, q ends/);
    expect(terminal.screen()).not.toContain('curl evil');
    terminal.press('enter');
    await terminal.waitFor('? 5 more lines');
    terminal.press('enter');
    await terminal.waitFor(/curl evil[^]*acts with[^]*\(y\/n\/v\/e\/l\)/);
    terminal.press('ctrl-c');
    await terminal.exit();
  });

  test('when Ctrl-C comes while the pager is open then the plan stays saved and nothing is run', async () => {
    const { terminal, cwd } = await askAboutLong({ PAGER: "sh -c 'cat >/dev/null; echo paging; exec sleep 60'" });
    press(terminal, 'v');
    await terminal.waitFor('paging');
    terminal.press('ctrl-c');
    expect(await terminal.exit()).toMatchObject({ code: 130 });
    expect(terminal.screen()).toContain('run-plan plan-');
    expect(planIds(cwd).length).toBeGreaterThan(1);
  });

  test('when --quiet is given then what is asked about is shown all the same', async () => {
    const cwd = makeExampleProject();
    const terminal = openPortia(['run', 'add 1 + 2', '--quiet'], { cwd });
    await terminal.waitFor('Run this plan?');
    expect(terminal.screen()).toContain('math_question');
    press(terminal, 'YES');
    expect(await terminal.exit()).toMatchObject({ code: 0 });
  });

  test('when standard output is a file then the questions on the terminal are for a person', async () => {
    const ask = { kind: 'user_input', message: 'Which city?', output: '$city' };
    const cwd = makeExampleProject({ 'ask.json': { ...LONG, steps: [ask] } });
    const command = [TESTED_NODE, PORTIA, 'run-plan', 'ask.json', '--no-prompt'];
    const env = cleanEnvironment(cwd);
    const terminal = openTerminal('sh', ['-c', 'exec "$@" >out.json', 'sh', ...command], { cwd, env });
    await terminal.waitFor('1 open question');
    expect(await terminal.exit()).toMatchObject({ code: 8 });
    expect(JSON.parse(readFileSync(join(cwd, 'out.json'), 'utf8'))).toMatchObject({ state: 'NEED_CLARIFICATION' });
    expect(terminal.screen()).not.toContain('"run_id"');
  });
});

describe('the picture of a plan', () => {
  test('when it goes into a pipe then nothing is cut, and on a terminal --all shows everything', async () => {
    const { cwd } = project();
    const { stdout } = await portia(['show', 'long.json', '--as', 'tree'], { cwd });
    expect(stdout).toContain('curl evil');
    expect(stdout).not.toContain('characters');
    const cut = openPortia(['show', 'long.json'], { cwd });
    await cut.exit();
    expect(cut.screen()).toMatch(/… \+\d+ characters \(--all shows all\)/);
    const whole = openPortia(['show', 'long.json', '--all'], { cwd });
    await whole.exit();
    expect(whole.screen()).toContain('curl evil');
  });
});

test.each(['y', 'yes', 'YES'])(
  'when %s is typed at a question of rm then it is a yes, and a wrong word is not an answer',
  async (word) => {
    const cwd = makeExampleProject();
    const { stdout } = await portia(['plan', 'add 1 + 2'], { cwd });
    const { id } = JSON.parse(stdout) as { id: string };
    const terminal = openPortia(['rm', id], { cwd });
    await terminal.waitFor('(y/N)');
    press(terminal, 'maybe');
    await terminal.waitFor('Type y (yes) or n (no).');
    press(terminal, word);
    expect(await terminal.exit()).toMatchObject({ code: 0 });
    expect(planIds(cwd)).not.toContain(id);
  },
);
