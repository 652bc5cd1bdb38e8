/** A module with these hooks, as text. */
export const defined = (body: string) =>
  `import { defineHooks } from 'portia';\nexport default defineHooks({ ${body} });\n`;

/** `afterPlan` that names every step "sum". */
export const NAMING =
  "afterPlan: ({ plan }) => ({ plan: { ...plan, steps: plan.steps.map((step) => ({ ...step, name: 'sum' })) } })";
