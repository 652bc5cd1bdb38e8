import type { Environment } from '../domain/environment.js';

/** Variables that every program gets, beside those that begin with `LC_`. */
export const ALWAYS_GIVEN: readonly string[] = ['PATH', 'HOME', 'LANG', 'TERM', 'TMPDIR'];

/** What a program of others sees of the environment: no key but those that somebody named for it. */
export function guestEnvironment(
  shell: Environment,
  named: readonly { name: string; value: string }[],
): Record<string, string | undefined> {
  const isGiven = (name: string) => ALWAYS_GIVEN.includes(name) || name.startsWith('LC_');
  const given = Object.entries(shell).filter(([name]) => isGiven(name));
  return Object.fromEntries([...given, ...named.map(({ name, value }): [string, string] => [name, value])]);
}
