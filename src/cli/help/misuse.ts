import { portia } from '../../domain/next-step.js';
import { PortiaError } from '../../domain/errors.js';
import type { CommandFile, CommandTable } from '../session/command.js';
import { longForm } from '../session/flags.js';
import { reportFormat } from '../session/report-format.js';
import type { GlobalOptions } from '../session/options.js';
import { actionNamed } from './command-help.js';

/** The command that was called. */
interface Called {
  name: string;
  file: CommandFile;
  commands: CommandTable;
  /** All words as they were typed. */
  argv: readonly string[];
}

/**
 * Mistakes that commander accepts: words that no parameter takes, and flags that contradict each other. Throws a
 * PortiaError `usage`.
 */
export function refuseMisuse(called: Called, words: string[], options: GlobalOptions): void {
  const { name, file, commands } = called;
  const { parameters = '', drives } = commands[name] ?? {};
  if (words.length > mostWords(parameters)) throw tooManyWords(name, parameters, words);
  refuseForAction(called, words, options);
  const { format, json, events } = options;
  if (json === true && format !== undefined && format !== 'json') {
    throw new PortiaError('usage', `--json and --format ${format} contradict each other.`, {
      why: '--json is --format json.',
      fix: 'Leave out one of them.',
    });
  }
  if (events === '-') {
    throw new PortiaError('usage', '--events takes a file, not -.', {
      why: 'Standard output carries the result.',
      fix: '--format ndjson   # prints the events instead of the result',
    });
  }
  if (events !== undefined && drives !== true) {
    throw new PortiaError('usage', `portia ${name} has no events to write.`, {
      why: `Only ${listed(driving(commands))} drive a run.`,
      fix: 'Leave out --events.',
    });
  }
  refuseReport(called, format);
  if (format === 'value' && file.hasValue !== true) {
    throw new PortiaError('usage', `portia ${name} has no value to print.`, {
      why: '--format value prints what a run ended with.',
      fix: '--format json, or portia show last --format value',
    });
  }
}

/** Throws for a form of report that this command does not have. */
function refuseReport({ name, file }: Called, format: string | undefined): void {
  const wanted = reportFormat(format);
  if (wanted === undefined || file.reports?.includes(wanted)) return;
  throw new PortiaError('usage', `portia ${name} prints no ${wanted}.`, {
    why: 'sarif and github are for problems (check), junit for what is listed (check, list, run-plan --batch).',
    fix: '--format json',
  });
}

/** Throws for a word or a flag that this action of the command does not take. */
function refuseForAction({ name, file, argv }: Called, [word = '', ...others]: string[], options: object): void {
  const action = actionNamed(file, word);
  if (action === undefined) return;
  if (action.parameters.includes('-- ')) refuseNameless({ name, argv }, word, others);
  const given = new Set(Object.entries(options).flatMap(([key, value]) => (value === undefined ? [] : [key])));
  const [flag] = Object.entries(file.flags).filter(([key]) => given.has(key) && !Object.hasOwn(action.flags, key));
  const tooMany = others.length > mostWords(action.parameters) ? JSON.stringify(others.at(-1)) : undefined;
  const refused = tooMany ?? (flag && longForm(flag[1]));
  if (refused === undefined) return;
  throw new PortiaError('usage', `portia ${name} ${word} does not take ${refused}.`, {
    fix: portia(name, word, '--help'),
  });
}

/** Throws for a command behind dashes whose first word would be taken for the name before them. */
function refuseNameless({ name, argv }: Pick<Called, 'name' | 'argv'>, action: string, words: string[]): void {
  const dashes = argv.indexOf('--');
  const command = dashes === -1 ? [] : argv.slice(dashes + 1);
  if (command.length === 0 || command.length < words.length) return;
  throw new PortiaError('usage', 'There is no name before --.', {
    why: 'All that follows -- is the command.',
    fix: portia(name, ...argv.slice(argv.indexOf(action), dashes), 'NAME', '--', ...command),
  });
}

function mostWords(parameters: string): number {
  if (parameters.includes('...')) return Number.POSITIVE_INFINITY;
  return parameters === '' ? 0 : parameters.split(' ').length;
}

/** Parameters that are words of a person: to the shell each is one word, or several without quotes. */
const SENTENCES: readonly [pattern: RegExp, noun: string][] = [
  [/\[query\]$/, 'A request'],
  [/\[hint\]$/, 'A hint'],
  [/<expression>$/, 'An expression'],
];

/** The words of a person that a command takes last, as messages speak of them. */
export function sentenceOf(parameters: string): string | undefined {
  return SENTENCES.find(([pattern]) => pattern.test(parameters))?.[1];
}

const driving = (commands: CommandTable) => Object.keys(commands).filter((name) => commands[name]?.drives);

const listed = (names: string[]) => `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`;

function tooManyWords(name: string, parameters: string, words: string[]): PortiaError {
  const takes = parameters === '' ? 'nothing' : parameters;
  const what = `portia ${name} was given ${words.length === 1 ? 'a word' : `${words.length} words`}, and takes ${takes}.`;
  const noun = sentenceOf(parameters);
  if (noun === undefined) return new PortiaError('usage', what, { fix: portia(name, '--help') });
  const before = parameters.split(' ').length - 1;
  return new PortiaError('usage', what, {
    why: `${noun} is one word to the shell: put it in quotes.`,
    fix: portia(name, ...words.slice(0, before), '--', words.slice(before).join(' ')),
  });
}
