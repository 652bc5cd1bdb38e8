import type { ToolResult } from '../tools/tool.js';

/**
 * `unknown`: nobody can tell whether the call took effect; `message` is what was heard of it. `too-large`: of a call that is
 * played; what it gave was more than a run keeps.
 */
export type RunResult =
  | ToolResult
  | { kind: 'unknown'; message: string }
  | { kind: 'too-large'; digest: string; bytes: number };
