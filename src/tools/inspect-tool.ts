import type { JsonObject } from '../domain/values/json.js';
import { limitTime } from '../timing/limit.js';
import type { Inspection, InspectionContext, Tool } from './tool.js';

/** How long a look before a call may take. */
const INSPECTION_MS = 60_000;

export interface Look extends InspectionContext {
  signal: AbortSignal;
  /** A copy without secrets: the facts are shown and recorded. */
  redact(facts: JsonObject): JsonObject;
}

/** What the tool says of a call before it is made. Rejects with what the look throws, or when it takes too long. */
export async function inspectTool(tool: Tool, args: JsonObject, look: Look): Promise<Inspection> {
  const { signal, redact, ...context } = look;
  if (tool.inspect === undefined) return { consent: 'ask', facts: {} };
  const limit = limitTime(signal, INSPECTION_MS);
  try {
    const inspection = await limit.race(tool.inspect(args, context));
    return { ...inspection, facts: redact(inspection.facts) };
  } finally {
    limit.clear();
  }
}
