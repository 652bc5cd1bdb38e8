import { PortiaError } from '../../domain/errors.js';
import { checkPlan } from '../../domain/plan-check/plan-rules.js';
import { planDigest } from '../../domain/plan/plan-digest.js';
import { planSchema } from '../../domain/plan/plan-schema.js';
import type { Plan } from '../../domain/plan/plan.js';
import type { JsonObject } from '../../domain/values/json.js';
import { callPort, hookFailed } from '../../hooks/call-port.js';
import type { HookPort } from '../../hooks/hook-port.js';
import { readReply, shapeProblem } from '../../hooks/read-reply.js';
import { requestText, type PlanningServices, type PlanRequest } from './planning.js';

/**
 * The plan as the hooks leave it. Rejects with `no-plan` when one refuses it, with `hook-failed` when one fails, and with
 * what `make` rejects with.
 */
export async function planWithHooks(
  services: PlanningServices,
  request: PlanRequest,
  make: () => Promise<Plan>,
): Promise<Plan> {
  const hooks = await services.hooks();
  if (hooks === undefined) return make();
  const { planInputs = [], signal = new AbortController().signal } = request;
  const { text: redact } = services.redactor();
  const { isInspected } = services.toolEnvironment;
  const call = async (hook: 'beforePlan' | 'afterPlan', about: object) =>
    hooks.names.has(hook)
      ? callPort(hooks, { hook, about: { request: requestText(request), ...about }, signal, redact, isInspected })
      : undefined;
  const returned = await call('beforePlan', { planInputs });
  const problem = returned === undefined ? undefined : shapeProblem('beforePlan', returned);
  if (problem !== undefined) throw hookFailed(hooks, 'beforePlan', problem);
  const plan = await make();
  const replied = await call('afterPlan', { plan });
  if (replied === undefined) return plan;
  const read = await readReply('afterPlan', replied);
  if (!read.ok) throw hookFailed(hooks, 'afterPlan', read.problem);
  const { plan: changed, refuse } = read.reply;
  if (refuse !== undefined) throw refused(hooks, refuse);
  if (changed === undefined) return plan;
  const given = checked(hooks, { ...changed, id: plan.id }, request);
  if (planDigest(given) !== planDigest(plan)) request.note?.('The hook afterPlan changed the plan.');
  return given;
}

function refused({ file }: HookPort, why: string): PortiaError {
  return new PortiaError('no-plan', `The hook afterPlan refused the plan: ${why}`, {
    ...(file !== undefined && { why: `It is in ${file}.` }),
    fix: 'Ask for it in other words, or for something else.',
  });
}

/** A plan that a hook gives is checked like every other one. */
function checked(hooks: HookPort, given: JsonObject, { tools }: PlanRequest): Plan {
  const read = planSchema.safeParse(given);
  if (!read.success) {
    const [issue] = read.error.issues;
    const where = (issue?.path ?? []).map(String).join('/');
    throw hookFailed(hooks, 'afterPlan', `gave something that is not a plan: ${where} ${issue?.message ?? ''}`);
  }
  const byId = new Map(tools.map(({ tool }) => [tool.id, tool]));
  const [wrong] = checkPlan(read.data, { tools: byId }).filter(({ severity }) => severity === 'error');
  if (wrong === undefined) return read.data;
  throw hookFailed(hooks, 'afterPlan', `gave a plan that cannot be run: ${wrong.pointer} ${wrong.message}`);
}
