import { maySendPrivate, privateNames } from '../domain/plan/private-data.js';
import { factsOf } from '../domain/run/end-user.js';
import { isStored } from '../domain/run/run.js';
import { imagesIn } from '../domain/values/images.js';
import type { Json } from '../domain/values/json.js';
import { bareName } from '../domain/values/names.js';
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
    privateNames(plan.steps, [...privateInputs, ...namesOfImages(recorder)], {
      tools: services.tools,
      plans: { get: (id) => subPlans.get(id) },
    });
  known.set(recorder, names);
  return names;
}

/** Inputs that name images: what is in the files is the user's own. */
function namesOfImages({ run }: Recorder): string[] {
  return Object.entries(run.plan_run_inputs).flatMap(([name, output]) =>
    !isStored(output) && namesFiles(output.value) ? [bareName(name)] : [],
  );
}

function namesFiles(value: Json): boolean {
  return [value].flat().some((item) => imagesIn(item).sources.some(({ kind }) => kind === 'file'));
}

/** Whether the call of an agent may send what is private, where nothing of the plan allows it. */
export function sendsPrivate(
  context: RunContext,
  { agent, tool }: { agent?: AgentStep | ReactStep | undefined; tool: Tool },
): boolean {
  if (agent?.kind !== 'react' || tool.sends !== true) return false;
  // Its model is shown what is known of the end user.
  if (Object.keys(factsOf(context.endUser.user)).length > 0) return true;
  return maySendPrivate(agent, tool.id, { tools: context.services.tools, names: privateValues(context) });
}
