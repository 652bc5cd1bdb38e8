import type { Hono } from 'hono';

import { checkHere } from '../../app/check-here.js';
import { effectsOf } from '../../app/tool-effects.js';
import { commentsOn } from '../../app/plans/comments.js';
import { estimateHere } from '../../app/plans/estimate-here.js';
import { loadReferencedPlans } from '../../app/plans/referenced-plans.js';
import { PortiaError } from '../../domain/errors.js';
import { diffPlans } from '../../domain/plan/plan-diff.js';
import { stepAt } from '../../domain/plan/plan-steps.js';
import type { Plan } from '../../domain/plan/plan.js';
import { withoutRounds } from '../../domain/plan/step-path.js';
import { isAuthor } from '../../domain/run/plan-comment.js';
import { isPlanId } from '../../domain/values/ids.js';
import { planBlockPage, planPage, type ShownPlan } from '../../ui/pages/plan-page.js';
import type { StartForm } from '../../ui/pages/start-form.js';
import type { SentForm } from '../../clarifications/page-form.js';
import { lackOf, requireRole, respond, type Site, type WebContext, type WebEnvironment } from './context.js';
import { requireCsrf, sentForm } from './forms.js';
import { startSent } from './start-sent.js';

/** Plans that one can be compared with by a list. */
const MOST_OTHERS = 20;

/** The list of plans, and each of them. */
export function planRoutes(app: Hono<WebEnvironment>, site: Site): void {
  app.get('/plans/:id', async (context) => {
    requireRole(context, 'look');
    return showPlan(context, site, { plan: await planOf(site, context.req.param('id')) });
  });
  app.get('/plans/:id/block', async (context) => {
    requireRole(context, 'look');
    const plan = await planOf(site, context.req.param('id'));
    const path = context.req.query('step') ?? '';
    const step = stepAt(plan.steps, path);
    if (step === undefined) throw new PortiaError('not-found', `${plan.id} has no step ${JSON.stringify(path)}.`);
    const known = await knownOf(plan, site);
    return respond(context, site, planBlockPage({ ...known, inside: { step, path: withoutRounds(path) } }));
  });
  app.post('/plans/:id/start', async (context) => {
    requireRole(context, 'run');
    const form = await sentForm(context);
    requireCsrf(form, context.get('session').csrf);
    const plan = await planOf(site, context.req.param('id'));
    const begun = await startSent(plan, { form, by: context.get('session').person }, site);
    if (begun.kind === 'refused') return showPlan(context, site, { plan, refused: { form, faults: begun.faults } });
    return context.redirect(`/runs/${begun.id}`, 303);
  });
}

/** A form that was sent, and what is wrong with it. */
interface RefusedForm extends Pick<StartForm, 'faults'> {
  form: SentForm;
}

/** The page of a plan, with what was sent to start a run or to comment on a step, where that is wrong. */
export async function showPlan(
  context: WebContext,
  site: Site,
  { plan, refused, comment }: { plan: Plan; refused?: RefusedForm; comment?: RefusedForm },
): Promise<Response> {
  const { services, spell } = site;
  const { store } = services;
  const session = context.get('session');
  const { csrf, roles, person } = session;
  const { registry, ...known } = await knownOf(plan, site);
  const { plans } = known;
  const estimate = await estimateHere(services, { plan, plans, tools: registry }, { inputs: {} });
  const wanted = context.req.query('compare');
  const before = wanted === undefined ? undefined : await planOf(site, wanted);
  const start = { csrf, faults: refused?.faults ?? new Map(), typed: refused?.form };
  return respond(context, site, {
    ...planPage({
      ...{ ...known, spell, estimate },
      start: site.drives !== undefined && roles.has('run') ? start : undefined,
      lack: roles.has('run') ? undefined : lackOf('run', session),
      others: await othersThan(plan, site),
      compared: before && { before, changes: diffPlans(before, plan) },
      comments: {
        comments: (await commentsOn(store, plan)).map((one) => ({ ...one, isOwn: isAuthor(one, person) })),
        now: services.now(),
        form: roles.has('answer') ? { csrf, typed: comment?.form, faults: comment?.faults ?? new Map() } : undefined,
      },
    }),
    ...((refused ?? comment) && { status: 400 }),
  });
}

/** What is known of a plan here: the plans inside, its tools, and what check says. */
async function knownOf(plan: Plan, { services }: Site) {
  // Check says which plans are missing.
  const plans = await loadReferencedPlans(plan, services.store, () => undefined);
  const registry = await services.toolsToCheck([plan, ...plans.values()]);
  const effects = effectsOf(registry);
  const problems = await checkHere(plan, services, services.store);
  return { plan, plans, registry, problems, isReading: (id: string) => effects.get(id) === 'read' };
}

export async function planOf({ services: { store } }: Site, id: string): Promise<Plan> {
  const plan = isPlanId(id) ? await store.readPlan(id) : undefined;
  if (plan === undefined) throw new PortiaError('not-found', `There is no plan ${JSON.stringify(id)}.`);
  return plan;
}

async function othersThan({ id: own }: Plan, { services: { store } }: Site): Promise<ShownPlan['others']> {
  const ids = (await store.listPlanIds()).filter((id) => id !== own).slice(0, MOST_OTHERS);
  return Promise.all(ids.map(async (id) => ({ id, query: (await store.readRequest(id)) ?? '' })));
}
