/** Ids are a prefix and a lower-case UUID. */
export type PlanId = `plan-${string}`;
export type RunId = `prun-${string}`;
export type ClarificationId = `clar-${string}`;
export type ScheduleId = `schd-${string}`;
export type NoticeId = `note-${string}`;
export type IdPrefix = 'plan' | 'prun' | 'clar' | 'schd' | 'note';

/** Makes ids whose UUID is version 7, so that names sort by time. */
export type NewId = <Prefix extends IdPrefix>(prefix: Prefix) => `${Prefix}-${string}`;

/** The wall clock, as a parameter so that rules stay pure. */
export type Now = () => Date;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const UUID_LENGTH = 36;

export function isId<Prefix extends IdPrefix>(text: unknown, prefix: Prefix): text is `${Prefix}-${string}` {
  // Its length first: a list looks at the names of all files.
  if (typeof text !== 'string' || text.length !== prefix.length + 1 + UUID_LENGTH) return false;
  return text.startsWith(`${prefix}-`) && UUID.test(text.slice(-UUID_LENGTH));
}

/** A regular expression that exactly these ids match. */
export function idPattern(prefix: IdPrefix): string {
  return `^${prefix}-${UUID.source.slice(1)}`;
}

export const isPlanId = (text: unknown): text is PlanId => isId(text, 'plan');
export const isClarificationId = (text: unknown): text is ClarificationId => isId(text, 'clar');
export const isRunId = (text: unknown): text is RunId => isId(text, 'prun');
export const isScheduleId = (text: unknown): text is ScheduleId => isId(text, 'schd');
export const isNoticeId = (text: unknown): text is NoticeId => isId(text, 'note');

/**
 * An id as other tools spell it (upper case, braces, no hyphens, no prefix), in the one spelling that portia writes;
 * undefined when it is not an id.
 */
export function normaliseId<Prefix extends IdPrefix>(text: unknown, prefix: Prefix): `${Prefix}-${string}` | undefined {
  if (typeof text !== 'string') return undefined;
  const bare = text.startsWith(`${prefix}-`) ? text.slice(prefix.length + 1) : text;
  const digits = bare
    .toLowerCase()
    .replace(/^\{|\}$/g, '')
    .replaceAll('-', '');
  if (!/^[0-9a-f]{32}$/.test(digits)) return undefined;
  return `${prefix}-${spellUuid(digits)}`;
}

/** A version-8 UUID made from a digest: the same content always gets the same id. */
export function idFromDigest<Prefix extends IdPrefix>(prefix: Prefix, digest: string): `${Prefix}-${string}` {
  const variant = ((Number.parseInt(digest.slice(16, 17), 16) & 0x3) | 0x8).toString(16);
  return `${prefix}-${spellUuid(`${digest.slice(0, 12)}8${digest.slice(13, 16)}${variant}${digest.slice(17, 32)}`)}`;
}

/** Whether the id was made from a digest: a run of which it is one is part of another run. */
export function isFromDigest(id: string): boolean {
  return id.at(-22) === '8';
}

/** The last 8 hex digits: what people see. Version-7 ids share their beginnings, so the end tells them apart. */
export function shortId(id: string): string {
  return id.slice(-8);
}

/** Whether the id is of version 7: such ids sort by the time of their making. */
export function isTimed(id: string): boolean {
  return id.at(-22) === '7';
}

/** Milliseconds since 1970 inside a version-7 UUID; undefined for other versions. */
export function timeOfId(id: string): number | undefined {
  const uuid = id.slice(-UUID_LENGTH);
  return UUID.test(uuid) && isTimed(uuid) ? Number.parseInt(uuid.slice(0, 8) + uuid.slice(9, 13), 16) : undefined;
}

/** Whether a shortened id means this one: a prefix or suffix of at least 4 hex digits, with or without `plan-`. */
export function matchesShortId(id: string, text: string): boolean {
  const prefix = id.slice(0, 5);
  const wanted = text.startsWith(prefix) ? text.slice(prefix.length) : text;
  const digits = wanted.replaceAll('-', '');
  if (!/^[0-9a-f]{4,32}$/.test(digits)) return false;
  const own = id.slice(5).replaceAll('-', '');
  return own.startsWith(digits) || own.endsWith(digits);
}

function spellUuid(digits: string): string {
  return [digits.slice(0, 8), digits.slice(8, 12), digits.slice(12, 16), digits.slice(16, 20), digits.slice(20)].join(
    '-',
  );
}
