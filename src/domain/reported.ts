import type { Problem } from './errors.js';
import type { KnownPlans } from './plan/inner-plans.js';
import type { Plan } from './plan/plan.js';
import type { ActingCall } from './run/acting-calls.js';
import type { RunEvent } from './run/events.js';
import type { Run } from './run/run.js';
import type { StepCost } from './run/step-costs.js';
import type { Json, JsonObject } from './values/json.js';

/** A plan with all that a report tells of it. */
export interface ReportedPlan {
  plan: Plan;
  /** Those that it runs. */
  plans: KnownPlans;
  /** What check says, with its notes. */
  problems: readonly Problem[];
  isReading: (toolId: string) => boolean;
}

/** A run with all that a report tells of it. */
export interface ReportedRun {
  /** With the records of all rounds. */
  run: Run;
  /** Undefined when it is not here. */
  plan: Plan | undefined;
  /** Those that the plan runs. */
  plans: KnownPlans;
  isDriven: boolean;
  /** Empty for a run of another program, which has no log. */
  events: readonly RunEvent[];
  acts: readonly ReportedAct[];
  /** Inputs first, then the last value of each name. */
  values: readonly ReportedValue[];
  costs: readonly StepCost[];
}

/** `args`: undefined where they are lost. */
export type ReportedAct = Omit<ActingCall, 'args'> & { args: JsonObject | undefined };

export interface ReportedValue {
  name: string;
  /** Where it comes from: `input`, `input, the default`, `step 4`. */
  from: string;
  /** Undefined where it is too large for a report, or is not here. */
  value: Json | undefined;
  /** Of its JSON. */
  bytes: number;
  /** SHA-256 of its JSON, in hex. */
  digest: string;
  summary: string | undefined;
}
