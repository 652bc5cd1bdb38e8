import { digestValue } from '../domain/digest.js';
import type { Plan } from '../domain/plan.js';
import { toolsOfSteps } from '../domain/plan-steps.js';
import type { Tool } from '../tools/tool.js';

/**
 * What each of the plan's tools promises, as a digest, for tools that can change between approval and resume. Portia's
 * own are left out: they change only with portia.
 */
export function fingerprintTools(plan: Plan, tools: { get(id: string): Tool | undefined }): Record<string, string> {
  const fingerprints: Record<string, string> = {};
  for (const id of toolsOfSteps(plan.steps)) {
    const tool = tools.get(id);
    if (tool === undefined || tool.source === 'builtin') continue;
    const { name, description, effect, source } = tool;
    fingerprints[id] = digestValue({ id, name, description, effect, source, schema: tool.inputSchema() });
  }
  return fingerprints;
}

/** Ids whose promise differs from the recorded one, in either direction. */
export function changedTools(recorded: Record<string, string>, current: Record<string, string>): string[] {
  const ids = new Set([...Object.keys(recorded), ...Object.keys(current)]);
  return [...ids].filter((id) => recorded[id] !== current[id]).sort();
}
