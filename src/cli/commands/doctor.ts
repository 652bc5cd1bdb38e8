import type { HookPort } from '../../hooks/hook-port.js';
import { adviceText } from '../../domain/next-step.js';
import { summarizeItems } from '../../app/trust/project-untrusted.js';
import { PortiaError } from '../../domain/errors.js';
import { isFromDigest } from '../../domain/values/ids.js';
import type { RunState } from '../../domain/run/run.js';
import { runDoctor, type ListedTool, type UnfinishedRun } from '../../app/doctor/doctor.js';
import type { Check } from '../../app/doctor/check.js';
import { chosenModels } from '../../app/doctor/chosen-models.js';
import { failedFor, type ToldTarget } from '../../app/doctor/check-notices.js';
import { createServerAsker } from '../../app/doctor/doctor-online.js';
import { userSettingsPath } from '../../config/settings-file.js';
import { shownAddress } from '../../notices/shown-address.js';
import { OPEN_FILES } from '../../tools/held-folder.js';
import { shownReadiness } from '../../tools/readiness.js';
import { readTraceSettings } from '../../traces/trace-settings.js';
import { doctorView } from '../../ui/doctor-view.js';
import { EXIT } from '../session/exit-codes.js';
import { defineCommand, type Invocation } from '../session/command.js';
import { flag, type OptionsOf } from '../session/flags.js';
import { MODEL_FLAGS } from '../session/options.js';
import { createSession, type Session } from '../session/session.js';

const FLAGS = { ...MODEL_FLAGS, online: flag.toggle('--online', 'also try the model servers') };

type DoctorOptions = OptionsOf<typeof FLAGS>;

/** What works here, what does not, and how to fix it. */
export const command = defineCommand({
  examples: [['portia doctor', 'keys are named, never printed']],
  flags: FLAGS,
  async run(invocation) {
    const { session, broken } = await openSession(invocation);
    const checks = await gatherAndRun(session, broken);
    await session.print({
      record: { checks: checks.map((check) => ({ ...check, ...fixText(check) })) },
      human: (look) => doctorView(checks, look),
    });
    return checks.some((check) => check.status === 'failed') ? EXIT.failed : EXIT.complete;
  },
});

/** For programs, as one text. */
function fixText({ fix }: Check): { fix?: string } {
  return fix === undefined ? {} : { fix: adviceText(fix) };
}

/** Settings of the project that cannot be used are one finding, and everything else is looked at without them. */
async function openSession(
  invocation: Invocation<DoctorOptions>,
): Promise<{ session: Session<DoctorOptions>; broken: PortiaError[] }> {
  try {
    return { session: await createSession(invocation), broken: [] };
  } catch (error) {
    if (!isBroken(error)) throw error;
    const options = { ...invocation.options, project: false };
    return { session: await createSession({ ...invocation, options }), broken: [error] };
  }
}

function isBroken(error: unknown): error is PortiaError {
  return error instanceof PortiaError && error.code === 'invalid-settings';
}

/** Built-in tools that do nothing without a model. */
const ASKING: ReadonlySet<string> = new Set(['llm_tool', 'image_understanding_tool']);

async function findTools({ services }: Session): Promise<{ tools: ListedTool[]; broken: PortiaError[] }> {
  try {
    const tools = (await services.tools()).list().map(async (tool): Promise<ListedTool> => {
      // A tool that needs arguments in every call is not ready by itself.
      const readiness = await shownReadiness(tool, { environment: services.toolEnvironment, args: {} });
      return { id: tool.id, readiness, asksModel: ASKING.has(tool.id) && tool.source === 'builtin' };
    });
    return { tools: await Promise.all(tools), broken: [] };
  } catch (error) {
    if (!isBroken(error)) throw error;
    return { tools: [], broken: [error] };
  }
}

async function findRuleProblems({ services }: Session): Promise<{ problems: string[]; broken: PortiaError[] }> {
  try {
    return { problems: await services.ruleProblems(), broken: [] };
  } catch (error) {
    if (!isBroken(error)) throw error;
    return { problems: [], broken: [error] };
  }
}

async function findHooks({ services }: Session): Promise<{ hooks?: HookPort | undefined; broken: PortiaError[] }> {
  try {
    return { hooks: await services.hooks(), broken: [] };
  } catch (error) {
    if (!isBroken(error)) throw error;
    return { broken: [error] };
  }
}

async function gatherAndRun(session: Session<DoctorOptions>, broken: PortiaError[]): Promise<Check[]> {
  const { services, io, prompting } = session;
  const found = await findTools(session);
  const rules = await findRuleProblems(session);
  const own = await findHooks(session);
  const { existsSync } = await import('node:fs');
  const files = [services.projectFile, userSettingsPath(io.environment)].filter(
    (file): file is string => file !== undefined && existsSync(file),
  );
  return runDoctor({
    nodeVersion: io.nodeVersion,
    platform: io.platform,
    holdsFolders: existsSync(OPEN_FILES),
    projectRoot: services.projectRoot,
    files,
    settings: services.settings,
    leftOut: services.trust.isTrusted ? undefined : summarizeItems(services.trust.items),
    ...(await chosenModels(services)),
    tools: found.tools,
    broken: [...broken, ...found.broken, ...rules.broken, ...own.broken],
    hooks: own.hooks,
    pid: io.pid,
    runs: await unfinishedRuns(session),
    notices: await toldTargets(session),
    traces: readTraceSettings(io.environment),
    terminal: {
      stdin: io.streams.in.isTerminal,
      stdout: io.streams.out.isTerminal,
      stderr: io.streams.err.isTerminal,
      colour: io.streams.err.colour,
      noPromptBecause: prompting.yes ? undefined : prompting.because,
    },
    warnings: [...services.warnings, ...rules.problems],
    ...(session.options.online && { askServer: createServerAsker(fetch) }),
  });
}

async function toldTargets({ services }: Session): Promise<ToldTarget[]> {
  const notifier = await services.notifier();
  if (notifier === undefined) return [];
  const unsent = await services.store.notices.unsent();
  return Array.from(services.settings.notify, ([name, { value, source }]) => ({
    name,
    to: shownAddress(value.to),
    source,
    problem: notifier.problemOf(name),
    failed: failedFor(name, unsent, services.now()),
  }));
}

async function unfinishedRuns(session: Session<DoctorOptions>): Promise<UnfinishedRun[]> {
  const { store } = session.services;
  const unfinished: UnfinishedRun[] = [];
  for (const id of await store.listRunIds()) {
    // A run inside another continues with that one.
    if (isFromDigest(id)) continue;
    const brief = await store.readRunBrief(id);
    if ('unreadable' in brief) {
      unfinished.push({ id, kind: 'unreadable', why: brief.unreadable });
      continue;
    }
    const kind = brief.owner === undefined ? kindOf(brief) : undefined;
    if (kind !== undefined) unfinished.push({ id, kind });
  }
  return unfinished;
}

function kindOf({ state, open_questions: open }: { state: RunState; open_questions: number }) {
  if (open > 0) return 'paused';
  if (state === 'READY_TO_RESUME') return 'ready';
  return state === 'IN_PROGRESS' ? 'interrupted' : undefined;
}
