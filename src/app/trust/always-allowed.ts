import { readAllowedTools, writeAllowedTools } from '../../config/allowed-tools.js';
import type { Environment } from '../../domain/environment.js';
import type { Now } from '../../domain/values/ids.js';
import type { AlwaysAllowed } from '../../domain/values/policies.js';
import { realPathOf } from './real-path.js';

/** The tools that the user always lets be called in this project, as they are. */
export function openAlwaysAllowed(projectRoot: string, shell: Environment, now: Now): AlwaysAllowed {
  const root = realPathOf(projectRoot) ?? projectRoot;
  let tools = readAllowedTools(root, shell);
  const find = (toolId: string, fingerprint: string | null) =>
    tools.find((tool) => tool.tool_id === toolId && tool.fingerprint === fingerprint);
  return {
    has: ({ toolId, fingerprint }) => find(toolId, fingerprint) !== undefined,
    async keep({ toolId, fingerprint }) {
      // Another process may have kept one since.
      tools = readAllowedTools(root, shell);
      if (find(toolId, fingerprint) !== undefined) return;
      const others = tools.filter((tool) => tool.tool_id !== toolId);
      const tool = { tool_id: toolId, fingerprint, allowed_at: now().toISOString() };
      await writeAllowedTools({ root, tools: [...others, tool] }, shell);
      tools = [...others, tool];
    },
  };
}
