import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { COMMANDS } from '../../src/cli/command-table.js';
import { HELP_TOPICS, TOPICS } from '../../src/cli/help/help-topics.js';
import { rootHelp } from '../../src/cli/help/root-help.js';
import { COMMAND_FILES } from '../support/command-files.js';
import { copyPackage } from '../support/package-copy.js';
import { codeBlocks } from '../support/page-examples.js';
import { portiaHere } from '../support/portia-here.js';
import { cleanEnvironment, ended, makeProject, portia, TESTED_NODE } from '../support/portia.js';
import { expectError, expectKnownCommand } from '../support/printed-error.js';

const ROOT_HELP = rootHelp(COMMANDS);

describe('portia --help', () => {
  test('when it is printed then it lists exactly the commands there are, with their summaries', () => {
    const listed = [...ROOT_HELP.matchAll(/^ {2}([a-z-]+) (?:\S+ )*? {2,}(\S.*)$/gm)].map(([, name, summary]) => [
      name,
      summary,
    ]);
    const wanted = Object.entries(COMMANDS).map(([name, { summary }]) => [name, summary]);
    expect(listed).toEqual(wanted);
    expect(wideLines(ROOT_HELP)).toEqual([]);
  });

  test.each([
    [[]],
    [['--help']],
    [['-h']],
    [['help']],
    [['help', 'help']],
    [['--no-color']],
    [['--no-color', '--help']],
  ])('when it is asked for as %j then it is the answer', async (args) => {
    expect(await portia(args, { cwd: makeProject() })).toEqual({
      code: 0,
      signal: null,
      stdout: ROOT_HELP,
      stderr: '',
    });
  });

  test('when it gives examples then each is a command with flags that exist', () => {
    const examples = [...ROOT_HELP.matchAll(/^ {2}\$ (.*)$/gm)].map(([, line = '']) => line.replace(/ {2,}.*$/, ''));
    expect(examples.length).toBeGreaterThan(3);
    for (const line of examples) expectKnownCommand(line);
  });
});

describe.each([...COMMAND_FILES])('portia %s --help', (name, { row, file }) => {
  test('when it is asked for then it has a purpose, usage, examples and flags, alike in both spellings', async () => {
    const cwd = makeProject();
    const asked = await portiaHere([name, '--help'], { cwd });
    expect(asked).toMatchObject({ code: 0, stderr: '' });
    expect(asked.stdout.toLowerCase()).toContain(row.summary.toLowerCase());
    for (const part of [`Usage: portia ${name}`, '\nExamples\n', '\nOptions\n', '--format', '--no-prompt'])
      expect(asked.stdout).toContain(part);
    expect(file.examples.length).toBeGreaterThan(0);
    for (const [line, remark] of file.examples) expect(asked.stdout).toMatch(lineOf(line, remark));
    expect(wideLines(asked.stdout)).toEqual([]);
    if (name !== 'help' && !(name in HELP_TOPICS)) expect(await portiaHere(['help', name], { cwd })).toEqual(asked);
  });
});

/** What would break on a terminal of the usual width. */
const wideLines = (text: string) => text.split('\n').filter((line) => line.length > 80);

const lineOf = (line: string, remark: string) =>
  new RegExp(`^ {2}\\$ ${line.replaceAll(/[.*+?^$|()[\]{}\\]/g, String.raw`\$&`)}\\s+# ${remark}$`, 'm');

describe.each(TOPICS)('portia help %s', (topic) => {
  test('when it is asked for then there is a page with substance, and the help names it', async () => {
    const { code, stdout, stderr } = await portiaHere(['help', topic], { cwd: makeProject() });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.split('\n').length).toBeGreaterThan(6);
    const page = `docs/${HELP_TOPICS[topic]?.page ?? ''}.md`;
    const typed = existsSync(page) ? codeBlocks(page).flatMap(({ text }) => text.split('\n')) : [];
    expect(wideLines(stdout).filter((line) => !typed.includes(line.slice(2)))).toEqual([]);
    for (const [, line = ''] of stdout.matchAll(/^ {2}(?:\$ )?(portia .*)$/gm)) expectKnownCommand(line);
    for (const [, named = ''] of stdout.matchAll(/`portia help ([\w-]+)`/g)) expect(topicsListed()).toContain(named);
    expect(topicsListed()).toContain(topic);
  });
});

test('when a topic is a command, too, then its help has the flags and the page', async () => {
  const cwd = makeProject();
  const own = await portiaHere(['trust', '--help'], { cwd });
  const { stdout } = await portiaHere(['help', 'trust'], { cwd });
  expect(stdout.startsWith(own.stdout)).toBe(true);
  expect(stdout).toContain('\nWhat needs it\n');
});

test('when a page is missing then the error says which', async () => {
  const copy = copyPackage();
  rmSync(join(copy, 'docs/models.md'));
  const cwd = makeProject();
  const args = [join(copy, 'bin/portia.js'), 'help', 'models'];
  const child = spawn(TESTED_NODE, args, { cwd, env: cleanEnvironment(cwd), stdio: 'pipe' });
  const { why } = expectError(await ended(child, ''), { code: 'unreadable', exit: 2 });
  expect(why).toContain(join(copy, 'docs/models.md'));
});

test('when the pages of help are listed then each is there', () => {
  expect(topicsListed()).toEqual(TOPICS);
});

test('when a page is for users then it is a topic, and the README leads to it', () => {
  const forMaintainers = ['architecture', 'how-to-add'];
  const pages = readdirSync('docs').flatMap((name) => (name.endsWith('.md') ? [name.replace(/\.md$/, '')] : []));
  const forUsers = pages.filter((page) => !forMaintainers.includes(page));
  const readme = readFileSync('README.md', 'utf8');
  expect(forUsers.filter((page) => HELP_TOPICS[page]?.page !== page)).toEqual([]);
  expect(forUsers.filter((page) => !readme.includes(`](docs/${page}.md)`))).toEqual([]);
});

function topicsListed(): string[] {
  const [, list = ''] = /\nHelp topics\n([^]*?)\n\n/.exec(ROOT_HELP) ?? [];
  return list.trim().split(/,\s+/);
}
