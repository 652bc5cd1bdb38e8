import { LONGEST_TIMER_MS } from '../timing/limit.js';
import { DEFAULT_CALL_MS, settingMs } from '../tools/call-ms.js';
import type { Tool, ToolEnvironment, ToolProgress } from '../tools/tool.js';

/** How long one call may take, and the message for a person when it took longer. */
export interface CallTime {
  ms: number;
  late: string;
}

/**
 * The step's own `timeout_ms` comes first, then the setting, then what the tool says. When a tool reports progress, its
 * time starts again; that of its step does not.
 */
export function timeOfCall(
  tool: Tool,
  environment: Pick<ToolEnvironment, 'setting' | 'isInspected'>,
  stepMs?: number,
): CallTime {
  if (environment.isInspected === true) return { ms: LONGEST_TIMER_MS, late: 'it took longer than a timer can be' };
  if (stepMs !== undefined) return { ms: stepMs, late: `it took longer than the timeout_ms of its step (${stepMs})` };
  const ms = settingMs(environment, tool.id) ?? tool.timeoutMs ?? DEFAULT_CALL_MS;
  const ways = [
    '"timeout_ms" of the step',
    ...(tool.source === 'module' ? ['timeoutMs of defineTool'] : []),
    ...(tool.source === 'http' || tool.source === 'program' ? ['"timeout_ms" where it is declared'] : []),
    `"tools": {"settings": {${JSON.stringify(tool.id)}: {"timeout_ms": …}}} in portia.json`,
  ];
  return { ms, late: `it took longer than ${ms / 1000} s. To give it more: ${ways.join(', or ')}` };
}

/** `3 of 10  reading page 3`; empty when the report says nothing that can be shown. */
export function progressText(report: ToolProgress | undefined): string {
  if (typeof report === 'string') return report;
  // A module in plain JavaScript may give anything.
  if (typeof report !== 'object' || report === null) return '';
  const { done, total, message } = report;
  const count = typeof done !== 'number' ? '' : typeof total === 'number' ? `${done} of ${total}` : String(done);
  return [count, typeof message === 'string' ? message : ''].filter((text) => text !== '').join('  ');
}
