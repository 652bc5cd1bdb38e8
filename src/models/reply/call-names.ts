import type { ModelTool } from '../model.js';

/** Put around the name of a function: `functions.look:0`, `default_api:look`, `look<|channel|>commentary`. */
const BEFORE = /^(?:to=)?(?:(?:functions?|default_api|tools?|multi_tool_use|call)[.:/])+/i;
const BEHIND = /(?:<[|｜].*|:\d+|\(\))$/s;
const AROUND = /^[\s"'`]+|[\s"'`]+$/g;

/** The offered function that a model means, however its server writes the name; undefined when there is none. */
export function offeredFunction(written: string, tools: readonly ModelTool[]): ModelTool | undefined {
  const exact = tools.find(({ name }) => name === written);
  if (exact !== undefined) return exact;
  const bare = plainName(bareName(written));
  const meant = tools.filter(({ name }) => plainName(name) === bare);
  return meant.length === 1 ? meant[0] : undefined;
}

/** A name that no offered function has, in letters that every server takes back. */
export function sendableName(written: string): string {
  return (
    bareName(written)
      .replaceAll(/[^\w-]/g, '_')
      .slice(0, 64) || 'unknown'
  );
}

function bareName(written: string): string {
  return written.slice(0, 500).replaceAll(AROUND, '').replace(BEFORE, '').replace(BEHIND, '').replaceAll(AROUND, '');
}

const plainName = (name: string) => name.toLowerCase().replaceAll(/[^a-z0-9]/g, '_');
