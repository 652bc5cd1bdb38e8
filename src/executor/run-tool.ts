import type { Clarification } from '../domain/run/clarification.js';
import { PortiaError } from '../domain/errors.js';
import type { Json, JsonObject } from '../domain/values/json.js';
import { cutMessage, describeThrown } from '../domain/values/thrown.js';
import { progressText, timeOfCall } from './call-time.js';
import { toolEndUser } from '../tools/end-user.js';
import type { CallTurn, Tool, ToolContext, ToolEnvironment, ToolProgress, ToolResult } from '../tools/tool.js';
import { BudgetReached } from './budget.js';
import type { RunResult } from './run-result.js';
import { interruptionOf, type Interruption } from './interruption.js';
import type { StepContext } from './run-context.js';
import { isTemporary } from './step-failures.js';
import { limitTime, settleWithin } from '../timing/limit.js';

/** How long a tool may take to end by itself after the run was interrupted. */
const GRACE_MS = 5_000;

/** What goes with the tool's own context. */
export interface RunDetails {
  args: JsonObject;
  facts: JsonObject;
  answers: Clarification[];
  idempotencyKey: string;
  kept: Json | undefined;
  turn: CallTurn;
  /** Asks a model for the tool. */
  askModel: ToolEnvironment['askModel'];
  /** Takes what the call wants to be known of the end user. */
  setEndUserData: ToolContext['setEndUserData'];
}

/**
 * Runs the tool with a deadline. A `once` tool that throws or does not end leaves an unknown outcome. Rejects with the
 * Interruption when the run was interrupted and the tool did not finish its work all the same.
 */
export async function runTool(context: StepContext, tool: Tool, details: RunDetails): Promise<RunResult> {
  const { recorder, services, path: stepPath } = context;
  const { args, turn, askModel, ...own } = details;
  const time = timeOfCall(tool, services.environment, context.timeoutMs);
  const limit = limitTime(context.signal, time.ms, { begunAt: turn.begunAt });
  const { signal } = limit;
  const { id: runId, end_user_id: endUserId } = recorder.run;
  let isOver = false;
  const progress = (report: ToolProgress) => {
    if (isOver) return;
    limit.restart();
    context.onProgress({ runId, path: stepPath, text: recorder.redact(progressText(report)) });
  };
  const endUser = toolEndUser(context.endUser.user);
  const call = { ...own, runId, stepPath, endUserId, endUser, signal, progress };
  const environment: ToolEnvironment = {
    ...services.environment,
    askModel,
  };
  const running = Promise.resolve().then(() => turn.run({ ...call, environment }, args));
  try {
    const result = cutFailure(await limit.race(running), context);
    const interruption = interruptionOf(context.runSignal);
    return interruption === undefined ? result : finishedAnyway(result, interruption);
  } catch (error) {
    const interruption = interruptionOf(context.runSignal);
    if (interruption !== undefined) return finishedAnyway(await endedSoon(running), interruption);
    // A model that could not be asked has done nothing: the run waits for it as it does in other steps.
    if ((isTemporary(error) || error instanceof BudgetReached) && tool.effect !== 'once') throw error;
    // A built-in tool whose disk is full has left everything as it was; so has the run.
    if (tool.source === 'builtin' && error instanceof PortiaError && error.code === 'storage-failed') throw error;
    if (!signal.aborted)
      return outcomeOfThrow(
        tool,
        describeThrown(error, (text) => recorder.redact(text)),
      );
    const isBlockLate = context.signal.aborted && context.timeoutMs === undefined;
    return outcomeOfThrow(tool, isBlockLate ? 'the timeout_ms of a block around its step is over' : time.late);
  } finally {
    isOver = true;
    limit.clear();
  }
}

/** What the tool gives after all; undefined when it fails or takes too long: why no longer matters. */
async function endedSoon(running: Promise<ToolResult>): Promise<ToolResult | undefined> {
  return settleWithin(running, GRACE_MS).catch(() => undefined);
}

/** A failure after an interruption may only mean that the tool was stopped; the run must not fail because of that. */
function finishedAnyway(result: ToolResult | undefined, interruption: Interruption): ToolResult {
  if (result === undefined || result.kind === 'failure') throw interruption;
  return result;
}

/** What a server or a program said may have any length. */
function cutFailure(result: ToolResult, { recorder }: StepContext): ToolResult {
  return result.kind === 'failure' ? { ...result, message: cutMessage(recorder.redact(result.message)) } : result;
}

function outcomeOfThrow(tool: Tool, message: string): RunResult {
  return tool.effect === 'once' ? { kind: 'unknown', message } : { kind: 'failure', message, retryable: true };
}
