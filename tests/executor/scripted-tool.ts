import * as z from 'zod';

import type { ToolEffect } from '../../src/domain/values/tool-effects.js';
import type { Json, JsonObject } from '../../src/domain/values/json.js';
import { defineTool } from '../../src/tools/define-tool.js';
import type { Tool, ToolContext, ToolDefinition, ToolResult } from '../../src/tools/tool.js';

type Act = (args: JsonObject, context: ToolContext) => Promise<ToolResult | Json> | ToolResult | Json;

export interface ScriptedTool {
  tool: Tool;
  /** The arguments of every call, and the idempotency key. */
  readonly calls: { args: JsonObject; idempotencyKey: string }[];
}

export interface ToolScript extends Partial<
  Pick<ToolDefinition<z.ZodObject>, 'inspect' | 'timeoutMs' | 'args' | 'ready'>
> {
  effect?: ToolEffect;
  builtin?: boolean;
  /** What each call does, in order; a call too many fails. One function does for all calls. */
  acts: Act | Act[];
}

/** A tool `id` that takes an optional `text`, and acts as its script says. */
export function scriptedTool(id: string, script: ToolScript): ScriptedTool {
  const calls: ScriptedTool['calls'] = [];
  const left = Array.isArray(script.acts) ? [...script.acts] : undefined;
  const made = defineTool({
    id,
    name: `The ${id}`,
    description: `Does what the test says.`,
    effect: script.effect ?? 'read',
    args: script.args ?? z.object({ text: z.string().optional() }),
    ...(script.timeoutMs !== undefined && { timeoutMs: script.timeoutMs }),
    ...(script.ready !== undefined && { ready: script.ready }),
    ...(script.inspect !== undefined && { inspect: script.inspect }),
    async run(context, args) {
      const given = args as JsonObject;
      calls.push({ args: structuredClone(given), idempotencyKey: context.idempotencyKey });
      const act = typeof script.acts === 'function' ? script.acts : left?.shift();
      if (act === undefined) throw new Error(`unexpected call of ${id}: ${JSON.stringify(args)}`);
      return act(given, context);
    },
  });
  return { tool: script.builtin === true ? { ...made, source: 'builtin' } : made, calls };
}

/** The texts that a tool was called with. */
export function textsOf({ calls }: ScriptedTool): unknown[] {
  return calls.map(({ args }) => args['text']);
}
