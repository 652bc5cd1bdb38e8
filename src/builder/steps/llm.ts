import type { JsonObject } from '../../domain/values/json.js';
import { guards, type Draft } from '../draft.js';
import { compact } from '../step-writer.js';
import { agentWork, type AgentWork } from './agent-work.js';

export interface LlmOptions<Names extends string, Output extends string, Name extends string> extends AgentWork<
  Names,
  Output,
  Name
> {
  systemPrompt?: string | undefined;
}

export function llm(options: LlmOptions<string, string, string>, draft: Draft): JsonObject {
  const { systemPrompt: system_prompt } = options;
  return compact({ kind: 'llm', ...agentWork(options, draft), system_prompt, ...guards(options, draft) });
}
