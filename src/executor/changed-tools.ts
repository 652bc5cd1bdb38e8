import { advice, type CommandStep, portia, readAdvice } from '../domain/next-step.js';
import { PortiaError } from '../domain/errors.js';
import type { EventBody, EventOf, RunEvent } from '../domain/run/events.js';
import { HOOKS_ID } from '../domain/run/hooks-id.js';
import type { Plan } from '../domain/plan/plan.js';
import { toolsOfStep } from '../domain/plan/plan-steps.js';
import type { SubPlans } from '../domain/plan/sub-plans.js';
import { capitalised } from '../domain/values/capitalised.js';
import type { HookPort } from '../hooks/hook-port.js';
import type { RunLog } from '../storage/store.js';
import type { Tool } from '../tools/tool.js';
import { prepareTools } from './prepare-tools.js';
import type { RunTools } from './services.js';
import { stepsAhead } from './steps-ahead.js';
import { fingerprintTool, fingerprintTools, isFingerprintOf } from './tool-fingerprints.js';

/** A tool that the rest of a run needs, and that is not as it was when the run was started. */
export interface ChangedTool {
  id: string;
  /** Its module, relative to the project root. */
  file: string | undefined;
  was: string | undefined;
  now: string | undefined;
}

/** What decides about tools that changed since the run was started. */
export interface ChangesOptions {
  services: { tools: RunTools; hooks?: HookPort | undefined };
  /** Ids of changed tools that a person accepted. */
  acceptChanged?: readonly string[] | undefined;
  /** Paths of steps that are no longer to be done, because a person settled them. */
  settled?: readonly string[] | undefined;
  /** Asks a person about changed tools. Without it they are refused. */
  confirmChanges?: ((changed: ChangedTool[]) => Promise<boolean>) | undefined;
}

/** A run whose log is open, with what it runs. */
export interface OpenedRun {
  plan: Plan;
  subPlans: SubPlans;
  log: Pick<RunLog, 'events' | 'run'>;
}

/**
 * The changes of tools that a person accepts now, as events. Rejects with `stale` for tools that are gone, that are
 * stubs in one process only, or whose change nobody accepted. Tools whose calls are all finished do not matter.
 */
export async function acceptedChanges(
  opened: OpenedRun,
  options: ChangesOptions,
): Promise<(EventBody & { type: 'tool.changed' })[]> {
  const { tools, hooks } = options.services;
  const created = opened.log.events.find((event): event is EventOf<'run.created'> => event.type === 'run.created');
  if (created?.tools === undefined) return [];
  const recorded = recordedFingerprints(created, opened.log.events);
  const plans = [opened.plan, ...opened.subPlans.values()];
  const ids = new Set([...Object.keys(recorded), ...Object.keys(fingerprintTools(plans, tools))]);
  const needed = neededTools(opened, options.settled);
  if (recorded[HOOKS_ID] !== undefined || hooks !== undefined) ids.add(HOOKS_ID);
  needed.add(HOOKS_ID);
  const wasStub = (id: string) => created.stubbed?.includes(id) ?? false;
  const unlikeStubs = [...ids].filter((id) => isStub(tools.get(id)) !== wasStub(id));
  refuseStubs(unlikeStubs, { opened, wasStub: unlikeStubs.some(wasStub) });
  const isAsBefore = (id: string) =>
    id === HOOKS_ID ? recorded[id] === hooks?.fingerprint : isAsRecorded(recorded[id], tools.get(id));
  const findUnlike = () => [...ids].filter((id) => needed.has(id) && !isAsBefore(id)).sort();
  const isNew = findUnlike().length > 0 && (await tools.relist?.(findUnlike())) === true;
  if (isNew) await prepareTools(opened, tools);
  const unlike = findUnlike();
  refuseGone(
    unlike.filter((id) => id !== HOOKS_ID && tools.get(id) === undefined),
    opened,
  );
  const changed = unlike.map((id) =>
    id === HOOKS_ID
      ? { id, file: hooks?.file, was: recorded[id], now: hooks?.fingerprint }
      : describeChange(id, recorded[id], tools.get(id)),
  );
  const { acceptChanged: accepted = [] } = options;
  refuseUnknown(
    accepted.filter((id) => !ids.has(id)),
    changed,
    opened,
  );
  const others = changed.filter(({ id }) => !accepted.includes(id));
  if (others.length > 0) await confirm(others, opened, options);
  return changed.map(({ id, file, was, now }) => ({
    type: 'tool.changed',
    tool_id: id,
    was: was ?? null,
    now: now ?? null,
    ...(file !== undefined && { file }),
    channel: accepted.includes(id) ? 'flag' : 'prompt',
  }));
}

async function confirm(changed: ChangedTool[], opened: OpenedRun, { confirmChanges }: ChangesOptions): Promise<void> {
  if (confirmChanges === undefined) throw changedError('stale', changed, opened);
  if (!(await confirmChanges(changed))) throw changedError('declined', changed, opened);
}

/** Fingerprints as the run was started, or as they were accepted last. */
function recordedFingerprints(
  { tools = {}, hooks }: EventOf<'run.created'>,
  events: readonly RunEvent[],
): Record<string, string> {
  const recorded = new Map(Object.entries(tools));
  if (hooks !== undefined) recorded.set(HOOKS_ID, hooks);
  for (const event of events) {
    if (event.type !== 'tool.changed') continue;
    if (event.now === null) recorded.delete(event.tool_id);
    else recorded.set(event.tool_id, event.now);
  }
  return Object.fromEntries(recorded);
}

function isAsRecorded(recorded: string | undefined, tool: Tool | undefined): boolean {
  if (tool === undefined) return false;
  // A stub has nothing of the tool: its description depends on whether the tool itself was loaded.
  return isStub(tool) || isFingerprintOf(recorded, tool);
}

const isStub = (tool: Tool | undefined): boolean => tool?.source === 'stub';

function describeChange(id: string, was: string | undefined, tool: Tool | undefined): ChangedTool {
  return { id, file: tool?.origin?.file, was, now: tool && fingerprintTool(tool) };
}

/** The tools that steps which are not finished may call. */
function neededTools({ plan, subPlans, log }: OpenedRun, settled: readonly string[] = []): Set<string> {
  const finished = new Set(settled);
  for (const event of log.events) {
    if (event.type === 'step.completed' || event.type === 'step.skipped') finished.add(event.path);
  }
  return new Set(stepsAhead({ plan, subPlans }, (path) => finished.has(path)).flatMap(toolsOfStep));
}

const idsOf = ({ plan, log }: OpenedRun) => ({ runId: log.run.id, planId: plan.id });

function refuseGone(gone: string[], opened: OpenedRun): void {
  if (gone.length === 0) return;
  const what = gone.length === 1 ? `The tool ${gone[0]} is gone.` : `These tools are gone: ${gone.join(', ')}.`;
  throw new PortiaError('stale', what, {
    why: 'The rest of the run needs it, and no tool here has that id: it was removed, renamed or switched off.',
    fix: advice`Bring it back under the same id, or start over with: ${portia('run-plan', opened.plan.id)}`,
    missingTools: gone,
    ...idsOf(opened),
  });
}

function refuseStubs(stubs: string[], { opened, wasStub }: { opened: OpenedRun; wasStub: boolean }): void {
  if (stubs.length === 0) return;
  const { pause } = opened.log.run;
  // A pause names the flags of its stubs.
  const asBefore = pause === null ? 'Give the same --stub or --dry-run as before' : readAdvice(pause.next);
  const fix = wasStub ? asBefore : 'Leave out --stub and --dry-run';
  throw new PortiaError('stale', `These tools are stubs in one process and real in the other: ${stubs.join(', ')}.`, {
    why: 'A run continues with the tools that it was started with.',
    fix: advice`${fix}\nOr start over with: ${portia('run-plan', opened.plan.id)}`,
    ...idsOf(opened),
  });
}

function refuseUnknown(unknown: string[], changed: ChangedTool[], opened: OpenedRun): void {
  if (unknown.length === 0) return;
  throw new PortiaError('usage', `This run has no tool ${unknown.join(', ')} that could have changed.`, {
    why: 'A changed tool is accepted by its exact id.',
    fix: changed.length === 0 ? portia('resume', opened.log.run.id) : acceptCommand(changed, opened),
    ...idsOf(opened),
  });
}

function changedError(code: 'stale' | 'declined', changed: ChangedTool[], opened: OpenedRun): PortiaError {
  const nameOf = ({ id, file }: ChangedTool) => {
    const what = id === HOOKS_ID ? 'the hooks' : id;
    return file === undefined ? what : `${what} (${file})`;
  };
  const named = changed.map(nameOf).join(', ');
  const isOfHooks = changed.every(({ id }) => id === HOOKS_ID);
  const one = isOfHooks ? `${capitalised(named)} have` : `The tool ${named} has`;
  const what = changed.length === 1 ? one : 'These tools have';
  const list = changed.length === 1 ? '' : `: ${named}`;
  return new PortiaError(code, `${what} changed since the run was started${list}.`, {
    why:
      code === 'declined'
        ? 'The change was not accepted. The run waits as before.'
        : isOfHooks
          ? 'Their code is not what it was when the run was approved, or there are none any more.'
          : 'Its code, description, arguments, effect or settings have changed since the run was approved.',
    fix: advice`${acceptCommand(changed, opened)}   # what is done stays done\nOr put back what it was.`,
    changedTools: changed.map(({ id }) => id),
    ...idsOf(opened),
  });
}

function acceptCommand(changed: ChangedTool[], opened: OpenedRun): CommandStep {
  const flags = changed.flatMap(({ id }) => ['--accept-changed', id]);
  return portia('resume', opened.log.run.id, ...flags);
}
