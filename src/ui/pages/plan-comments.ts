import type { SentForm } from '../../clarifications/page-form.js';
import type { Plan } from '../../domain/plan/plan.js';
import { comparePaths, stepNumber } from '../../domain/plan/step-path.js';
import { MOST_OF_COMMENT, type PlanComment } from '../../domain/run/plan-comment.js';
import { count } from '../brief-value.js';
import { stepLines } from '../step-lines.js';
import { control } from './controls.js';
import { markup, type Inlay, type Markup } from './markup.js';
import { button, hidden, moment } from './parts.js';

/** A comment, and whether the person who is here wrote it. */
export interface CommentShown extends PlanComment {
  isOlder: boolean;
  isOwn: boolean;
}

/** What people say of the steps of a plan. */
export interface CommentsShown {
  comments: readonly CommentShown[];
  now: Date;
  /** Undefined for those who may only look. */
  form: { csrf: string; typed: SentForm | undefined; faults: ReadonlyMap<string, string> } | undefined;
}

/** Of plans with more steps the number is typed. */
const MOST_LISTED = 50;

/** The comments by step, and a form for another one. */
export function commentsPanel(plan: Plan, { comments, now, form }: CommentsShown): Markup {
  const paths = [...new Set(comments.map(({ step }) => step))].sort(comparePaths);
  const titles = new Map(stepLines(plan.steps).map(({ path, text, who }) => [path, text || who]));
  const steps = paths.map((path) => {
    const own = comments.filter(({ step }) => step === path);
    const title = titles.get(path) ?? 'It is not in this plan.';
    return markup`<li><h3><span class="no">${stepNumber(path)}</span> ${title}</h3><ol>${own.map((one) => commentView(plan, one, { now, csrf: form?.csrf }))}</ol></li>`;
  });
  const how = comments.length === 0 ? 'Nobody has said anything yet.' : `${count(comments.length, 'comment')}.`;
  return markup`<section class="panel box comments" id="comments" aria-labelledby="h-comments"><div class="panel-head"><h2 id="h-comments">Comments</h2><span class="meta">${how}</span></div>${steps.length > 0 && markup`<ol>${steps}</ol>`}${form !== undefined && commentForm(plan, form)}</section>`;
}

function commentView(
  plan: Plan,
  comment: CommentShown,
  { now, csrf }: { now: Date; csrf: string | undefined },
): Markup {
  const { id, author, at, text, isOlder, isOwn, plan_id: of } = comment;
  const remove: Inlay =
    isOwn &&
    csrf !== undefined &&
    of === plan.id &&
    markup`<form method="post" action="/plans/${plan.id}/comments/${id}/remove">${hidden('csrf', csrf)}<button class="plain">Remove<span class="sr"> the comment of ${author.name ?? author.user}</span></button></form>`;
  const older = isOlder && markup`<span class="s-stopped">About an older version of this step</span>`;
  return markup`<li id="comment-${id}"><p class="meta"><b>${author.name ?? author.user}</b> ${moment(at, now)} ${older}</p><p class="text">${text}</p>${remove}</li>`;
}

function commentForm(plan: Plan, { csrf, typed, faults }: NonNullable<CommentsShown['form']>): Markup {
  const lines = stepLines(plan.steps);
  const options = lines.map(({ path, number, text, who }) => ({ const: path, title: `${number}  ${text || who}` }));
  const isListed = lines.length <= MOST_LISTED;
  const step = control(isListed ? { type: 'string', oneOf: options } : { type: 'string' }, {
    ...{ name: 'step', id: 'comment-step', label: 'Step', isRequired: true },
    value: typed?.text('step'),
    error: faults.get('step'),
    ...(!isListed && { hint: 'Its number, like 6.1.' }),
  });
  const said = control(
    { type: 'string', maxLength: MOST_OF_COMMENT },
    {
      ...{ name: 'text', id: 'comment-text', label: 'Comment', isRequired: true, isLong: true },
      value: typed?.text('text'),
      error: faults.get('text'),
    },
  );
  return markup`<form class="start" method="post" action="/plans/${plan.id}/comments">${hidden('csrf', csrf)}${step}${said}${button('Comment')}<p class="hint">No model sees it, and it changes nothing of the plan.</p></form>`;
}
