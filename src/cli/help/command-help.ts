import type { Command, Help } from 'commander';

import { capitalised } from '../../domain/values/capitalised.js';
import { wrapTo } from '../../ui/text-width.js';
import type { CommandFile, CommandRow } from '../session/command.js';

/** The width of every page of help: the usual terminal, also in a pipe. */
export const WIDTH_OF_HELP = 80;
const GLOBAL_NOTE = 'More: portia help, and portia help exit-codes, answers or formats';

interface Shown {
  name: string;
  row: CommandRow;
  file: CommandFile;
}

/** Help of one command: what it does, examples, then its flags, those of every command last. */
export function commandHelp(shown: Shown, command: Command, helper: Help): string {
  const { name, row, file } = shown;
  const sentence = `${capitalised(row.summary)}.`;
  const paragraphs = (file.about === undefined ? sentence : `${sentence} ${file.about}`).split('\n\n');
  return [
    ...paragraphs.flatMap((paragraph) => [...wrapTo(paragraph, WIDTH_OF_HELP), '']),
    `Usage: portia ${name} ${row.parameters} [options]`.replaceAll('  ', ' '),
    '',
    'Examples',
    ...exampleLines(file.examples),
    '',
    'Options',
    ...optionLines(command, helper),
    '',
    GLOBAL_NOTE,
    '',
  ].join('\n');
}

/** Each command line with its remark beside it, or all remarks below where there is no room for one. */
function exampleLines(examples: CommandFile['examples']): string[] {
  const widest = Math.max(...examples.map(([line]) => line.length));
  const beside = examples.map(([line, remark]) => `  $ ${line.padEnd(widest)}  # ${remark}`);
  if (beside.every((line) => line.length <= WIDTH_OF_HELP)) return beside;
  return examples.flatMap(([line, remark]) => [`  $ ${line}`, `    # ${remark}`]);
}

function optionLines(command: Command, helper: Help): string[] {
  const options = helper.visibleOptions(command);
  const column = Math.max(...options.map((option) => option.flags.length)) + 4;
  return options.flatMap((option) => {
    const [first = '', ...rest] = wrapTo(option.description, WIDTH_OF_HELP - column);
    return [`  ${option.flags}`.padEnd(column) + first, ...rest.map((line) => ' '.repeat(column) + line)];
  });
}
