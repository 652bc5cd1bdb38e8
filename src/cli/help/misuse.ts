import { portia } from '../../domain/next-step.js';
import { PortiaError } from '../../domain/errors.js';
import type { CommandFile, CommandTable } from '../session/command.js';
import type { GlobalOptions } from '../session/options.js';

/** The command that was called. */
interface Called {
  name: string;
  file: CommandFile;
  commands: CommandTable;
}

/**
 * Mistakes that commander accepts: words that no parameter takes, and flags that contradict each other. Throws a
 * PortiaError `usage`.
 */
export function refuseMisuse({ name, file, commands }: Called, words: string[], options: GlobalOptions): void {
  const { parameters = '', drives } = commands[name] ?? {};
  const most = parameters.includes('...') ? Number.POSITIVE_INFINITY : parameters.split(' ').length;
  if (words.length > (parameters === '' ? 0 : most)) throw tooManyWords(name, parameters, words);
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
  if (format === 'value' && file.hasValue !== true) {
    throw new PortiaError('usage', `portia ${name} has no value to print.`, {
      why: '--format value prints what a run ended with.',
      fix: '--format json, or portia show last --format value',
    });
  }
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
