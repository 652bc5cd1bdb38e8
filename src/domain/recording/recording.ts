import type { RunError } from '../errors.js';
import type { Plan } from '../plan/plan.js';
import type { EndUser } from '../run/end-user.js';
import type { DriveSetup } from '../run/driver.js';
import type { ToolDefinition } from '../run/tool-definition.js';
import type { Person } from '../run/person.js';
import type { RunState } from '../run/run.js';
import type { AgentType } from '../values/agent-types.js';
import type { RunId } from '../values/ids.js';
import type { Json } from '../values/json.js';
import type { RecordedCall } from './recorded-call.js';

/** A run as it can be played again: what it began with, all that came from outside, and what came out. */
export interface Recording {
  runId: RunId;
  plan: Plan;
  /** The plans that it runs as its steps, and those inside them. */
  innerPlans: Plan[];
  inputs: Record<string, Json>;
  /** When it was created: the time that expressions and prompts see. ISO 8601, UTC. */
  clock: string;
  endUserId: string;
  endUser?: EndUser | undefined;
  by?: Person | undefined;
  /** How agents work whose steps do not say. */
  agent?: AgentType | undefined;
  /** What steered its first drive; absent in older logs. */
  setup?: DriveSetup | undefined;
  /** What its tools take that are not portia's own. */
  tools: ToolDefinition[];
  /** How often it was continued after it had failed, and after something outside was not there. */
  triedAgain: { failed: number; unavailable: number };
  calls: RecordedCall[];
  /** Somebody gave it up. */
  isCancelled?: boolean | undefined;
  /** How each step ended, by its path. */
  steps: Map<string, StepResult>;
  end: RunResult;
}

/** Of a completed step: its output, the digest of a large one, or, from a file, the first digits of the digest of any. */
export type StepResult =
  | { kind: 'completed'; output?: Json; digest?: string; short?: string }
  | { kind: 'skipped' }
  | { kind: 'failed'; error: RunError };

export interface RunResult {
  state: RunState;
  error?: RunError | undefined;
  /** Absent while there is none. */
  output?: Json | undefined;
}
