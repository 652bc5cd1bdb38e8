import type { Hono } from 'hono';

import { addComment, removeComment } from '../../app/plans/comments.js';
import type { SentForm } from '../../clarifications/page-form.js';
import { PortiaError } from '../../domain/errors.js';
import type { Plan } from '../../domain/plan/plan.js';
import type { Person } from '../../domain/run/person.js';
import { stepNamed } from '../../ui/step-named.js';
import { requireRole, type Site, type WebEnvironment } from './context.js';
import { requireCsrf, sentForm } from './forms.js';
import { planOf, showPlan } from './plan-routes.js';

/** What people say of the steps of a plan. */
export function commentRoutes(app: Hono<WebEnvironment>, site: Site): void {
  app.post('/plans/:id/comments', async (context) => {
    requireRole(context, 'answer');
    const form = await sentForm(context);
    const { csrf, person } = context.get('session');
    requireCsrf(form, csrf);
    const plan = await planOf(site, context.req.param('id'));
    const faults = await faultsOf(plan, form, { site, author: person });
    if (faults.size > 0) return showPlan(context, site, { plan, comment: { form, faults } });
    return context.redirect(`/plans/${plan.id}#comments`, 303);
  });
  app.post('/plans/:id/comments/:comment/remove', async (context) => {
    requireRole(context, 'answer');
    const { csrf, person } = context.get('session');
    requireCsrf(await sentForm(context), csrf);
    const { id, comment } = context.req.param();
    const plan = await planOf(site, id);
    await removeComment(site.services.store, { plan, id: comment, person });
    return context.redirect(`/plans/${plan.id}#comments`, 303);
  });
}

/** Keeps the comment of a form; otherwise what is wrong with it, by field. */
async function faultsOf(
  plan: Plan,
  form: SentForm,
  { site, author }: { site: Site; author: Person },
): Promise<Map<string, string>> {
  const step = stepNamed(plan, form.text('step') ?? '');
  if (step === undefined) return new Map([['step', 'The plan has no such step.']]);
  try {
    await addComment(site.services, { plan, step, text: form.text('text') ?? '', author });
    return new Map();
  } catch (error) {
    if (!(error instanceof PortiaError) || error.code !== 'usage') throw error;
    return new Map([['text', [error.message, error.details.why].join(' ')]]);
  }
}
