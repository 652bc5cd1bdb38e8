import { isJsonObject, type Json, type JsonObject } from '../../domain/values/json.js';
import { cutMessage } from '../../domain/values/thrown.js';
import { readResult, withOutput } from '../read-result.js';
import type { ToolContext, ToolResult } from '../tool.js';
import type { Host } from './host.js';
import { answersFrom } from './owner-answers.js';
import type { ToolReference } from './protocol.js';

/** One call of a tool in a host. */
export async function callIn(
  host: Host,
  { tool, context, args }: { tool: ToolReference; context: ToolContext; args: JsonObject },
): Promise<ToolResult> {
  const { runId, stepPath, endUserId, endUser, answers, kept, idempotencyKey, facts, environment, signal } = context;
  const own = { runId, stepPath, endUserId, endUser, answers, kept, idempotencyKey, facts };
  const reference = { file: tool.file, id: tool.id };
  const value = await host.request(
    { do: 'run', tool: reference, args, context: own },
    {
      signal,
      progress: context.progress,
      setEndUserData: context.setEndUserData,
      answer: answersFrom(environment),
    },
  );
  return readHosted(value, tool.id);
}

/** A tool may be made by hand, or write to the channel of its host: only what has the shape of a result is one. */
async function readHosted(value: Json, id: string): Promise<ToolResult> {
  const parts = isJsonObject(value) ? value : {};
  const { kind, value: output } = parts;
  if (kind === 'output' && output !== undefined) return { kind, value: output, ...withOutput(parts) };
  if (kind === 'clarifications' || kind === 'failure') return readResult({ id }, value);
  throw new Error(cutMessage(`${id} gave something that is not a result: ${JSON.stringify(value)}`));
}
