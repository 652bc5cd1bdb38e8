import { digestValue } from '../domain/digest.js';
import type { Plan } from '../domain/plan.js';
import { toolsOfSteps } from '../domain/plan-steps.js';
import type { Tool } from '../tools/tool.js';

/**
 * What each of the plans' tools promises, as a digest, for tools that can change between approval and resume. Portia's
 * own are left out: they change only with portia.
 */
export function fingerprintTools(plans: Plan[], tools: { get(id: string): Tool | undefined }): Record<string, string> {
  const fingerprints: Record<string, string> = {};
  for (const id of toolsOfSteps(plans.flatMap(({ steps }) => steps))) {
    const tool = tools.get(id);
    const fingerprint = tool && fingerprintTool(tool);
    if (fingerprint !== undefined) fingerprints[id] = fingerprint;
  }
  return fingerprints;
}

/** What a tool promises, as a digest; undefined for portia's own. */
export function fingerprintTool(tool: Tool): string | undefined {
  const { id, name, description, effect, source } = tool;
  if (source === 'builtin') return undefined;
  return digestValue({ id, name, description, effect, source, schema: tool.inputSchema() });
}
