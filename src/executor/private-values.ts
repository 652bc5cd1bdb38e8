import { maySendPrivate, privateNames } from '../domain/plan/private-data.js';
import type { RunContext } from './run-context.js';
import type { Recorder } from './recorder.js';
import type { AgentStep, ReactStep } from '../domain/plan/plan.js';
import type { Tool } from '../tools/tool.js';

/** One drive of a run asks it for each call. */
const known = new WeakMap<Recorder, ReadonlySet<string>>();

/** Bare names of the run's values that may hold the user's own data. */
export function privateValues(context: RunContext): ReadonlySet<string> {
  const { recorder, plan, privateInputs, services, subPlans } = context;
  const names =
    known.get(recorder) ??
    privateNames(plan.steps, privateInputs, {
      tools: services.tools,
      plans: { get: (id) => subPlans.get(id) },
    });
  known.set(recorder, names);
  return names;
}

/** Whether the call of an agent may send what is private, where nothing of the plan allows it. */
export function sendsPrivate(
  context: RunContext,
  { agent, tool }: { agent?: AgentStep | ReactStep | undefined; tool: Tool },
): boolean {
  if (agent?.kind !== 'react' || tool.sends !== true) return false;
  return maySendPrivate(agent, tool.id, { tools: context.services.tools, names: privateValues(context) });
}
