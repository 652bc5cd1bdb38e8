import { shellQuote } from './values/shell-quote.js';

/**
 * A command of portia as data, so that the code that shows it can add flags such as `-C`, or show it in another way.
 */
export interface CommandStep {
  command: string;
  /** What follows it, each word as it is typed in a shell. */
  words: readonly string[];
}

/** The command that was given, once more. */
export interface RepeatStep {
  repeat: true;
}

/** A part of an advice: words, a command, or the same command again. */
export type NextStep = string | CommandStep | RepeatStep;

/** What to do: its parts, one after the other. A newline in the words separates alternatives. */
export type Advice = string | CommandStep | readonly NextStep[];

/** How a command is written. */
export type SpellCommand = (step: CommandStep) => string;

export const REPEAT: RepeatStep = { repeat: true };

/** A command with its words, which are quoted where a shell needs it. */
export function portia(command: string, ...words: string[]): CommandStep {
  return { command, words: words.map(shellQuote) };
}

/** A command with what follows it as a person types it: `NAME=VALUE`, `"add 1 + 2"`. */
export function portiaTyped(command: string, typed: string): CommandStep {
  return { command, words: typed === '' ? [] : [typed] };
}

/** Advice as a template: advice`See what is there: ${portia('list', 'plans')}`. */
export function advice(words: TemplateStringsArray, ...parts: (Advice | RepeatStep)[]): Advice {
  return joined(words.flatMap((text, index) => [text, ...partsOf(parts[index] ?? '')]));
}

/** One advice below the other, each once. */
export function adviceLines(all: readonly (Advice | undefined)[]): Advice {
  const others = new Map(all.filter((each) => each !== undefined).map((each) => [adviceText(each), partsOf(each)]));
  others.delete('');
  return joined([...others.values()].flatMap((each, index) => (index === 0 ? each : ['\n', ...each])));
}

function partsOf(part: Advice | RepeatStep): readonly NextStep[] {
  if (typeof part === 'string') return [part];
  return 'command' in part || 'repeat' in part ? [part] : part;
}

/** Words that stand together are one part; advice without a command is text. */
function joined(parts: readonly NextStep[]): Advice {
  const all: NextStep[] = [];
  for (const part of parts) {
    const last = all.at(-1);
    if (typeof part === 'string' && typeof last === 'string') all[all.length - 1] = last + part;
    else if (part !== '') all.push(part);
  }
  const [first = ''] = all;
  return all.length <= 1 && typeof first === 'string' ? first : all;
}

/** The text of an advice, with its commands as `spell` writes them. */
export function spellAdvice(given: Advice, spell: SpellCommand): string {
  return partsOf(given)
    .map((part) => (typeof part === 'string' ? part : 'repeat' in part ? 'run the same command again.' : spell(part)))
    .join('');
}

/** A command as it is stored: without the folder and the flags of whoever reads it. */
export const plainCommand: SpellCommand = ({ command, words }) => ['portia', command, ...words].join(' ');

/** The text of an advice as it is stored. */
export function adviceText(given: Advice): string {
  return spellAdvice(given, plainCommand);
}

/** The advice that a text was stored from: a line that begins with portia is a command, up to a remark. */
export function readAdvice(text: string): Advice {
  return adviceLines(text.split('\n').map(readLine));
}

function readLine(line: string): Advice {
  const [, command, typed = '', remark = ''] = /^portia ([a-z-]+)(?: (.*?))?( {3}# .*)?$/.exec(line) ?? [];
  return command === undefined ? line : advice`${portiaTyped(command, typed)}${remark}`;
}

/** The same when the run is saved: the command that continues it, instead of the same command again. */
export function continueInstead(fix: Advice | undefined, next: Advice): Advice {
  const parts = partsOf(fix ?? '');
  const last = parts.at(-1);
  const isRepeat = typeof last === 'object' && 'repeat' in last;
  return adviceLines([isRepeat ? joined([...parts.slice(0, -1), 'continue:']) : fix, next]);
}
