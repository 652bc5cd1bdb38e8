import { readFileSync } from 'node:fs';

import { parse } from 'yaml';
import * as z from 'zod';

import type { Json } from '../../../src/domain/values/json.js';
import { TOOL_EFFECTS } from '../../../src/domain/values/tool-effects.js';
import { builtinTools } from '../../../src/tools/builtin/builtin-tools.js';
import type { Tool } from '../../../src/tools/tool.js';
import type { BenchmarkCase } from './benchmark-case.js';

const json: z.ZodType<Json> = z.json();
const toolsSchema = z.array(
  z.strictObject({
    id: z.string(),
    effect: z.enum(TOOL_EFFECTS),
    description: z.string(),
    /** JSON Schema. */
    args: z.record(z.string(), json),
    /** What it gives where the world of a case says nothing. */
    gives: json,
  }),
);

export type BenchmarkTool = z.infer<typeof toolsSchema>[number];

/** The tools of all cases, beside those that come with portia. */
export const BENCHMARK_TOOLS: ReadonlyMap<string, BenchmarkTool> = new Map(
  toolsSchema.parse(parse(readFileSync('tests/planner/benchmark/tools.yaml', 'utf8'))).map((tool) => [tool.id, tool]),
);

/** What the planner is told of the tools that a case offers, and of the one that thinks. */
export function toolsOffered({ tools }: BenchmarkCase): Tool[] {
  const builtin = new Map(builtinTools().map((tool) => [tool.id, tool]));
  return ['llm_tool', ...tools].map((id) => {
    const known = builtin.get(id);
    if (known !== undefined) return known;
    const tool = BENCHMARK_TOOLS.get(id);
    if (tool === undefined) throw new Error(`There is no tool ${id} in tools.yaml.`);
    const { effect, description, args } = tool;
    return {
      ...{ id, name: id, description, effect, source: 'module' as const },
      inputSchema: () => args,
      parseArguments: (given) => ({ ok: true, args: given }),
      run: () => Promise.reject(new Error(`${id} is not run here.`)),
    };
  });
}
