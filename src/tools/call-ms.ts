import type { ToolEnvironment } from './tool.js';

/** How long a call of a tool may take when nobody says, in milliseconds. */
export const DEFAULT_CALL_MS = 60_000;

/** The time that the setting `timeout_ms` gives the calls of a tool; undefined when it says nothing. */
export function settingMs({ setting }: Pick<ToolEnvironment, 'setting'>, toolId: string): number | undefined {
  const said = setting(toolId, 'timeout_ms');
  return typeof said === 'number' && said > 0 ? said : undefined;
}
