import type { Readiness } from '../../tools/tool.js';
import { advice, portia } from '../../domain/next-step.js';
import { join } from 'node:path';

import type { PortiaError } from '../../domain/errors.js';
import { shownUrl } from '../../domain/values/secret-names.js';
import { nameProgram, shownModel } from '../../models/providers/model-names.js';
import { isLoopback } from '../../models/providers/providers.js';
import type { HookPort } from '../../hooks/hook-port.js';
import type { Check } from './check.js';
import { checkNotices, type ToldTarget } from './check-notices.js';
import { checkTraces } from './check-traces.js';
import type { TracesRead } from '../../traces/trace-settings.js';
import { checkEndpoints, checkLocalServers, type AskServer } from './doctor-online.js';
import { type Sourced } from '../../config/layer.js';
import type { ModelRole } from '../../domain/values/model-roles.js';
import { MODEL_ROLES } from '../../domain/values/model-roles.js';
import type { ModelChoice } from '../../config/model-choice.js';
import { probeWriteAccess, TRIED } from './probe-write-access.js';
import type { Settings } from '../../config/settings.js';

export interface DoctorInputs {
  /** As `process.version`. */
  nodeVersion: string;
  /** As `process.platform`. */
  platform: string;
  /** Whether file tools can address the folders that they have opened. */
  holdsFolders: boolean;
  projectRoot: string;
  /** The settings files that were found. */
  files: string[];
  settings: Settings;
  /** The hooks of the project, when it has some that can be used. */
  hooks?: Pick<HookPort, 'file' | 'names'> | undefined;
  /** What is left out of a project that is not trusted. */
  leftOut?: string | undefined;
  models: Record<ModelRole, ModelChoice>;
  /** Asked when these cannot be. */
  fallbacks: Record<ModelRole, ModelChoice[]>;
  tools: ListedTool[];
  runs: UnfinishedRun[];
  /** Who is told of runs. */
  notices: ToldTarget[];
  /** Where runs are traced to. */
  traces?: TracesRead | undefined;
  terminal: TerminalAbilities;
  /** This process, to try locks with. */
  pid?: number | undefined;
  /** Files that cannot be used, so that a part could not be looked at. */
  broken?: PortiaError[] | undefined;
  /** The warnings from reading the settings. */
  warnings: string[];
  /** Given with `--online`: asks servers. */
  askServer?: AskServer | undefined;
}

export interface ListedTool {
  id: string;
  readiness: Readiness;
  /** It can do nothing without the model for execution. */
  asksModel?: boolean;
}

/** A run that is not finished and not driven, whose lock outlived its owner, or that cannot be read. */
export type UnfinishedRun =
  | { id: string; kind: 'interrupted' | 'stale-lock' | 'paused' | 'ready' }
  | { id: string; kind: 'unreadable'; why: string };

export interface TerminalAbilities {
  stdin: boolean;
  stdout: boolean;
  stderr: boolean;
  colour: boolean;
  /** Undefined when questions can be asked; else why not. */
  noPromptBecause: string | undefined;
}

const OLDEST_NODE = [20, 17] as const;

/** Looks at everything that portia needs. Leaves nothing changed; asks servers only with `askServer`. */
export async function runDoctor(inputs: DoctorInputs): Promise<Check[]> {
  const { askServer, models } = inputs;
  const online = askServer === undefined ? [] : [checkEndpoints(models, askServer), checkLocalServers(askServer)];
  const asked = await Promise.all(online);
  return [
    checkNode(inputs.nodeVersion),
    checkPlatform(inputs.platform),
    checkFileTools(inputs),
    ...['plans', 'runs'].map((folder) => checkFolder(folder, inputs)),
    ...(inputs.broken ?? []).map(checkBroken),
    ...checkSettings(inputs),
    ...checkTrust(inputs),
    ...checkHooks(inputs),
    ...MODEL_ROLES.flatMap((role) => [
      checkModel(role, models[role]),
      ...inputs.fallbacks[role].map((choice) => ({ ...checkModel(role, choice), id: `model.${role}.fallback` })),
    ]),
    ...asked.flat(),
    ...inputs.tools.map((tool) => checkTool(tool, models.execution)),
    ...checkNotices(inputs.notices),
    ...(await checkTraces(inputs.traces ?? { kind: 'off' }, { isOnline: askServer !== undefined })),
    ...checkRuns(inputs.runs),
    checkTerminal(inputs.terminal),
    ...inputs.warnings.map((warning): Check => ({ id: 'settings.warning', status: 'warning', what: warning })),
  ];
}

function checkNode(version: string): Check {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  const isNewEnough = major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1]);
  if (isNewEnough) return { id: 'node', status: 'ok', what: `Node ${version}` };
  const needed = OLDEST_NODE.join('.');
  return {
    id: 'node',
    status: 'failed',
    what: `Node ${version} is older than ${needed}`,
    fix: `install Node ${needed} or newer`,
  };
}

function checkPlatform(platform: string): Check {
  const names: Record<string, string> = { linux: 'Linux', darwin: 'macOS' };
  const name = Object.hasOwn(names, platform) ? names[platform] : undefined;
  if (name !== undefined) return { id: 'platform', status: 'ok', what: `${name}: every promise holds here` };
  return {
    id: 'platform',
    status: 'warning',
    what:
      `${platform}: not promised here are file modes (0600), one driver for each run after a crash, ` +
      'and that files survive a power loss',
    fix: 'run portia on Linux (also in WSL or a container) or macOS',
  };
}

function checkFileTools({ holdsFolders, platform }: DoctorInputs): Check {
  const id = 'files';
  if (holdsFolders) return { id, status: 'ok', what: 'file tools stay in the folders that they have opened' };
  const what =
    'file tools compare folders before and after each use; a program that exchanges a folder of the project ' +
    'and puts it back in between can still lead a write outside';
  const fix = 'let nobody else write in the project';
  // Nothing is wrong with a macOS that cannot do more.
  return platform === 'darwin'
    ? { id, status: 'ok', what }
    : { id, status: 'warning', what, fix: platform === 'linux' ? `mount /proc, or ${fix}` : fix };
}

function checkFolder(name: string, { settings, pid }: DoctorInputs): Check {
  const id = `storage.${name}`;
  const folder = join(settings.storageDir.value, name);
  const probe = probeWriteAccess(folder, { pid });
  if (probe.ok) {
    const found = probe.without ?? `tried: ${TRIED.join(', ')}`;
    return { id, status: 'ok', what: `${folder} ${probe.exists ? 'can be written' : 'can be made'} (${found})` };
  }
  return {
    id,
    status: 'failed',
    what: `${folder} cannot be written: ${probe.why}`,
    fix: probe.why.includes('ENOSPC')
      ? 'free some space on its disk, or set PORTIA_STORAGE_DIR to a folder on another one'
      : 'make it a folder that can be written, or set PORTIA_STORAGE_DIR to a folder that is',
  };
}

function checkBroken({ message, details: { why, fix } }: PortiaError): Check {
  const what = [message, 'It is left out of what follows.', why].filter(Boolean).join(' ');
  return { id: 'settings.broken', status: 'failed', what, ...(fix !== undefined && { fix }) };
}

function checkHooks({ hooks }: DoctorInputs): Check[] {
  if (hooks === undefined) return [];
  return [
    { id: 'hooks', status: 'ok', what: `hooks of ${hooks.file ?? 'this program'}: ${[...hooks.names].join(', ')}` },
  ];
}

function checkSettings({ settings, projectRoot, files }: DoctorInputs): Check[] {
  const read = files.length === 0 ? 'no settings file' : files.join(', ');
  const values: [string, Sourced<unknown> | undefined][] = [
    ['model', shown(settings.model, shownModel)],
    ['provider', settings.provider],
    ['base_url', shown(settings.baseUrl, shownUrl)],
    ...[...settings.providerBaseUrls].map(([provider, url]): [string, Sourced<string> | undefined] => [
      `${provider}_base_url`,
      shown(url, shownUrl),
    ]),
    ['api_key_env', settings.apiKeyEnv],
    ['api_key_file', settings.apiKeyFile],
    ['planner', settings.planner],
    ['storage_dir', settings.storageDir],
    ['model_timeout_ms', settings.modelTimeoutMs],
    ['large_output_threshold_tokens', settings.largeOutputThresholdTokens],
    ['agent', settings.agent],
    ['reuse_plans', settings.reusePlans],
    ['examples', settings.examples],
    ['record_reasoning', settings.recordReasoning],
    ['shared_files', settings.sharedFiles],
    ['record_requests', settings.recordRequests],
    ['log_level', settings.logLevel],
    ['format', settings.format],
    ['no_prompt', settings.noPrompt],
  ];
  return [
    { id: 'settings', status: 'ok', what: `project ${projectRoot}; ${read}` },
    ...values.flatMap(([name, setting]): Check[] =>
      setting === undefined || setting.origin === 'default'
        ? []
        : [{ id: `settings.${name}`, status: 'ok', what: `${name} = ${String(setting.value)}   (${setting.source})` }],
    ),
  ];
}

function shown(setting: Sourced<string> | undefined, show: (value: string) => string): Sourced<string> | undefined {
  return setting && { ...setting, value: show(setting.value) };
}

function checkTrust({ leftOut, projectRoot }: DoctorInputs): Check[] {
  if (leftOut === undefined) return [];
  const what = `${projectRoot} is not trusted; left out: ${leftOut}`;
  return [{ id: 'project.trust', status: 'warning', what, fix: advice`${portia('trust')}   # to see it and decide` }];
}

function checkModel(role: ModelRole, choice: ModelChoice): Check {
  const id = `model.${role}`;
  switch (choice.kind) {
    case 'none': {
      // Without any model portia still runs plans of tools and plans what the offline planner understands.
      const { code, message, details } = choice.error;
      const status = code === 'no-model' || code === 'project-untrusted' ? 'warning' : 'failed';
      const what = [`${role}: ${message}`, details.why].filter(Boolean).join(' ');
      return details.fix === undefined ? { id, status, what } : { id, status, what, fix: details.fix };
    }
    case 'exec':
      return {
        id,
        status: 'ok',
        what: `${role}: the program ${nameProgram(choice.command)}   (${choice.named.source})`,
      };
    case 'openai':
      return checkEndpoint(id, role, choice);
  }
}

function checkEndpoint(id: string, role: ModelRole, choice: Extract<ModelChoice, { kind: 'openai' }>): Check {
  const { key, withheld, baseUrl } = choice;
  const from = choice.named?.source ?? 'default';
  const where = `${role}: ${choice.id} at ${shownUrl(baseUrl)}   (${from})`;
  if (withheld !== undefined) {
    const what = `${where}, without a key: ${withheld.name} is not sent to ${withheld.origin}`;
    const fix =
      choice.baseUrlFrom?.origin === 'flag'
        ? `add --api-key-env ${withheld.name} if that server may have it`
        : advice`${portia('trust')}   # if ${withheld.origin} may have it`;
    return { id, status: 'warning', what, fix };
  }
  if (key === null) return { id, status: 'ok', what: `${where}, without a key` };
  const what = `${where}, key ${key.name} is set`;
  if (!baseUrl.startsWith('http://') || isLoopback(baseUrl)) return { id, status: 'ok', what };
  return { id, status: 'warning', what: `${what}, sent unencrypted`, fix: 'use an https:// address' };
}

function checkTool({ id, readiness, asksModel }: ListedTool, model: ModelChoice): Check {
  if (asksModel === true && model.kind === 'none') {
    const fix = 'export OPENAI_API_KEY=…   # or another way to have a model for execution';
    return { id: `tool.${id}`, status: 'off', what: `${id}: there is no model for execution`, fix };
  }
  if (readiness.ready) return { id: `tool.${id}`, status: 'ok', what: id };
  return { id: `tool.${id}`, status: 'off', what: `${id}: ${readiness.why}`, fix: readiness.fix };
}

function checkRuns(runs: UnfinishedRun[]): Check[] {
  if (runs.length === 0) return [{ id: 'runs', status: 'ok', what: 'no unfinished runs' }];
  const words = {
    interrupted: 'was interrupted',
    'stale-lock': 'has a lock whose owner is gone',
    paused: 'waits for an answer',
    ready: 'has its answers and is ready to resume',
  };
  return runs.map((run): Check => {
    const id = `runs.${run.id}`;
    if (run.kind === 'unreadable') {
      const what = `${run.id} cannot be read: ${run.why}`;
      return { id, status: 'warning', what, fix: portia('show', run.id) };
    }
    const status = run.kind === 'paused' || run.kind === 'ready' ? 'ok' : 'warning';
    return { id, status, what: `${run.id} ${words[run.kind]}`, fix: portia('resume', run.id) };
  });
}

function checkTerminal(terminal: TerminalAbilities): Check {
  const { noPromptBecause } = terminal;
  const streams = (['stdin', 'stdout', 'stderr'] as const).map(
    (name) => `${name} ${terminal[name] ? 'terminal' : 'no terminal'}`,
  );
  const what = [...streams, terminal.colour ? 'colour' : 'no colour'].join(', ');
  if (noPromptBecause === undefined) return { id: 'terminal', status: 'ok', what: `${what}; questions are asked here` };
  return { id: 'terminal', status: 'off', what: `${what}; no questions are asked: ${noPromptBecause}` };
}
