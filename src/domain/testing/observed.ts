import type { ErrorCode } from '../errors.js';
import type { RunState } from '../run/run.js';
import type { Usage } from '../plan/plan.js';
import type { Json, JsonObject } from '../values/json.js';

/** What a run did that is judged. */
export interface Observed {
  /** Absent when it could not be started. */
  state?: RunState | undefined;
  exitCode: number;
  error?: { step: string | null; code: ErrorCode; message: string } | undefined;
  /** By the name without `$`. */
  outputs: ReadonlyMap<string, Json>;
  calls: readonly ToolCallMade[];
  /** Paths of steps. */
  skipped: readonly string[];
  /** Names of the questions, in the order in which they were asked. */
  asks: readonly string[];
  usage: Usage;
  /** What is in a file after the run; undefined when it is not there. */
  contentOf(file: string): string | undefined;
  /** What became of the expressions, by their sources. */
  that: ReadonlyMap<string, Told>;
}

export interface ToolCallMade {
  /** Path of the step. */
  step: string;
  tool: string;
  args: JsonObject;
}

/** `problem`: why an expression has no value. */
export type Told = { value: Json } | { problem: string };
