import { digestValue } from '../values/digest.js';
import { isJsonObject } from '../values/json.js';

/** The person that plans and runs are for; extra keys are kept. */
export interface EndUser {
  /** The id that `--end-user` names. */
  external_id: string;
  name?: string | null | undefined;
  email?: string | null | undefined;
  phone_number?: string | null | undefined;
  /** Whatever else plans may build on. */
  additional_data?: Record<string, string | null> | null | undefined;
  [key: string]: unknown;
}

// Not a schema: that would cost every command as much as starting the program.
/** Why a value is not an end user, with a JSON pointer before it; undefined when it is one. */
export function endUserProblem(value: unknown): string | undefined {
  if (!isJsonObject(value)) return '/: expected an object';
  const { external_id: id, additional_data: data, ...others } = value;
  if (typeof id !== 'string') return '/external_id: expected a text';
  const wrong = OWN_TEXTS.find((key) => !isTextOrNone(others[key]));
  if (wrong !== undefined) return `/${wrong}: expected a text or null`;
  if (data === undefined || data === null) return undefined;
  if (!isJsonObject(data)) return '/additional_data: expected an object';
  const [name] = Object.entries(data).find(([, each]) => !isTextOrNone(each)) ?? [];
  return name === undefined ? undefined : `/additional_data/${name}: expected a text or null`;
}

const OWN_TEXTS = ['name', 'email', 'phone_number'];

function isTextOrNone(value: unknown): boolean {
  return value === undefined || value === null || typeof value === 'string';
}

export function isEndUser(value: unknown): value is EndUser {
  return endUserProblem(value) === undefined;
}

/** What is to be known of an end user: what is not named stays as it is, and null forgets. */
export interface EndUserChange {
  name?: string | null | undefined;
  email?: string | null | undefined;
  phone_number?: string | null | undefined;
  additional_data?: Record<string, string | null> | undefined;
}

/** One of whom nothing is known. */
export function newEndUser(id: string): EndUser {
  return { external_id: id, name: null, email: null, phone_number: null, additional_data: {} };
}

export function changedEndUser(user: EndUser, { additional_data: data = {}, ...own }: EndUserChange): EndUser {
  const named = Object.entries(own).filter(([, value]) => value !== undefined);
  const changed = { ...user, ...Object.fromEntries(named) };
  if (Object.keys(data).length === 0) return changed;
  const known = Object.entries({ ...user.additional_data, ...data }).filter(([, value]) => value !== null);
  return { ...changed, additional_data: Object.fromEntries(known) };
}

/** What is known, by name; without the id, and without what is empty. */
export function factsOf({ name, email, phone_number, additional_data: data }: EndUser): Record<string, string> {
  const own = withoutEmpty({ name, email, phone_number });
  return { ...own, ...withoutEmpty(data ?? {}), ...own };
}

function withoutEmpty(texts: Record<string, string | null | undefined>): Record<string, string> {
  return Object.fromEntries(Object.entries(texts).filter((entry): entry is [string, string] => Boolean(entry[1])));
}

/** Whether the same is known in both. */
export function isSameEndUser(one: EndUser, other: EndUser): boolean {
  return digestValue(one) === digestValue(other);
}
