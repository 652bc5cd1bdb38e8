import type { EndUser } from '../../domain/run/end-user.js';
import type { PlanningExchange } from '../../domain/run/planning-exchange.js';
import type { JsonSchema } from '../../domain/values/json.js';
import type { Plan, PlanInput } from '../../domain/plan/plan.js';
import type { EffectiveTool } from '../../tools/registry.js';
import { isOff } from '../../tools/readiness.js';
import type { Store } from '../../storage/store.js';
import type { Tool } from '../../tools/tool.js';
import type { ToolDescription } from '../../planner/offered-tools.js';
import type { Services } from '../services.js';
import type { PlanningBudget } from './planning-budget.js';

export interface PlanRequest {
  query: string;
  /** The tools that the plan may use, and those that it could if they were not off. */
  tools: EffectiveTool[];
  planInputs?: PlanInput[] | undefined;
  /** JSON Schema of the final output. */
  outputSchema?: JsonSchema | undefined;
  /** Plans that show what a good plan looks like here. */
  examples?: Plan[] | undefined;
  /** Whether the nearest plans that this user liked here are examples, too. */
  learns?: boolean | undefined;
  /** Change this plan of the query, as the hint says, instead of making one from nothing. Needs a model. */
  refine?: { plan: Plan; hint: string } | undefined;
  /** An earlier plan of the same request, which is taken instead of making one. */
  found?: Plan | undefined;
  /** Beside `tools`, the tools that unchanged steps may use. */
  toolsInUse?: Tool[] | undefined;
  /** The person wants a plan although tools are off that the request needs. */
  doesWithout?: boolean | undefined;
  /** How the caller asks for a plan without these tools. Default: with flags. */
  exclusion?: ((ids: readonly string[]) => string) | undefined;
  /** Who the plan is for. */
  endUser?: EndUser | undefined;
  /** What planning may cost, when it is done for a run. */
  budget?: PlanningBudget | undefined;
  signal?: AbortSignal | undefined;
  /** Called with what happens, one sentence each time. */
  note?: ((text: string) => void) | undefined;
  /** Called with what went wrong and does not keep the plan from being made. */
  warn?: ((text: string) => void) | undefined;
}

/** A plan for a request, and what the planning model was sent and said for it. */
export interface PlannedRequest {
  plan: Plan;
  exchanges: readonly PlanningExchange[];
}

export type PlanningServices = Pick<
  Services,
  | 'settings'
  | 'hooks'
  | 'toolEnvironment'
  | 'planner'
  | 'modelChoice'
  | 'modelId'
  | 'model'
  | 'newId'
  | 'now'
  | 'redactor'
  | 'likedPlans'
  | 'embeddings'
> &
  Partial<Pick<Services, 'fallback'>> & { store: Store };

/** What is asked for, in words: of a plan that is changed, with how it is changed. */
export function requestText({ query, refine }: PlanRequest): string {
  return refine === undefined ? query : `${query}\n${refine.hint}`;
}

/** Those that can work here, perhaps after a person has signed in. */
export function readyTools({ tools }: PlanRequest): Tool[] {
  return tools.flatMap(({ tool, readiness }) => (isOff(readiness) ? [] : [tool]));
}

export function describeTool(tool: Tool): ToolDescription {
  const { id, description, effect, cues } = tool;
  return { id, description, effect, cues, inputSchema: tool.inputSchema(), outputSchema: tool.outputSchema?.() };
}
