import type { Command, Help } from 'commander';

import { capitalised } from '../../domain/values/capitalised.js';
import { wrapTo } from '../../ui/text-width.js';
import type { CommandAction, CommandFile, CommandRow } from '../session/command.js';

/** The width of every page of help: the usual terminal, also in a pipe. */
export const WIDTH_OF_HELP = 80;
const GLOBAL_NOTE = 'More: portia help, and portia help exit-codes, answers or formats';

interface Shown {
  name: string;
  row: CommandRow;
  file: CommandFile;
}

/**
 * Help of one command: what it does, examples, then its flags, those of every command last. When an action of it is named,
 * only what concerns that one.
 */
export function commandHelp(shown: Shown, command: Command, helper: Help): string {
  const { name, row, file } = shown;
  const [word = ''] = command.args;
  const action = actionNamed(file, word);
  if (action !== undefined) return actionHelp({ name: `${name} ${word}`, action, file }, command, helper);
  const actions = Object.entries(file.actions ?? {});
  // A flag that only one action takes is described with that action.
  const isOfAll = (flag: string) => actions.every(([, { flags }]) => Object.hasOwn(flags, flag));
  return pageOf({
    about: aboutOf(row.summary, file.about),
    usage: `${name} ${row.parameters}`,
    actions: actions.map(([each, { parameters, summary }]) => [`${each} ${parameters}`.trim(), summary]),
    examples: file.examples,
    options: optionsOf(
      command,
      helper,
      Object.keys(file.flags).filter((flag) => !isOfAll(flag)),
    ),
    more: actions.length === 0 ? GLOBAL_NOTE : `More: portia ${name} ACTION --help, with the options of that action`,
  });
}

function actionHelp(
  { name, action, file }: { name: string; action: CommandAction; file: CommandFile },
  command: Command,
  helper: Help,
): string {
  const others = Object.keys(file.flags).filter((flag) => !Object.hasOwn(action.flags, flag));
  return pageOf({
    about: aboutOf(action.summary, action.about),
    usage: `${name} ${action.parameters}`,
    actions: [],
    examples: file.examples.filter(([line]) => line.startsWith(`portia ${name} `) || line === `portia ${name}`),
    options: optionsOf(command, helper, others),
    more: GLOBAL_NOTE,
  });
}

/** What a command does for this first word; undefined when it does not do several things. */
export function actionNamed({ actions = {} }: CommandFile, word: string): CommandAction | undefined {
  return Object.hasOwn(actions, word) ? actions[word] : undefined;
}

function aboutOf(summary: string, more = ''): string {
  return `${capitalised(summary)}. ${more}`.trimEnd();
}

interface Page {
  about: string;
  usage: string;
  /** What stands in the first column, and in the second. */
  actions: readonly [string, string][];
  examples: CommandFile['examples'];
  options: readonly [string, string][];
  more: string;
}

function pageOf({ about, usage, actions, examples, options, more }: Page): string {
  return [
    ...about.split('\n\n').flatMap((paragraph) => [...wrapTo(paragraph, WIDTH_OF_HELP), '']),
    `Usage: portia ${usage} [options]`.replaceAll(/ {2,}/g, ' '),
    '',
    ...(actions.length === 0 ? [] : ['Actions', ...inColumns(actions), '']),
    ...(examples.length === 0 ? [] : ['Examples', ...exampleLines(examples), '']),
    'Options',
    ...inColumns(options),
    '',
    more,
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

function optionsOf(command: Command, helper: Help, without: readonly string[]): [string, string][] {
  const options = helper.visibleOptions(command).filter((option) => !without.includes(option.attributeName()));
  return options.map(({ flags, description }) => [flags, description]);
}

function inColumns(rows: readonly (readonly [string, string])[]): string[] {
  const column = Math.max(...rows.map(([first]) => first.length)) + 4;
  return rows.flatMap(([left, right]) => {
    const [first = '', ...rest] = wrapTo(right, WIDTH_OF_HELP - column);
    return [`  ${left}`.padEnd(column) + first, ...rest.map((line) => ' '.repeat(column) + line)];
  });
}
