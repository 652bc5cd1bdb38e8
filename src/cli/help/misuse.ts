import { PortiaError } from '../../domain/errors.js';
import { shellCommand } from '../../domain/values/shell-quote.js';
import type { CommandEntry } from './command-table.js';
import type { AllOptions } from '../session/options.js';

/** What commander lets pass: words that nothing takes, and flags that contradict. Throws a PortiaError `usage`. */
export function refuseMisuse(entry: CommandEntry, words: string[], options: AllOptions): void {
  const most = entry.parameters.includes('...') ? Number.POSITIVE_INFINITY : entry.parameters.split(' ').length;
  if (words.length > (entry.parameters === '' ? 0 : most)) throw tooManyWords(entry, words);
  const { format, json, events } = options;
  if (json === true && format !== undefined && format !== 'json') {
    throw new PortiaError('usage', `--json and --format ${format} contradict each other.`, {
      why: '--json is --format json.',
      fix: 'Leave out one of them.',
    });
  }
  if (events === '-') {
    throw new PortiaError('usage', '--events takes a file, not -.', {
      why: 'Standard output carries the answer.',
      fix: '--format ndjson   # makes the events the answer',
    });
  }
  if (events !== undefined && entry.drives !== true) {
    throw new PortiaError('usage', `portia ${entry.name} has no events to write.`, {
      why: 'Only run, run-plan and resume drive a run.',
      fix: 'Leave out --events.',
    });
  }
  if (format === 'value' && entry.hasValue !== true) {
    throw new PortiaError('usage', `portia ${entry.name} has no value to print.`, {
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

function tooManyWords({ name, parameters }: CommandEntry, words: string[]): PortiaError {
  const takes = parameters === '' ? 'nothing' : parameters;
  const what = `portia ${name} was given ${words.length === 1 ? 'a word' : `${words.length} words`}, and takes ${takes}.`;
  const noun = SENTENCES.find(([pattern]) => pattern.test(parameters))?.[1];
  if (noun === undefined) return new PortiaError('usage', what, { fix: `portia ${name} --help` });
  const before = parameters.split(' ').length - 1;
  return new PortiaError('usage', what, {
    why: `${noun} is one word to the shell: put it in quotes.`,
    fix: shellCommand(['portia', name, ...words.slice(0, before), '--', words.slice(before).join(' ')]),
  });
}
