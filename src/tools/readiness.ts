import { isJsonObject, toJson, type JsonObject } from '../domain/values/json.js';
import { PortiaError } from '../domain/errors.js';
import { cutText } from '../domain/values/cut-text.js';
import { oneLine } from '../domain/values/printable.js';
import { describeThrown } from '../domain/values/thrown.js';
import { settleWithin } from '../timing/limit.js';
import type { AskedWhetherReady, NeededAction, NotReady, Readiness, Tool } from './tool.js';

/** What the tools lack that are off: those for which nobody can do something elsewhere. */
export type ToolsOff = ReadonlyMap<string, NotReady>;

/** How long a tool may take to say whether it is ready, unless its calls must be faster. */
const LONGEST_MS = 60_000;

/**
 * Asks a tool whether it can work here. Rejects with a PortiaError that names the tool: `tool-failed` when it throws or
 * says something else, `timed-out` when it says nothing, or what it throws itself, like `unavailable`.
 */
export async function askReadiness(tool: Tool, asked: AskedWhetherReady): Promise<Readiness> {
  if (tool.readiness === undefined) return { ready: true };
  try {
    // Where it works in a process of its own, its time is that of its work there, and not of the process to begin.
    const isElsewhere = tool.takeTurn !== undefined;
    return readReadiness(tool.id, isElsewhere ? await askTool(tool, asked) : await askInTime(tool, asked));
  } catch (error) {
    if (error instanceof PortiaError) throw error;
    throw unsaid(tool.id, `Its ready() broke: ${describeThrown(error)}`, 'Correct its ready(), or what it looks at.');
  }
}

/** What a tool says of itself, unread. Rejects with `timed-out` when it says nothing. */
export async function askInTime(tool: Tool, asked: AskedWhetherReady): Promise<unknown> {
  const { ms, late } = readinessLimit(tool);
  const asking = Promise.resolve().then(async () => askTool(tool, asked));
  return settleWithin(asking, ms, late);
}

/** How long a tool may take to say whether it is ready, in milliseconds, and the error when it takes longer. */
export function readinessLimit({ id, timeoutMs = LONGEST_MS }: Pick<Tool, 'id' | 'timeoutMs'>): {
  ms: number;
  late(this: void): PortiaError;
} {
  const ms = Math.min(timeoutMs, LONGEST_MS);
  return {
    ms,
    late: () =>
      new PortiaError('timed-out', `The tool ${id} did not say whether it is ready.`, {
        why: `Its ready() took longer than ${ms / 1000} s.`,
        fix: 'Try again, or have its ready() look at less.',
        retryable: true,
      }),
  };
}

async function askTool(tool: Tool, { environment, args, about }: AskedWhetherReady): Promise<unknown> {
  return tool.readiness?.(environment, args, about);
}

/** The same where many tools are listed: one that cannot say it is shown as not ready. */
export async function shownReadiness(tool: Tool, asked: AskedWhetherReady): Promise<Readiness> {
  try {
    return await askReadiness(tool, asked);
  } catch (error) {
    if (!(error instanceof PortiaError)) throw error;
    const { message, details, fix } = error;
    return { ready: false, why: [message, details.why].filter(Boolean).join(' '), fix: fix ?? '' };
  }
}

/** Whether no plan can use it: nothing that a person does while the plan runs makes it ready. */
export function isOff(readiness: Readiness): readiness is NotReady {
  return !readiness.ready && readiness.actions === undefined;
}

/** The refusal of a plan, or of the rest of a run, whose tools cannot work here. */
export function toolsOffError(
  off: ToolsOff,
  ids: { planId?: string | undefined; runId?: string | undefined },
): PortiaError {
  const told = (part: 'why' | 'fix') => [...new Set([...off.values()].map((lack) => lack[part]))].join('\n');
  const what = ids.runId === undefined ? 'The plan needs' : `What is left of ${ids.runId} needs`;
  return new PortiaError('invalid-settings', `${what} tools that are off here: ${[...off.keys()].join(', ')}.`, {
    why: told('why'),
    fix: told('fix'),
    ...ids,
  });
}

function unsaid(id: string, why: string, fix: string): PortiaError {
  return new PortiaError('tool-failed', `The tool ${id} cannot say whether it is ready.`, { why, fix });
}

const SHAPES =
  "Return { ready: true }, { ready: false, why, fix }, or { ready: false, clarifications: [{ category: 'Action', user_guidance, action_url }] }.";

function readReadiness(id: string, said: unknown): Readiness {
  const json = toJson(said ?? null);
  const { ready, why, fix, clarifications } = json.ok && isJsonObject(json.value) ? json.value : {};
  if (ready === true) return { ready };
  if (ready === false && Array.isArray(clarifications) && clarifications.length > 0) {
    const actions = clarifications.map((asked) => readAction(id, asked));
    return { ready, why: oneLine(actions[0]?.user_guidance ?? ''), fix: actions.map(openAddress).join('\n'), actions };
  }
  if (ready === false && isSaid(why) && isSaid(fix)) return { ready, why, fix };
  const gave = json.ok ? JSON.stringify(json.value) : `what is not JSON (${json.problem})`;
  const lack = ready === false ? ', which does not say what is missing' : '';
  throw unsaid(id, `Its ready() gave ${cutText(gave, 200)}${lack}.`, SHAPES);
}

function readAction(id: string, asked: unknown): NeededAction {
  const action: JsonObject = isJsonObject(asked) ? asked : {};
  const { category, user_guidance, action_url, provider } = action;
  const refuse = (why: string) => unsaid(id, `Its ready() asks for something that cannot be asked: ${why}.`, SHAPES);
  if (category !== 'Action') throw refuse('its category is not "Action"; run() asks everything else');
  if (!isSaid(user_guidance)) throw refuse('it has no user_guidance');
  if (!isSaid(action_url) || !isWebAddress(action_url)) throw refuse('its action_url is not an address of the web');
  if (provider !== undefined && !isSaid(provider)) throw refuse('its provider is not a name');
  return { category, user_guidance, action_url, provider: provider ?? new URL(action_url).host };
}

function openAddress({ action_url: url }: NeededAction): string {
  return `Open ${url}`;
}

function isSaid(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '';
}

function isWebAddress(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}
