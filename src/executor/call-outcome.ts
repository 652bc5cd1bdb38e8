import type { EventBody, Recorded } from '../domain/run/events.js';
import type { Json, JsonObject } from '../domain/values/json.js';
import { MAX_VALUE_BYTES, sizesText, VALUE_CURE, ValueTooLarge } from '../domain/run/value-too-large.js';
import type { Usage } from '../domain/plan/plan.js';
import type { Tool, ToolResult } from '../tools/tool.js';
import { cutLong } from './long-texts.js';
import type { StepStop } from './outcomes.js';
import type { StepContext } from './run-context.js';

/** How a call of a tool ends, as its step sees it. */
export type CallOutcome =
  /** `args`: those that a person gave the call in place of its own. `byHook`: the value is that of a hook, without a call. */
  | { kind: 'output'; value: Json; args?: JsonObject | undefined; byHook?: true }
  | CallFailure
  /** `reason`: why a person said no to the call. An agent that is told can take another way. */
  | { kind: 'stop'; stop: StepStop; reason?: string | undefined };

/** The end of a call that gave no value. */
export interface CallFailure {
  kind: 'failure';
  message: string;
  /** What else is known about it. */
  why?: string | undefined;
  retryable: boolean;
  notDone: boolean;
  unavailable?: boolean | undefined;
  /** A hook refused the call. */
  byHook?: true;
}

/** A call whose result is larger than a run keeps; its effects have happened. */
export function gaveTooMuch(
  { effect }: Tool,
  { bytes, limit = MAX_VALUE_BYTES }: { bytes: number; limit?: number },
): CallFailure {
  const message = `gave ${sizesText(bytes, limit)}: let it ${VALUE_CURE}.`;
  return { kind: 'failure', message, ...(effect === 'once' && { why: IS_DONE }), retryable: false, notDone: false };
}

const IS_DONE = 'What it did is done, and it is not called again: a resume asks what its result is instead.';

/** Records what a tool gave. A value larger than a run keeps is a failure. */
export async function recordOutput(
  { recorder, path, keepToHost }: StepContext,
  { result, tool }: { result: Extract<ToolResult, { kind: 'output' }>; tool: Tool },
  event: Omit<EventBody & { type: 'tool.finished' }, 'type' | 'outcome'>,
): Promise<CallOutcome> {
  const { value, summary, created, read, warnings = [] } = result;
  if (created !== undefined && created.length > 0) keepToHost();
  for (const message of warnings) recorder.append({ type: 'warning', path, message });
  const seen = recorder.redact(value);
  const made = created && { created };
  let output: Recorded;
  try {
    output = await recorder.record(path, seen);
  } catch (error) {
    if (!(error instanceof ValueTooLarge)) throw error;
    const outcome = { kind: 'too-large' as const, ...error.measured, ...made };
    await recorder.appendDurably({ type: 'tool.finished', ...event, outcome });
    return gaveTooMuch(tool, { ...error.measured, limit: error.limit });
  }
  const said = summary && { summary: cutLong(summary) };
  const looked = read && read.length > 0 && { read: recorder.redact(read) };
  const outcome = { kind: 'output' as const, output, ...said, ...made, ...looked };
  recorder.append({ type: 'tool.finished', ...event, outcome });
  // Something that was only read can be read again: it reaches the disk with the next intent, or when the run pauses.
  if (tool.effect !== 'read') await recorder.flush();
  return { kind: 'output', value: seen };
}

/** What a call had asked models before it was interrupted is paid, although it left nothing. */
export function brokenOff({ path }: StepContext, { id }: Tool, usage: Usage): EventBody & { type: 'warning' } {
  const calls = usage.calls === 1 ? '1 model call' : `${usage.calls} model calls`;
  return { type: 'warning', path, message: `${id} was interrupted after ${calls}.`, usage };
}
