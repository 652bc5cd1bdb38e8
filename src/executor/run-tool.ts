import type { Clarification } from '../domain/clarification.js';
import { messageOf, PortiaError } from '../domain/errors.js';
import type { JsonObject } from '../domain/json.js';
import type { Usage } from '../domain/plan.js';
import type { Tool, ToolEnvironment, ToolResult } from '../tools/tool.js';
import { BudgetReached } from './budget.js';
import { interruptionOf, type Interruption } from './interruption.js';
import type { StepContext } from './run-context.js';
import { isPassing } from './step-failures.js';
import { limitTime, withinTime } from '../timing/limit.js';

/** How long a tool may take that does not say. */
export const DEFAULT_TIMEOUT_MS = 60_000;

/** How long a tool may take to end by itself after the run was interrupted. */
const GRACE_MS = 5_000;

/** `unknown`: nobody can tell whether the call took effect; `message` is what was heard of it. */
export type RunResult = ToolResult | { kind: 'unknown'; message: string };

/** What goes with the tool's own context. */
export interface RunDetails {
  args: JsonObject;
  facts: JsonObject;
  answers: Clarification[];
  idempotencyKey: string;
  /** Called before every model call of the tool; what it throws, the call throws. */
  beforeAsking(): void;
  /** Told of every model call that the tool makes. */
  onUsage(usage: Usage): void;
}

/**
 * Runs the tool with a deadline. A `once` tool that throws or does not end leaves an unknown outcome. Rejects with the
 * Interruption when the run was interrupted and the tool did not finish its work all the same.
 */
export async function runTool(context: StepContext, tool: Tool, details: RunDetails): Promise<RunResult> {
  const { recorder, services, path: stepPath } = context;
  const { args, beforeAsking, onUsage, ...own } = details;
  const limit = limitTime(context.signal, tool.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  const { signal } = limit;
  const call = { ...own, runId: recorder.run.id, stepPath, endUserId: recorder.run.end_user_id, signal };
  const environment: ToolEnvironment = {
    ...services.environment,
    async askModel(prompt, asking) {
      beforeAsking();
      return services.environment.askModel(prompt, asking, onUsage);
    },
  };
  const running = Promise.resolve().then(() => tool.run({ ...call, environment }, args));
  try {
    const result = await limit.race(running);
    const interruption = interruptionOf(context.runSignal);
    return interruption === undefined ? result : finishedAnyway(result, interruption);
  } catch (error) {
    const interruption = interruptionOf(context.runSignal);
    if (interruption !== undefined) return finishedAnyway(await withinTime(running, GRACE_MS), interruption);
    // A model that could not be asked has done nothing: the run waits for it as it does in other steps.
    if ((isPassing(error) || error instanceof BudgetReached) && tool.effect !== 'once') throw error;
    // A built-in tool whose disk is full has left everything as it was; so has the run.
    if (tool.source === 'builtin' && error instanceof PortiaError && error.code === 'storage-failed') throw error;
    return outcomeOfThrow(tool, signal.aborted ? 'it took longer than its time' : messageOf(error));
  } finally {
    limit.clear();
  }
}

/** A failure after an interruption may only mean that the tool was stopped; the run must not fail because of that. */
function finishedAnyway(result: ToolResult | undefined, interruption: Interruption): ToolResult {
  if (result === undefined || result.kind === 'failure') throw interruption;
  return result;
}

function outcomeOfThrow(tool: Tool, message: string): RunResult {
  return tool.effect === 'once' ? { kind: 'unknown', message } : { kind: 'failure', message, retryable: true };
}
