import type { JsonObject } from '../../domain/values/json.js';
import { guards, type Draft } from '../draft.js';
import type { ToolChoice } from '../step-options.js';
import { compact } from '../step-writer.js';
import { agentWork, writesOf, type AgentWork } from './agent-work.js';

export interface SingleToolAgentOptions<
  Names extends string,
  Output extends string,
  Name extends string,
> extends AgentWork<Names, Output, Name> {
  tool: ToolChoice;
  /** Globs of the files that the agent may make without a question: `reports/*.md`. */
  writes?: readonly string[] | undefined;
}

export function agent(options: SingleToolAgentOptions<string, string, string>, draft: Draft): JsonObject {
  return compact({
    ...agentWork(options, draft, { tool_id: draft.write.tool(options.tool, '/tool_id') }),
    writes: writesOf(options, draft),
    ...guards(options, draft),
  });
}
