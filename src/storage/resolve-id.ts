import { advice, type Advice, portia, portiaTyped } from '../domain/next-step.js';
import { PortiaError } from '../domain/errors.js';
import { nearestName } from '../domain/values/nearest-name.js';
import {
  isFromDigest,
  isId,
  matchesShortId,
  normaliseId,
  shortId,
  type IdPrefix,
  type PlanId,
  type RunId,
  type ScheduleId,
} from '../domain/values/ids.js';

/**
 * The plan that a person means: a whole id, at least 4 hex digits of its beginning or end, or `last`.
 * Pure text work: nothing is opened. Throws `not-found` or `ambiguous`.
 * @param ids what is there, newest first
 */
export function resolvePlanRef(text: string, ids: readonly PlanId[]): PlanId {
  return resolveRef(text, ids, 'plan');
}

/** As `resolvePlanRef`, for schedules. */
export function resolveScheduleRef(text: string, ids: readonly ScheduleId[]): ScheduleId {
  return resolveRef(text, ids, 'schd');
}

/** As `resolvePlanRef`, for runs. */
export function resolveRunRef(text: string, ids: readonly RunId[]): RunId {
  return resolveRef(text, ids, 'prun');
}

type Id<Prefix extends IdPrefix> = `${Prefix}-${string}`;

const NOUNS = { plan: 'plan', prun: 'run', clar: 'clarification', schd: 'schedule', note: 'notice' } as const;

function resolveRef<Prefix extends IdPrefix>(text: string, ids: readonly Id<Prefix>[], prefix: Prefix): Id<Prefix> {
  const noun = NOUNS[prefix];
  if (text === 'last') {
    // A run inside another is not what a person started last.
    const newest = prefix === 'prun' ? ids.find((id) => !isFromDigest(id)) : ids[0];
    if (newest === undefined) throw new PortiaError('not-found', `There is no ${noun} yet.`, { fix: firstStep(noun) });
    return newest;
  }
  const whole = normaliseId(text, prefix);
  if (whole !== undefined && ids.includes(whole)) return whole;
  const wanted = text.toLowerCase();
  const found = ids.filter((id) => matchesShortId(id, wanted));
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  throw found.length === 0 ? notFound(text, ids, prefix) : ambiguous(text, found, noun);
}

function ambiguous(text: string, found: readonly string[], noun: string): PortiaError {
  const shown = found.slice(0, 10);
  const more = found.length > shown.length ? [`and ${found.length - shown.length} more`] : [];
  return new PortiaError('ambiguous', `${JSON.stringify(text)} means ${found.length} ${noun}s.`, {
    why: `They are:\n${[...shown, ...more].join('\n')}`,
    fix: `Use a whole id, or more digits of it.`,
  });
}

function notFound(text: string, ids: readonly string[], prefix: IdPrefix): PortiaError {
  const noun = NOUNS[prefix];
  return new PortiaError('not-found', `There is no ${noun} ${JSON.stringify(text)}.`, {
    why: whyNotFound(text, prefix),
    fix: suggestion(text, ids, noun),
  });
}

function whyNotFound(text: string, prefix: IdPrefix): string | undefined {
  if (prefix !== 'schd' && nearestName(text, ['last']) !== undefined) return 'Did you mean last?';
  const other = prefix === 'plan' ? 'prun' : 'plan';
  if (isId(text, other)) return `That is the id of a ${NOUNS[other]}.`;
  if (!/^[0-9a-z-]+$/i.test(text))
    return `An id is ${prefix}- and a UUID; this is not one, and it is not opened as a file.`;
  const digits = text.replace(/^[a-z]+-(?=[0-9a-f-]*$)/i, '').replaceAll('-', '');
  return digits.length < 4 ? 'A shortened id needs at least 4 hex digits.' : undefined;
}

function suggestion(text: string, ids: readonly string[], noun: string): Advice {
  const near = nearestIds(text, ids).map((id) => `${id} (${shortId(id)})`);
  if (near.length === 0)
    return ids.length === 0
      ? firstStep(noun)
      : advice`See what is there: ${noun === 'schedule' ? portia('queue', 'schedules') : portia('list', `${noun}s`)}`;
  return `Did you mean one of these?\n${near.join('\n')}`;
}

/** Ids that begin or end like the text, at most 3, the most alike first. */
export function nearestIds(text: string, ids: readonly string[]): string[] {
  const wanted = digitsOf(text.toLowerCase().replace(/^(plan|prun|clar|schd)-/, ''));
  const ranked = ids
    .map((id) => ({ id, alike: likeness(digitsOf(id.slice(5)), wanted) }))
    .filter(({ alike }) => alike >= 3);
  ranked.sort((a, b) => b.alike - a.alike);
  return ranked.slice(0, 3).map(({ id }) => id);
}

function digitsOf(text: string): string {
  return text.replaceAll(/[^0-9a-f]/g, '');
}

/** Length of the longer of the common beginning and the common end. */
function likeness(a: string, b: string): number {
  const limit = Math.min(a.length, b.length);
  let front = 0;
  while (front < limit && a[front] === b[front]) front += 1;
  let back = 0;
  while (back < limit && a.at(-1 - back) === b.at(-1 - back)) back += 1;
  return Math.max(front, back);
}

function firstStep(noun: string): Advice {
  if (noun === 'schedule')
    return advice`Make one: ${portiaTyped('run-plan', 'PLAN --every "0 9 * * 1-5" --zone Europe/Berlin')}`;
  return advice`Make one: ${portiaTyped(noun === 'plan' ? 'plan' : 'run', '"add 1 + 2"')}`;
}
