import type { AgentType } from '../../domain/values/agent-types.js';
import type { JsonObject } from '../../domain/values/json.js';
import { guards, type Draft } from '../draft.js';
import type { ToolChoice } from '../step-options.js';
import { compact } from '../step-writer.js';
import { agentWork, writesOf, type AgentWork } from './agent-work.js';
import { asking, type Asking } from './asking.js';

export interface SingleToolAgentOptions<Names extends string, Output extends string, Name extends string>
  extends AgentWork<Names, Output, Name>, Asking {
  tool: ToolChoice;
  /** How the agent works. Default: as the settings say. */
  agent?: AgentType | undefined;
  /** Globs of the files that the agent may make without a question: `reports/*.md`. */
  writes?: readonly string[] | undefined;
}

export function agent(options: SingleToolAgentOptions<string, string, string>, draft: Draft): JsonObject {
  return compact({
    ...agentWork(options, draft, { tool_id: draft.write.tool(options.tool, '/tool_id') }),
    agent: options.agent,
    writes: writesOf(options, draft),
    ...asking(options, draft),
    ...guards(options, draft),
  });
}
