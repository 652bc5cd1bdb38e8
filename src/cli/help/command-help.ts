import type { Command, Help } from 'commander';

import { wrapTo } from '../../ui/text-width.js';
import type { CommandEntry } from './command-table.js';

/** The width of every page of help: the usual terminal, also in a pipe. */
export const WIDTH_OF_HELP = 80;
const GLOBAL_NOTE = 'More: portia help, and portia help exit-codes, answers or formats';

/** Help of one command: what it does, examples, then its flags, those of every command last. */
export function commandHelp(entry: CommandEntry, command: Command, helper: Help): string {
  const sentence = `${entry.summary.charAt(0).toUpperCase()}${entry.summary.slice(1)}.`;
  const paragraphs = (entry.about === undefined ? sentence : `${sentence} ${entry.about}`).split('\n\n');
  return [
    ...paragraphs.flatMap((paragraph) => [...wrapTo(paragraph, WIDTH_OF_HELP), '']),
    `Usage: portia ${entry.name} ${entry.parameters} [options]`.replaceAll('  ', ' '),
    '',
    'Examples',
    ...exampleLines(entry.examples),
    '',
    'Options',
    ...optionLines(command, helper),
    '',
    GLOBAL_NOTE,
    '',
  ].join('\n');
}

/** Each command line with its remark beside it, or all remarks below where there is no room for one. */
function exampleLines(examples: CommandEntry['examples']): string[] {
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
