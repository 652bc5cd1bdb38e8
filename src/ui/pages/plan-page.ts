import type { Plan } from '../../domain/plan/plan.js';
import type { Page } from './layout.js';
import { markup } from './markup.js';

/** What the page of a plan shows. */
export interface ShownPlan {
  plan: Plan;
}

/** The page of a plan. */
export function planPage({ plan }: ShownPlan): Page {
  const title = plan.plan_context.query;
  return {
    title,
    section: 'plans',
    main: markup`<h1>${title}</h1>
<ol>${plan.steps.map((step, index) => markup`<li><span class="name">${index + 1}</span> ${step.kind}</li>`)}</ol>`,
  };
}
