import type { RE2JS } from 're2js';

// V8's own regular expressions may take exponential time; these take linear time, whatever the text is.

let engine: typeof RE2JS | undefined;

/** Loads what regular expressions need; the first evaluation of one waits for it. */
export async function loadRegExpEngine(): Promise<void> {
  engine ??= (await import('re2js')).RE2JS;
}

/** What JSONata needs of a RegExp. Throws an Error for a pattern that the engine does not know. */
export class LinearRegExp {
  lastIndex = 0;
  readonly #pattern: RE2JS;

  constructor({ source, flags }: RegExp) {
    if (engine === undefined) throw new Error('the engine of regular expressions is not loaded');
    const { CASE_INSENSITIVE, MULTILINE } = engine;
    const chosen = (flags.includes('i') ? CASE_INSENSITIVE : 0) | (flags.includes('m') ? MULTILINE : 0);
    this.#pattern = engine.compile(engine.translateRegExp(source), chosen);
  }

  /** The next match from `lastIndex` on, in the shape of `RegExp.exec`. */
  exec(text: string): { [group: number]: string | undefined; index: number; length: number } | null {
    const matcher = this.#pattern.matcher(text);
    if (this.lastIndex > text.length || !matcher.find(this.lastIndex)) {
      this.lastIndex = 0;
      return null;
    }
    this.lastIndex = matcher.end();
    const groups = Array.from({ length: matcher.groupCount() + 1 }, (_, group) => matcher.group(group) ?? undefined);
    return Object.assign(groups, { index: matcher.start() });
  }
}

/** What the engine cannot do: lookaround and backreferences. */
const UNSUPPORTED = /\\[1-9]|\\k<|\(\?<?[=!]/;

/** Why a regular expression is refused; undefined when it is not. */
export function regExpProblem(pattern: string): string | undefined {
  return UNSUPPORTED.test(pattern)
    ? 'lookaround and backreferences do not exist in regular expressions here'
    : undefined;
}

/** Characters of a pattern, and counts in it, up to which it takes little time on a text of moderate size. */
const MODERATE_PATTERN = 100;

export function isModerateRegExp(pattern: string): boolean {
  return pattern.length <= MODERATE_PATTERN && !/\{\d*,?\d{3,}/.test(pattern);
}
