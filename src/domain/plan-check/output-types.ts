import type { JsonSchema } from '../values/json.js';
import type { ForEachStep, Step } from '../plan/plan.js';
import type { KnownTool } from './surroundings.js';
import { itemsOf } from '../values/value-types.js';

/** The tool that is the model itself. */
export const LLM_TOOL = 'llm_tool';

export interface TypeSources {
  /** Of the expression that a step has, when it has one. */
  expression: JsonSchema | undefined;
  /** Of what the plan leaves that a step runs. */
  plan: JsonSchema | undefined;
  tools: ReadonlyMap<string, KnownTool> | undefined;
}

/** A JSON Schema that what the step leaves fits; undefined when nothing says so. */
export function outputTypeOf(step: Step, { expression, plan, tools }: TypeSources): JsonSchema | undefined {
  switch (step.kind) {
    case undefined:
      return step.output_schema ?? textOf(step.tool_id === null || step.tool_id === LLM_TOOL);
    case 'llm':
      return step.output_schema ?? textOf(true);
    case 'react':
      return step.output_schema;
    case 'tool':
      return step.output_schema ?? tools?.get(step.tool_id)?.outputSchema?.();
    case 'compute':
      return step.output_schema ?? expression;
    case 'user_input':
      if (step.options !== undefined) return Array.isArray(step.options) ? { enum: step.options } : undefined;
      return step.schema;
    case 'user_verify':
      return { type: 'boolean' };
    case 'for_each':
      return step.output_schema ?? { type: 'array' };
    case 'while':
    case 'do_while':
      return step.output_schema ?? (step.collect === undefined ? undefined : { type: 'array' });
    case 'plan':
      return step.output_schema ?? plan;
    case 'if':
    case 'exit':
      return undefined;
  }
}

function textOf(isText: boolean): JsonSchema | undefined {
  return isText ? { type: 'string' } : undefined;
}

/** Of the loop variable. */
export function itemTypeOf({ over }: ForEachStep, list: JsonSchema | undefined): JsonSchema | undefined {
  return typeof over === 'string' ? itemsOf(list) : over.length === 0 ? undefined : { enum: over };
}
