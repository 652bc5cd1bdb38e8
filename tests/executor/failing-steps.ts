import type { ToolResult } from '../../src/tools/tool.js';
import { Bench } from './bench.js';
import { scriptedTool } from './scripted-tool.js';

export const compute = (expression: string, output: string, extra: object = {}) => ({
  kind: 'compute',
  expression,
  output,
  ...extra,
});

export const call = (text: string, output = '$said', extra: object = {}) => ({
  kind: 'tool',
  tool_id: 'say',
  args: { text },
  output,
  ...extra,
});

/** A loop that continues after failures. */
export const each = (steps: unknown[], extra: object = {}) => ({
  kind: 'for_each',
  over: '["a", "b", "c"]',
  as: 'item',
  steps,
  output: '$all',
  on_error: 'continue',
  ...extra,
});

export const fails = (message: string, extra: object = {}): ToolResult => ({
  kind: 'failure',
  message,
  retryable: false,
  ...extra,
});

/** Fails for the texts that are given. */
export const sayAllBut = (...broken: string[]) =>
  scriptedTool('say', {
    effect: 'once',
    acts: ({ text }) => (broken.includes(String(text)) ? fails(`${String(text)} is broken`) : `said ${String(text)}`),
  });

export const allowed = (tool: ReturnType<typeof sayAllBut>) => new Bench({ tools: [tool], policy: { say: 'allow' } });
