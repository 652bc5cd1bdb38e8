import type { ToolResult } from '../tools/tool.js';

/** `unknown`: nobody can tell whether the call took effect; `message` is what was heard of it. */
export type RunResult = ToolResult | { kind: 'unknown'; message: string };
