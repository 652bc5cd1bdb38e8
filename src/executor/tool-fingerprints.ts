import { digestValue } from '../domain/values/digest.js';
import { isJsonObject, type Json, type JsonObject } from '../domain/values/json.js';
import type { Plan } from '../domain/plan/plan.js';
import { toolsOfSteps } from '../domain/plan/plan-steps.js';
import type { Tool } from '../tools/tool.js';
import type { KnownTool } from '../domain/values/policies.js';

/** What each of the plans' tools is, as a digest, for tools that can change between approval and resume. */
export function fingerprintTools(plans: Plan[], tools: { get(id: string): Tool | undefined }): Record<string, string> {
  const fingerprints: Record<string, string> = {};
  for (const id of toolsOfSteps(plans.flatMap(({ steps }) => steps))) {
    const tool = tools.get(id);
    const fingerprint = tool && fingerprintTool(tool);
    if (fingerprint !== undefined) fingerprints[id] = fingerprint;
  }
  return fingerprints;
}

/**
 * What a tool promises, the code that does it and what settings make of it, as a digest. Portia's own change only with
 * portia: undefined unless settings make something of them.
 */
export function fingerprintTool(tool: Tool): string | undefined {
  const { id, source, arranged } = tool;
  if (source === 'builtin') return arranged && digestValue({ id, arranged });
  const known = computed.get(tool) ?? computeFingerprint(tool);
  computed.set(tool, known);
  return known;
}

/** A tool is asked about at each call, and its schema may be long. */
const computed = new WeakMap<Tool, string>();

function computeFingerprint(tool: Tool): string {
  const { origin, arranged } = tool;
  return digestValue({
    ...promiseOf(tool),
    schema: withoutDefaults(tool.inputSchema()),
    ...(origin && { sources: origin.digest }),
    ...(arranged && { arranged }),
  });
}

/** The tool as it is, where its code is known: that of a tool in code is not, so nothing is kept about it. */
export function knownTool(tool: Tool): KnownTool | undefined {
  if (tool.source !== 'builtin' && tool.origin === undefined) return undefined;
  return { toolId: tool.id, fingerprint: fingerprintTool(tool) ?? null };
}

/** Whether a recorded fingerprint is that of the tool as it is now. Older versions recorded the promise only. */
export function isFingerprintOf(recorded: string | undefined, tool: Tool): boolean {
  if (recorded === fingerprintTool(tool)) return true;
  if (recorded === undefined || tool.arranged !== undefined) return false;
  return recorded === digestValue({ ...promiseOf(tool), schema: tool.inputSchema() });
}

function promiseOf({ id, name, description, effect, source, sends, isPublic }: Tool): JsonObject {
  return {
    ...{ id, name, description, effect, source },
    ...(sends === true && { sends }),
    ...(isPublic === true && { isPublic }),
  };
}

/** A default may differ each time, such as the time of day. The value that it fills in is shown with the call. */
function withoutDefaults(schema: JsonObject): JsonObject {
  const kept = Object.entries(schema).filter(([keyword]) => keyword !== 'default');
  return Object.fromEntries(kept.map(([keyword, value]) => [keyword, partWithoutDefaults(keyword, value)]));
}

/** Keywords whose keys are names, not keywords. */
const NAMED_PARTS = new Set(['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas']);

function partWithoutDefaults(keyword: string, value: Json): Json {
  if (Array.isArray(value)) return value.map((item) => (isJsonObject(item) ? withoutDefaults(item) : item));
  if (!isJsonObject(value)) return value;
  if (!NAMED_PARTS.has(keyword)) return withoutDefaults(value);
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [name, isJsonObject(part) ? withoutDefaults(part) : part]),
  );
}
