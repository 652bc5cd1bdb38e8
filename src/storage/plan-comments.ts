import { PortiaError } from '../domain/errors.js';
import { isPlanComment, type PlanComment } from '../domain/run/plan-comment.js';
import type { PlanId } from '../domain/values/ids.js';

/** What people say of the steps of plans. A plan that is removed takes its comments along. */
export interface PlanComments {
  /** Keeps a comment; one that is there already stays as it is. `not-found` when the plan is not there. */
  addComment(comment: PlanComment): Promise<void>;
  /** Those of a plan, the oldest first. `unreadable` when one is damaged. */
  listComments(id: PlanId): Promise<PlanComment[]>;
  /** `not-found` when it is not there. */
  removeComment(comment: Pick<PlanComment, 'plan_id' | 'id'>): Promise<void>;
}

/** What was read at `where`. Throws `unreadable` for what is not a comment of the plan. */
export function readComment(value: unknown, id: PlanId, where: string): PlanComment {
  if (isPlanComment(value) && value.plan_id === id) return value;
  throw new PortiaError('unreadable', `${where} is not a comment of ${id}.`, {
    why: 'Its form is another one.',
    fix: 'Restore it from a backup, or move it away.',
  });
}

export function noSuchComment(id: string): PortiaError {
  return new PortiaError('not-found', `There is no comment ${JSON.stringify(id)}.`, {
    why: 'It was removed, or the id was cut.',
  });
}
