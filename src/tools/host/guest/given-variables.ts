import type { Environment } from '../../../domain/environment.js';

/** Variables that libraries look at by themselves and can do without. */
const LOOKED_AT = /^(?:NODE_.*|CI|COLORTERM|DEBUG|FORCE_COLOR|NO_COLOR|TERM_PROGRAM.*|TMUX)$/;

/**
 * The variables of a process that reports when one is read that it was not given: each name once, and only those that
 * somebody could give.
 */
export function watchReads(
  variables: Environment,
  withheld: readonly string[],
  tell: (name: string) => void,
): Environment {
  const untold = new Set(withheld.filter((name) => !LOOKED_AT.test(name)));
  return new Proxy(variables, {
    get(target, name) {
      if (typeof name === 'string' && target[name] === undefined && untold.delete(name)) tell(name);
      return Reflect.get(target, name);
    },
  });
}
