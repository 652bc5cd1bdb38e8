import { digestValue } from '../values/digest.js';
import type { PlanId } from '../values/ids.js';
import { isJsonObject } from '../values/json.js';
import { countingName, type Person } from './person.js';
import type { Step } from '../plan/plan.js';

/** What a person said of a step of a plan. It is no part of the plan, and no model sees it. */
export interface PlanComment {
  /** A UUID. */
  id: string;
  plan_id: PlanId;
  /** Path of the step. */
  step: string;
  /** Digest of the step as it was then. */
  step_digest: string;
  author: Person;
  /** ISO 8601, UTC. */
  at: string;
  /** 1 to 10,000 characters; lines are kept. */
  text: string;
}

export const MOST_OF_COMMENT = 10_000;

/** By which a comment knows its step again, also in another plan. */
export function stepDigest(step: Step): string {
  return digestValue(step);
}

/** Whether a text can be the id of a comment: nothing else becomes a part of a path. */
export function isCommentId(text: string): boolean {
  return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);
}

/** Whether a person wrote it, by the name that counts. */
export function isAuthor({ author }: Pick<PlanComment, 'author'>, person: Person): boolean {
  return countingName(author) === countingName(person);
}

/** Whether a value that was kept is a comment. */
export function isPlanComment(value: unknown): value is PlanComment {
  if (!isJsonObject(value) || !isJsonObject(value['author'])) return false;
  const texts = [...['id', 'plan_id', 'step', 'step_digest', 'at', 'text'].map((key) => value[key])];
  return [...texts, value['author']['user'], value['author']['host']].every((text) => typeof text === 'string');
}

/** The oldest first. */
export function byTime(comments: readonly PlanComment[]): PlanComment[] {
  return [...comments].sort((one, other) => (`${one.at} ${one.id}` < `${other.at} ${other.id}` ? -1 : 1));
}
