import { randomUUID } from 'node:crypto';

import { PortiaError } from '../../domain/errors.js';
import { portia } from '../../domain/next-step.js';
import { ExpressionError } from '../../domain/expressions/expression-error.js';
import { completePlan } from '../../domain/plan/complete-plan.js';
import { stepAt } from '../../domain/plan/plan-steps.js';
import type { Plan } from '../../domain/plan/plan.js';
import { stepNumber, withoutRounds } from '../../domain/plan/step-path.js';
import { isAuthor, MOST_OF_COMMENT, stepDigest, type PlanComment } from '../../domain/run/plan-comment.js';
import type { Person } from '../../domain/run/person.js';
import { isPlanId } from '../../domain/values/ids.js';
import type { Store } from '../../storage/store.js';
import { noSuchComment } from '../../storage/plan-comments.js';
import type { Services } from '../services.js';

/** A comment as it is shown with a plan. */
export interface ShownComment extends PlanComment {
  /** The step is not as it was when the comment was written, or is gone. */
  isOlder: boolean;
}

/** Plans before a plan whose comments are shown with it, each changed into the next. */
const MOST_BEFORE = 20;

/** Keeps what a person says of a step; `step` is its path. Throws `usage` for a text or a step that cannot be. */
export async function addComment(
  { store, now, redactor }: Pick<Services, 'store' | 'now' | 'redactor'>,
  { plan, step: path, text, author }: { plan: Plan; step: string; text: string; author: Person },
): Promise<PlanComment> {
  const step = stepAt(plan.steps, path);
  if (step === undefined) throw noSuchStep(plan, path);
  const said = text.replace(/\r\n?/g, '\n').trim();
  if (said === '') throw wrongText('The comment is empty.', 'It needs at least one character.');
  if (said.length > MOST_OF_COMMENT) {
    throw wrongText(`The comment has ${said.length} characters.`, `It can have ${MOST_OF_COMMENT}.`);
  }
  const comment: PlanComment = {
    ...{ id: randomUUID(), plan_id: plan.id, step: withoutRounds(path), step_digest: stepDigest(step) },
    ...{ author, at: now().toISOString(), text: redactor().text(said) },
  };
  await store.addComment(comment);
  return comment;
}

/** Throws `not-found` where it is not there, and `usage` for somebody who did not write it. */
export async function removeComment(
  store: Store,
  { plan, id, person }: { plan: Plan; id: string; person: Person },
): Promise<void> {
  const comment = (await store.listComments(plan.id)).find((one) => one.id === id);
  if (comment === undefined) throw noSuchComment(id);
  if (!isAuthor(comment, person)) {
    throw new PortiaError('usage', 'Only its author can remove a comment.', {
      why: `It is by ${comment.author.name ?? comment.author.user}.`,
    });
  }
  await store.removeComment(comment);
}

/** The comments on a plan, and on those that it was made from, the oldest first. */
export async function commentsOn(store: Store, plan: Plan): Promise<ShownComment[]> {
  const found: PlanComment[] = [];
  const seen = new Set<string>();
  let at: Plan | undefined = plan;
  while (at !== undefined && !seen.has(at.id) && seen.size <= MOST_BEFORE) {
    seen.add(at.id);
    found.unshift(...(await store.listComments(at.id)));
    const before: string | undefined = at.derived_from;
    at = before !== undefined && isPlanId(before) ? await store.readPlan(before) : undefined;
  }
  const steps = found.length === 0 ? [] : stepsAsKept(plan);
  return found.map((comment) => {
    const step = stepAt(steps, comment.step);
    return { ...comment, isOlder: step === undefined || stepDigest(step) !== comment.step_digest };
  });
}

/** Comments are on plans as they are kept; a file may say less, or what could not be kept. */
function stepsAsKept(plan: Plan): Plan['steps'] {
  try {
    return completePlan(plan).steps;
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return plan.steps;
  }
}

function noSuchStep(plan: Plan, path: string): PortiaError {
  return new PortiaError('usage', `${plan.id} has no step ${JSON.stringify(stepNumber(path))}.`, {
    why: 'A step is named by its number, like 2 or 6.1.',
    fix: portia('show', plan.id),
  });
}

function wrongText(what: string, why: string): PortiaError {
  return new PortiaError('usage', what, { why });
}
