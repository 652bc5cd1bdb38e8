import { MODEL_ROLES } from '../domain/values/model-roles.js';
import { fullModelName, providerNamed } from '../models/providers/model-names.js';
import type { DeclaredTool, SourcedRule, Layer, McpSettings, Origin, Sourced } from './layer.js';
import type { McpFileSettings } from '../tools/mcp/mcp-settings.js';
import type { ProjectSettings, UserSettings } from './settings-schema.js';
import { readCallLimits, readQueueLimits } from './queue-limits.js';
import { readStoreChoice } from './store-choice.js';

/** Makes settings of what one file says. */
interface SourcedValues {
  from<T>(value: T | undefined, key: string): Sourced<T> | undefined;
  list(values: string[] | undefined, key: string): Sourced<string>[];
}

/** A checked settings file as a layer. Paths become absolute. */
export function readFileLayer(
  origin: 'project' | 'user',
  settings: (ProjectSettings & Pick<UserSettings, 'exec_env'>) | undefined,
  place: { file: string; resolvePath: (path: string) => string },
): Layer {
  if (settings === undefined) return { origin };
  const from = <T>(value: T | undefined, key: string): Sourced<T> | undefined =>
    value === undefined ? undefined : { value, origin, source: `${place.file} ${key}` };
  const list = (values: string[] | undefined, key: string): Sourced<string>[] =>
    (values ?? []).map((value) => ({ value, origin, source: `${place.file} ${key}` }));
  const path = (value: string | undefined) => (value === undefined ? undefined : place.resolvePath(value));
  const { models, tools } = settings;
  return {
    origin,
    model: from(settings.model, 'model'),
    roles: {
      planning: from(models?.planning, 'models.planning'),
      execution: from(models?.execution, 'models.execution'),
      introspection: from(models?.introspection, 'models.introspection'),
      summarizer: from(models?.summarizer, 'models.summarizer'),
    },
    fallbacks: fallbacksOf(settings.fallbacks, list),
    baseUrl: from(settings.base_url, 'base_url'),
    embeddings: from(models?.embeddings, 'models.embeddings'),
    apiKeyEnv: from(settings.api_key_env, 'api_key_env'),
    apiKeyFile: from(path(settings.api_key_file), 'api_key_file'),
    keyCommands: keyCommandsOf(settings.api_key_command, from),
    execEnv: settings.exec_env,
    planner: from(settings.planner, 'planner'),
    ...ofCode(settings, { from, list, ...place }),
    enable: list(tools?.enable, 'tools.enable'),
    disable: list(tools?.disable, 'tools.disable'),
    describe: Object.entries(tools?.describe ?? {}).map(([tool, description]) => [
      tool,
      { value: description, origin, source: `${place.file} tools.describe.${tool}` },
    ]),
    hosts: from(tools?.hosts, 'tools.hosts'),
    sandbox: from(tools?.sandbox, 'tools.sandbox'),
    toolSettings: Object.entries(tools?.settings ?? {}).flatMap(([tool, values]) =>
      Object.entries(values).map(([name, value]): NonNullable<Layer['toolSettings']>[number] => [
        tool,
        name,
        { value, origin, source: `${place.file} tools.settings.${tool}.${name}` },
      ]),
    ),
    http: declaredTools(settings.http, { origin, key: 'http', ...place }),
    programs: declaredTools(settings.programs, { origin, key: 'programs', ...place }),
    mcp: ofServers(settings.mcp ?? {}, { from, list, file: place.file }),
    ...ofPeople(settings, { origin, file: place.file }),
    ...ofModels(settings, { origin, file: place.file }),
    allowPaths: list(settings.allow_paths?.map(place.resolvePath), 'allow_paths'),
    modelTimeoutMs: from(settings.model_timeout_ms, 'model_timeout_ms'),
    largeOutputThresholdTokens: from(settings.large_output_threshold_tokens, 'large_output_threshold_tokens'),
    ...ofHabits(settings, from),
    ...ofServing(settings, { from, ...place }),
    ...ofStorage(settings, { from, ...place }),
  };
}

function keyCommandsOf(
  commands: ProjectSettings['api_key_command'] = {},
  from: SourcedValues['from'],
): NonNullable<Layer['keyCommands']> {
  return Object.entries(commands).flatMap(([name, said]): NonNullable<Layer['keyCommands']> => {
    const provider = providerNamed(name);
    const words = typeof said === 'string' ? said.trim().split(/\s+/) : said;
    const command = from(words, `api_key_command.${name}`);
    return provider === undefined || command === undefined ? [] : [[provider, command]];
  });
}

function fallbacksOf(said: ProjectSettings['fallbacks'] = {}, list: SourcedValues['list']): Layer['fallbacks'] {
  const named = MODEL_ROLES.filter((role) => said[role] !== undefined);
  return Object.fromEntries(named.map((role) => [role, list(said[role], `fallbacks.${role}`)]));
}

/** The project's own code. */
function ofCode(
  { tools, hooks }: ProjectSettings,
  { from, list, resolvePath }: SourcedValues & { resolvePath: (path: string) => string },
): Pick<Layer, 'modules' | 'hooks'> {
  return {
    modules: list(tools?.modules?.map(resolvePath), 'tools.modules'),
    hooks: from(hooks === undefined ? undefined : resolvePath(hooks), 'hooks'),
  };
}

/** Where plans and runs are, how many are driven at a time, and how often models are asked. */
function ofStorage(
  { storage_dir: folder, store, limits }: ProjectSettings,
  { from, file, resolvePath }: { from: SourcedValues['from']; file: string; resolvePath: (path: string) => string },
): Pick<Layer, 'storageDir' | 'store' | 'limits' | 'callLimits'> {
  return {
    storageDir: from(folder === undefined ? undefined : resolvePath(folder), 'storage_dir'),
    store: from(store === undefined ? undefined : readStoreChoice(store, `${file} store`, resolvePath), 'store'),
    limits: readQueueLimits(limits),
    callLimits: readCallLimits(limits),
  };
}

/** What persons decided beforehand, and are told. */
function ofPeople(
  { approvals, notify }: ProjectSettings,
  { origin, file }: { origin: 'project' | 'user'; file: string },
): Pick<Layer, 'approvals' | 'notify'> {
  return {
    approvals: Object.entries(approvals ?? {}).map(([glob, policy]): SourcedRule => ({
      glob,
      policy,
      origin,
      source: `${file} approvals.${glob}`,
    })),
    notify: Object.entries(notify ?? {}).map(([name, value]) => [
      name,
      { value, origin, source: `${file} notify.${name}` },
    ]),
  };
}

/** What portia does without being asked each time. */
function ofHabits(
  settings: ProjectSettings,
  from: SourcedValues['from'],
): Pick<Layer, 'agent' | 'reusePlans' | 'examples' | 'recordReasoning' | 'recordRequests' | 'sharedFiles'> {
  return {
    agent: from(settings.agent, 'agent'),
    reusePlans: from(settings.reuse_plans, 'reuse_plans'),
    examples: from(settings.examples, 'examples'),
    sharedFiles: from(settings.shared_files, 'shared_files'),
    recordReasoning: from(settings.record_reasoning, 'record_reasoning'),
    recordRequests: from(settings.record_requests, 'record_requests'),
  };
}

/** Where and to whom pages are shown. */
function ofServing(
  { serve }: ProjectSettings,
  { from, resolvePath }: { from: SourcedValues['from']; resolvePath: (path: string) => string },
): Pick<Layer, 'publicUrl' | 'usersFile' | 'secondFactor'> {
  return {
    publicUrl: from(serve?.public_url, 'serve.public_url'),
    usersFile: from(serve?.users === undefined ? undefined : resolvePath(serve.users), 'serve.users'),
    secondFactor: from(serve?.second_factor, 'serve.second_factor'),
  };
}

function declaredTools<Declaration>(
  tools: Record<string, Declaration> = {},
  { key, ...place }: { origin: Origin; key: string; file: string; resolvePath: (path: string) => string },
): DeclaredTool<Declaration>[] {
  return Object.entries(tools).map(([id, value]) => ({ id, value, source: `${place.file} ${key}.${id}`, ...place }));
}

function ofServers(mcp: McpFileSettings, { from, list, file }: SourcedValues & { file: string }): McpSettings {
  return {
    enable: list(mcp.enable, 'mcp.enable'),
    believeAnnotations: list(mcp.believe_annotations, 'mcp.believe_annotations'),
    effects: Object.entries(mcp.effects ?? {}).map(([glob, effect]) => ({
      glob,
      effect,
      source: `${file} mcp.effects.${glob}`,
    })),
    startTimeoutMs: from(mcp.start_timeout_ms, 'mcp.start_timeout_ms'),
    timeoutMs: from(mcp.timeout_ms, 'mcp.timeout_ms'),
  };
}

function ofModels(
  { prices, model_settings: models }: ProjectSettings,
  { origin, file }: { origin: 'project' | 'user'; file: string },
): Pick<Layer, 'prices' | 'modelSettings'> {
  const named = Object.entries(models ?? {}).map(
    ([name, said]) => [fullModelName(name) ?? providerNamed(name) ?? name, said] as const,
  );
  const own = named.flatMap(([model, { price }]): NonNullable<Layer['prices']> =>
    price === undefined ? [] : [[model, price]],
  );
  return {
    prices: [...Object.entries(prices ?? {}), ...own],
    modelSettings: named.map(([model, settings]) => [
      model,
      { origin, source: `${file} model_settings.${model}`, settings },
    ]),
  };
}
