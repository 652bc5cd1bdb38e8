import type { RunError } from '../errors.js';
import type { Usage } from '../plan/plan.js';
import type { Json } from '../values/json.js';
import type { ModelPurpose, ModelRole } from '../values/model-roles.js';

/** Larger requests are not kept: a loop that gives each of its requests a huge text would fill the disk. */
export const MOST_REQUEST_BYTES = 1_000_000;

/** What a model was sent and what it said, without secrets. */
export interface ModelExchange {
  /** Of its step. */
  path: string;
  role: ModelRole;
  /** Of a call that is not the work of its step. */
  purpose?: ModelPurpose | undefined;
  /** The tool that asked by itself. */
  tool_id?: string | undefined;
  model: string;
  /** ISO 8601, UTC. */
  started_at: string;
  /** Null while the call is under way. */
  ms: number | null;
  usage: Usage | null;
  /** Messages, functions and the form of the reply, with plain marks around data; null when it was not kept. */
  request: Json;
  /** `not_kept`: it was too large, or was not to be recorded. `lost`: its file in the run's memory is gone or damaged. */
  request_state: 'kept' | 'not_kept' | 'lost';
  /** Messages after the request: the first reply, which could not be used, and what was said about it. */
  repair?: Json;
  /** Text and calls of functions; null when there is none. */
  reply: Json;
  /** What was thought, where that is kept. */
  reasoning?: string;
  error: RunError | null;
}
