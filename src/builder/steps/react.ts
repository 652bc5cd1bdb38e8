import type { JsonObject } from '../../domain/values/json.js';
import { guards, type Draft } from '../draft.js';
import type { ToolChoice } from '../step-options.js';
import { compact } from '../step-writer.js';
import { agentWork, writesOf, type AgentWork } from './agent-work.js';
import { asking, type Asking } from './asking.js';

export interface ReactAgentOptions<Names extends string, Output extends string, Name extends string>
  extends AgentWork<Names, Output, Name>, Asking {
  tools: readonly ToolChoice[];
  /** Default 25. */
  maxToolCalls?: number | undefined;
  /** Whether the agent may ask a person. Default false. */
  mayAsk?: boolean | undefined;
  /** Globs of the files that the agent may make without a question: `reports/*.md`. */
  writes?: readonly string[] | undefined;
  /** `allow`: its tools may send what it reads without a question. */
  sends?: 'allow' | undefined;
}

export function react(options: ReactAgentOptions<string, string, string>, draft: Draft): JsonObject {
  const { maxToolCalls: max_tool_calls, mayAsk: may_ask } = options;
  const given = draft.write.items(options.tools, { at: '/tools', wanted: 'Tools are a list' });
  const tools = given.map((tool, index) => draft.write.tool(tool, `/tools/${index}`));
  return compact({
    kind: 'react',
    ...agentWork(options, draft, { tools }),
    max_tool_calls,
    may_ask,
    writes: writesOf(options, draft),
    sends: options.sends,
    ...asking(options, draft),
    ...guards(options, draft),
  });
}
