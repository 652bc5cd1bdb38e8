import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { Option } from 'commander';
import { expect, test } from 'vitest';

import { COMMANDS } from '../../src/cli/command-table.js';
import { rootHelp } from '../../src/cli/help/root-help.js';
import { defineCommand, GROUPS, type CommandTable } from '../../src/cli/session/command.js';
import { flag } from '../../src/cli/session/flags.js';
import { GLOBAL_FLAGS } from '../../src/cli/session/options.js';
import { confirm } from '../../src/cli/input/confirm.js';
import { createSession } from '../../src/cli/session/session.js';
import { COMMAND_FILES } from '../support/command-files.js';

test('when there is a file of a command then it is in the table, and the other way round', () => {
  const files = readdirSync('src/cli/commands').map((file) => file.replace(/\.ts$/, ''));
  expect(files.sort()).toEqual(Object.keys(COMMANDS).sort());
});

test('when there is a command then the page about commands has it', () => {
  const page = readFileSync('docs/commands.md', 'utf8');
  expect(Object.keys(COMMANDS).filter((name) => !page.includes(`portia ${name}`))).toEqual([]);
});

test('when the help is grouped then every group has a command', () => {
  const groups: string[] = Object.values(COMMANDS).map(({ group }) => group);
  expect(GROUPS.filter((group) => !groups.includes(group))).toEqual([]);
});

test.each([...COMMAND_FILES])(
  'when %s declares flags then each has the name that commander gives its value',
  (_name, { file }) => {
    const all = { ...GLOBAL_FLAGS, ...file.flags };
    const given = Object.values(all).map(({ spelling, about }) => new Option(spelling, about).attributeName());
    expect(given).toEqual(Object.keys(all));
  },
);

/** A command of which the rest of the program knows nothing. The compiler holds the lines that it must refuse. */
const madeUp = defineCommand({
  examples: [['portia greet --loud', 'a greeting']],
  flags: { loud: flag.toggle('--loud', 'in capitals') },
  async run(invocation) {
    const session = await createSession(invocation);
    // @ts-expect-error -- it does not offer --yes.
    const isSure: unknown = session.options.yes;
    // @ts-expect-error -- so it cannot ask for a yes in this way either.
    if (isSure) await confirm(session, { question: 'Greet?', command: 'portia greet --yes' });
    const text = session.options.loud ? 'HELLO' : 'hello';
    await session.print({ record: { text }, human: () => `${text}\n` });
    return 0;
  },
});

test('when a command is one row and one file then the help has it', () => {
  const commands: CommandTable = {
    ...COMMANDS,
    greet: { parameters: '[name]', group: 'Core', summary: 'say hello', load: async () => ({ command: madeUp }) },
  };
  expect(rootHelp(commands)).toMatch(/^Core\n(?: {2}.*\n)* {2}greet \[name\] +say hello\n\nPlans and runs$/m);
});

test('when what helps against an error names a command then it is data, so that it is spelled for whoever reads it', () => {
  const names = Object.keys(COMMANDS).join('|');
  const asText = new RegExp(String.raw`\bfix\b.*(?<!advice)['"\`](?:[^'"\`]*: )?portia (?:${names})\b`);
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  const found = files.flatMap((file) =>
    readFileSync(join('src', file), 'utf8')
      .split('\n')
      .filter((line) => asText.test(line))
      .map((line) => `${file}: ${line.trim()}`),
  );
  expect(files.length).toBeGreaterThan(100);
  expect(found).toEqual([]);
});
