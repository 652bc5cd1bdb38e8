export const RUN_COMMAND_TOOL = 'run_command_tool';

/** Tools of portia that are off until settings enable each by its own name, because a yes to one call can cost a lot. */
const OPT_IN_TOOLS: readonly string[] = [RUN_COMMAND_TOOL, 'write_sql'];

export function isOptInTool(id: string): boolean {
  return OPT_IN_TOOLS.includes(id);
}
