import type { Problem } from '../../domain/errors.js';
import { allSteps, toolsOfStep } from '../../domain/plan/plan-steps.js';
import type { Plan } from '../../domain/plan/plan.js';
import type { JsonObject } from '../../domain/values/json.js';
import { askReadiness, isOff, shownReadiness, toolsOffError } from '../../tools/readiness.js';
import type { ToolRegistry } from '../../tools/registry.js';
import type { NotReady, Readiness, Tool, ToolEnvironment } from '../../tools/tool.js';

/**
 * A tool that cannot work here is reported before anything is paid for or done: a PortiaError `invalid-settings`. What a
 * person does elsewhere can wait until the plan runs.
 */
export async function refuseToolsThatAreOff(
  plans: readonly Plan[],
  registry: ToolRegistry,
  environment: ToolEnvironment,
): Promise<void> {
  const lacking = await toolsNotReady(plans, registry, async (tool, args) => askReadiness(tool, { environment, args }));
  const off = new Map([...lacking].filter(([, lack]) => isOff(lack)));
  if (off.size > 0) throw toolsOffError(off, { planId: plans[0]?.id });
}

/** The same as notes: a plan is not wrong because its tools cannot work here yet. */
export async function readinessNotes(
  plans: readonly Plan[],
  registry: ToolRegistry,
  environment: ToolEnvironment,
): Promise<Problem[]> {
  const lacking = await toolsNotReady(plans, registry, async (tool, args) =>
    shownReadiness(tool, { environment, args }),
  );
  return [...lacking].map(([id, lack]) => ({
    severity: 'note',
    rule: 'not-ready',
    message: `${id} ${isOff(lack) ? 'is off here' : 'waits for what you do elsewhere'}: ${lack.why}`,
    pointer: '',
    fix: lack.fix,
  }));
}

/** What the tools lack that the steps may call, by their ids. */
async function toolsNotReady(
  plans: readonly Plan[],
  registry: ToolRegistry,
  ask: (tool: Tool, args: JsonObject | undefined) => Promise<Readiness>,
): Promise<Map<string, NotReady>> {
  const lacking = new Map<string, NotReady>();
  for (const step of plans.flatMap(({ steps }) => allSteps(steps))) {
    const args = step.kind === 'tool' ? step.args : undefined;
    for (const id of toolsOfStep(step)) {
      const tool = registry.get(id);
      const readiness = tool === undefined ? undefined : await ask(tool, args);
      if (readiness?.ready === false) lacking.set(id, readiness);
    }
  }
  return lacking;
}
