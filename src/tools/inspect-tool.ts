import type { JsonObject } from '../domain/json.js';
import { limitTime } from '../timing/limit.js';
import type { Inspection, Tool, ToolEnvironment } from './tool.js';

/** How long a look before a call may take. */
const INSPECTION_MS = 60_000;

export interface Look {
  environment: ToolEnvironment;
  /** Absolute paths of the files that this run made. */
  created: ReadonlySet<string>;
  signal: AbortSignal;
  /** A copy without secrets: the facts are shown and recorded. */
  redact(facts: JsonObject): JsonObject;
}

/** What the tool says of a call before it is made. Rejects with what the look throws, or when it takes too long. */
export async function inspectTool(tool: Tool, args: JsonObject, look: Look): Promise<Inspection> {
  const { environment, created, signal, redact } = look;
  if (tool.inspect === undefined) return { consent: 'ask', facts: {} };
  const limit = limitTime(signal, INSPECTION_MS);
  try {
    const inspection = await limit.race(tool.inspect(args, { environment, created }));
    return { ...inspection, facts: redact(inspection.facts) };
  } finally {
    limit.clear();
  }
}
