import type { Command, Help } from 'commander';

import type { CommandEntry } from './command-table.js';

const GLOBAL_NOTE = 'More: portia help, portia help exit-codes, portia help answers, portia help formats';

/** Help of one command: what it does, examples, then its flags, those of every command last. */
export function commandHelp(entry: CommandEntry, command: Command, helper: Help): string {
  const examples = entry.examples.map(
    ([line, remark]) => `  $ ${line}${line.length < 58 ? ' '.repeat(58 - line.length) : '  '}# ${remark}`,
  );
  const options = helper.visibleOptions(command);
  const width = Math.max(...options.map((option) => option.flags.length)) + 2;
  const rows = options.map((option) => `  ${option.flags.padEnd(width)}${option.description}`);
  const sentence = `${entry.summary.charAt(0).toUpperCase()}${entry.summary.slice(1)}.`;
  return [
    entry.about === undefined ? sentence : `${sentence} ${entry.about}`,
    '',
    `Usage: portia ${entry.name} ${entry.parameters} [options]`.replaceAll('  ', ' '),
    '',
    'Examples',
    ...examples,
    '',
    'Options',
    ...rows,
    '',
    GLOBAL_NOTE,
    '',
  ].join('\n');
}
