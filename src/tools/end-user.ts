import type { EndUser } from '../domain/run/end-user.js';
import type { ToolEndUser } from './tool.js';

/** An end user as tools see one. */
export function toolEndUser({
  external_id: id,
  name,
  email,
  phone_number: phoneNumber,
  additional_data: data,
}: EndUser): ToolEndUser {
  const known = Object.entries(data ?? {}).filter((entry): entry is [string, string] => entry[1] !== null);
  return {
    id,
    ...(name && { name }),
    ...(email && { email }),
    ...(phoneNumber && { phoneNumber }),
    additionalData: Object.fromEntries(known),
  };
}

/** Why it cannot be kept; undefined when it can. Code of others may give anything. */
export function endUserDataProblem(name: unknown, value: unknown): string | undefined {
  if (typeof name !== 'string' || name.trim() === '') return 'setEndUserData takes a name first';
  const isKept = value === null || typeof value === 'string';
  return isKept ? undefined : `setEndUserData keeps texts, and ${name} is neither a text nor null`;
}

/** Throws a TypeError for what cannot be kept. */
export function requireEndUserData(name: unknown, value: unknown): void {
  const problem = endUserDataProblem(name, value);
  if (problem !== undefined) throw new TypeError(problem);
}

/** What a call wants to be known from now on. */
export class EndUserData {
  readonly #data = new Map<string, string | null>();

  /** Throws a TypeError for what cannot be kept. */
  readonly set = (name: string, value: string | null): void => {
    requireEndUserData(name, value);
    this.#data.set(name, value);
  };

  /** Undefined when nothing is wanted. */
  get all(): Record<string, string | null> | undefined {
    return this.#data.size === 0 ? undefined : Object.fromEntries(this.#data);
  }
}
