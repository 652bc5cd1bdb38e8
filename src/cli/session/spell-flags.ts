import { longForm, type Flag, type Flags } from './flags.js';
import { GLOBAL_FLAGS, INPUT_FLAGS, LIMIT_FLAGS, MODEL_FLAGS, RUN_FLAGS, type SharedOptions } from './options.js';

const FLAGS: { [Name in keyof SharedOptions]?: Flag } = {
  ...INPUT_FLAGS,
  ...RUN_FLAGS,
  ...MODEL_FLAGS,
  ...LIMIT_FLAGS,
  ...GLOBAL_FLAGS,
};

/** First what may be given several times, last what has no value. */
const ORDER = { list: 0, text: 1, count: 1, switch: 2 } satisfies Record<Flag['kind'], number>;

/** All the flags that were given, as words of a command that starts the same run. */
export function startFlags(options: SharedOptions): string[] {
  return wordsOf(options, ({ again }) => again !== undefined);
}

/**
 * The flags without which a paused run would continue differently: its models, and what its tools may do. Not those
 * whose values the run itself keeps or has used up, and not limits, which would stop it again.
 */
export function resumeFlags(options: SharedOptions): string[] {
  return wordsOf(options, ({ again }) => again === 'resume');
}

/** The words of every flag that was given. */
export function givenFlags(options: SharedOptions): string[] {
  return wordsOf(options, () => true);
}

function wordsOf(options: SharedOptions, isWanted: (flag: Flag) => boolean): string[] {
  const wanted = Object.entries(FLAGS as Flags).filter(([, flag]) => isWanted(flag));
  return wanted
    .sort(([, one], [, other]) => ORDER[one.kind] - ORDER[other.kind])
    .flatMap(([name, flag]) => {
      const value = options[name as keyof SharedOptions];
      const word = flag.printedAs ?? longForm(flag);
      if (value === undefined) return [];
      if (typeof value === 'boolean') return value === word.startsWith('--no-') ? [] : [word];
      return [value].flat().flatMap((each) => [word, String(each)]);
    });
}
