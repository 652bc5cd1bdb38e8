import type { Advice } from '../next-step.js';
import type { DataTool } from '../plan/private-data.js';
import type { ToolEffect } from '../values/tool-effects.js';
import type { JsonSchema } from '../values/json.js';
import type { Plan } from '../plan/plan.js';

/** What is known of a tool without calling it. */
export interface KnownTool extends DataTool {
  inputSchema(): JsonSchema;
  /** JSON Schema that every result fits; undefined when the tool does not say. */
  outputSchema?(): JsonSchema | undefined;
  effect?: ToolEffect | undefined;
  source?: string | undefined;
}

export interface KnownToolsAndPlans {
  /** The tools that exist here, by id. Without it, tools are not checked. */
  tools?: ReadonlyMap<string, KnownTool> | undefined;
  /** What tools lack that exist and are not in `tools`, because they are off; by id. */
  toolsOff?: ReadonlyMap<string, { why: string; fix: Advice }> | undefined;
  /** Whether tools may exist that are not known here: then a tool that is not in `tools` is not checked. */
  hasOtherTools?: boolean | undefined;
  /** The plans that steps may run by their id. Without it, ids are not checked. */
  plans?: { get(id: string): Plan | undefined } | undefined;
}

/** The part of a plan that is checked. With its id, a circle of plans that leads back to it is seen. */
export type PlanContent = Pick<Plan, 'plan_inputs' | 'steps'> & { id?: unknown };
