import type { Environment } from '../domain/environment.js';

export interface Variable {
  name: string;
  value: string;
  origin: 'shell' | 'dotenv';
}

/** Finds a variable by name. One that is set but empty counts as not set. */
export type FindVariable = (name: string) => Variable | undefined;

/** The shell wins over `.env`, also with an empty value: `OPENAI_API_KEY= portia …` switches a key off. */
export function createVariables(shell: Environment, dotenv: ReadonlyMap<string, string>): FindVariable {
  return (name) => {
    const own = Object.hasOwn(shell, name) ? shell[name] : undefined;
    if (own !== undefined) return own === '' ? undefined : { name, value: own, origin: 'shell' };
    const value = dotenv.get(name);
    return value === undefined || value === '' ? undefined : { name, value, origin: 'dotenv' };
  };
}
