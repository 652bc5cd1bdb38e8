import { isAbsolute, join, resolve } from 'node:path';

import type { Environment } from '../domain/environment.js';
import type { Json } from '../domain/values/json.js';
import type { Role } from '../domain/values/roles.js';
import { readEnvironmentLayer } from './environment-layer.js';
import { readFileLayer } from './file-layer.js';
import { readFlagLayer, type SettingsFlags } from './flag-layer.js';
import type {
  ExampleChoice,
  DeclaredTool,
  SourcedRule,
  Format,
  Layer,
  LogLevel,
  McpSettings,
  ModelSettingsSource,
  PlannerChoice,
  Sandbox,
  Sourced,
} from './layer.js';
import type { NotifySettings } from '../notices/notify-settings.js';
import type { HttpSettings } from '../tools/http/http-settings.js';
import type { ProgramSettings } from '../tools/programs/program-settings.js';
import { DEFAULT_AGENT, type AgentType } from '../domain/values/agent-types.js';
import type { CallLimits } from '../domain/run/call-limits.js';
import type { QueueLimits } from '../domain/run/queue.js';
import type { ModelPrice, ModelRole } from '../domain/values/model-roles.js';
import type { ProviderName } from '../models/providers/providers.js';
import type { ProjectSettings, UserSettings } from './settings-schema.js';
import { lowestCallLimits, lowestLimits } from './queue-limits.js';
import type { StoreChoice } from './store-choice.js';

const DEFAULT_THRESHOLD_TOKENS = 1000;

export interface Settings {
  /** `provider/name`, `name` or `exec:COMMAND`; undefined when nobody named one. */
  model: Sourced<string> | undefined;
  /** What each role uses: the strongest layer that names the role's own model or a model for all. */
  models: Record<ModelRole, Sourced<string> | undefined>;
  /** Asked in this order when the model of the role cannot be: those beside which that is written. */
  fallbacks: Record<ModelRole, readonly Sourced<string>[]>;
  /** The model that says how near texts are. */
  embeddings: Sourced<string> | undefined;
  /** Provider of models that are named without one (PORTIA_LLM_PROVIDER). */
  provider: Sourced<string> | undefined;
  /** OpenAI-compatible server. From the environment it is OPENAI_BASE_URL. */
  baseUrl: Sourced<string> | undefined;
  /** Where a provider's server is, by its own variable (OLLAMA_BASE_URL). */
  providerBaseUrls: ReadonlyMap<ProviderName, Sourced<string>>;
  /**
   * Name of the variable with the key. Belongs to `baseUrl`: only a flag, or the layer that gave the base URL, can
   * name it, so that no file can redirect another file's key.
   */
  apiKeyEnv: Sourced<string> | undefined;
  /** Absolute path of a file with the key; same rule as `apiKeyEnv`. */
  apiKeyFile: Sourced<string> | undefined;
  /** Programs that print the keys of providers, with their arguments; used where no variable holds the key. */
  keyCommands: ReadonlyMap<ProviderName, Sourced<readonly string[]>>;
  /** Variables that programs which stand for a model get; never named by a project. */
  execEnv: string[];
  planner: Sourced<PlannerChoice>;
  tools: ToolSettings;
  /** Of all layers. */
  http: DeclaredTool<HttpSettings>[];
  programs: DeclaredTool<ProgramSettings>[];
  /** Who is told of runs, by name; of two layers the stronger one says who that is. */
  notify: ReadonlyMap<string, Sourced<NotifySettings>>;
  mcp: McpSettings;
  /** Of all layers, those of flags first. Which of them decides is said in `tools/tool-policy.ts`. */
  approvals: SourcedRule[];
  /** Absolute paths of all layers. */
  allowPaths: Sourced<string>[];
  /** Absolute path of the module of hooks. */
  hooks: Sourced<string> | undefined;
  largeOutputThresholdTokens: Sourced<number>;
  /** How agents work whose steps do not say. */
  agent: Sourced<AgentType>;
  /** Take the plan of the same request again. */
  reusePlans: Sourced<boolean>;
  examples: Sourced<ExampleChoice>;
  /** Keep what models thought in the events of a run. */
  recordReasoning: Sourced<boolean>;
  /** All machines that drive runs of the store have the same files. */
  sharedFiles: Sourced<boolean>;
  /** Under which people reach `portia serve`. */
  publicUrl: Sourced<string> | undefined;
  /** Absolute path of the file that says who may sign in there. */
  usersFile: Sourced<string> | undefined;
  /** The first role for which people who sign in there need a second factor. */
  secondFactor: Sourced<Role> | undefined;
  /** Keep what models were sent beside the events of a run. */
  recordRequests: Sourced<boolean>;
  /** By `provider/name` of the model. */
  prices: ReadonlyMap<string, ModelPrice>;
  /** By `provider/name` of the model; of each, the strongest layer first. */
  modelSettings: ReadonlyMap<string, readonly ModelSettingsSource[]>;
  /** For one call of a model that has no time of its own. */
  modelTimeoutMs: Sourced<number> | undefined;
  /** Absolute folder that holds `plans/`, `runs/` and `users/`. */
  storageDir: Sourced<string>;
  store: Sourced<StoreChoice>;
  /** How many runs workers drive at a time: the lowest number of all layers. */
  limits: QueueLimits;
  /** How often each provider is asked: the lowest number of all layers. */
  callLimits: ReadonlyMap<ProviderName, CallLimits>;
  logLevel: Sourced<LogLevel>;
  /** Undefined: a picture on a terminal, JSON in a pipe. */
  format: Sourced<Format> | undefined;
  noPrompt: Sourced<boolean>;
}

export interface ToolSettings {
  /** Absolute paths or globs of tool modules, of all layers. */
  modules: Sourced<string>[];
  /** Tool ids or globs; where layers disagree about one, the strongest decides. */
  enable: Sourced<string>[];
  disable: Sourced<string>[];
  describe: Map<string, Sourced<string>>;
  /** `tools.settings.<tool id>.<name>`. */
  settings: Map<string, Map<string, Sourced<Json>>>;
  /** Processes in which tool modules work, at a time; undefined: as many as calls are made at a time. */
  hosts: Sourced<number> | undefined;
  /** How these processes are restricted. */
  sandbox: Sourced<Sandbox> | undefined;
}

export interface SettingsSources {
  flags: SettingsFlags;
  shell: Environment;
  /** Variables of the project's `.env`. */
  dotenv: ReadonlyMap<string, string>;
  project: ProjectSettings | undefined;
  user: { path: string; settings: UserSettings } | undefined;
}

export interface SettingsPlace {
  /** Absolute; paths in flags and shell variables start here. */
  cwd: string;
  /** Absolute; paths in `portia.json` and `.env` start here. */
  projectRoot: string;
  /** What `~/` means; absolute. */
  home: string;
}

/**
 * One record of all layers: flags > shell > .env > portia.json > user settings > defaults.
 * Throws a PortiaError `invalid-settings` that names the flag or variable at fault.
 */
export function mergeSettings(sources: SettingsSources, place: SettingsPlace): Settings {
  const isInShell = (name: string) => Object.hasOwn(sources.shell, name) && sources.shell[name] !== undefined;
  const layers: Layer[] = [
    readFlagLayer(sources.flags, pathsFrom(place.cwd, place.home)),
    readEnvironmentLayer('shell', (name) => sources.shell[name], pathsFrom(place.cwd, place.home)),
    readEnvironmentLayer(
      'dotenv',
      (name) => (isInShell(name) ? undefined : sources.dotenv.get(name)),
      pathsFrom(place.projectRoot, place.home),
    ),
    readFileLayer('project', sources.project, {
      file: 'portia.json',
      resolvePath: pathsFrom(place.projectRoot, place.home),
    }),
    readFileLayer('user', sources.user?.settings, {
      file: sources.user?.path ?? '',
      resolvePath: pathsFrom(resolve(sources.user?.path ?? place.home, '..'), place.home),
    }),
  ];
  return mergeLayers(layers, place.projectRoot);
}

/** Whether a person asked for a model by any flag or setting, so that nothing else may make the plan. */
export function isModelRequested(settings: Settings): boolean {
  const { model, models, provider, baseUrl, apiKeyEnv, apiKeyFile } = settings;
  const named = [model, ...Object.values(models), provider, baseUrl, apiKeyEnv, apiKeyFile];
  return named.some((setting) => setting !== undefined);
}

function mergeLayers(layers: Layer[], projectRoot: string): Settings {
  const models = roleModels(layers);
  return {
    model: first(layers, (layer) => layer.model),
    models,
    fallbacks: roleFallbacks(layers),
    embeddings: first(layers, (layer) => layer.embeddings),
    provider: first(layers, (layer) => layer.provider),
    ...mergeEndpoint(layers),
    providerBaseUrls: new Map(layers.toReversed().flatMap((layer) => layer.providerBaseUrls ?? [])),
    keyCommands: new Map(layers.toReversed().flatMap((layer) => layer.keyCommands ?? [])),
    execEnv: [...new Set(layers.flatMap((layer) => layer.execEnv ?? []))],
    planner: first(layers, (layer) => layer.planner) ?? fallback('auto'),
    tools: mergeTools(layers),
    http: layers.flatMap((layer) => layer.http ?? []),
    programs: layers.flatMap((layer) => layer.programs ?? []),
    notify: new Map(layers.toReversed().flatMap((layer) => layer.notify ?? [])),
    mcp: mergeServers(layers),
    approvals: layers.flatMap((layer) => layer.approvals ?? []),
    allowPaths: distinct(layers.flatMap((layer) => layer.allowPaths ?? [])),
    largeOutputThresholdTokens:
      first(layers, (layer) => layer.largeOutputThresholdTokens) ?? fallback(DEFAULT_THRESHOLD_TOKENS),
    hooks: first(layers, (layer) => layer.hooks),
    agent: first(layers, (layer) => layer.agent) ?? fallback(DEFAULT_AGENT),
    reusePlans: first(layers, (layer) => layer.reusePlans) ?? fallback(false),
    examples: first(layers, (layer) => layer.examples) ?? fallback('none'),
    publicUrl: first(layers, (layer) => layer.publicUrl),
    usersFile: first(layers, (layer) => layer.usersFile),
    secondFactor: first(layers, (layer) => layer.secondFactor),
    sharedFiles: first(layers, (layer) => layer.sharedFiles) ?? fallback(false),
    recordReasoning: first(layers, (layer) => layer.recordReasoning) ?? fallback(false),
    recordRequests: first(layers, (layer) => layer.recordRequests) ?? fallback(true),
    prices: new Map(layers.toReversed().flatMap((layer) => layer.prices ?? [])),
    modelSettings: mergeModelSettings(layers),
    modelTimeoutMs: first(layers, (layer) => layer.modelTimeoutMs),
    ...storageOf(layers, projectRoot),
    limits: lowestLimits(layers.flatMap((layer) => layer.limits ?? [])),
    callLimits: lowestCallLimits(layers.flatMap((layer) => layer.callLimits ?? [])),
    logLevel: first(layers, (layer) => layer.logLevel) ?? fallback('info'),
    format: first(layers, (layer) => layer.format),
    noPrompt: first(layers, (layer) => layer.noPrompt) ?? fallback(false),
  };
}

function fallback<Value>(value: Value): Sourced<Value> {
  return { value, origin: 'default', source: 'default' };
}

/** A store `file:FOLDER` says where the folder is, too. */
function storageOf(layers: Layer[], projectRoot: string): Pick<Settings, 'storageDir' | 'store'> {
  const store: Sourced<StoreChoice> = first(layers, (layer) => layer.store) ?? fallback({ kind: 'file' });
  const folder = first(layers, (layer) => layer.storageDir) ?? fallback(projectRoot);
  const { value, origin, source } = store;
  return { store, storageDir: value.kind === 'file' && value.root ? { value: value.root, origin, source } : folder };
}

function roleModels(layers: Layer[]): Settings['models'] {
  const modelOf = (role: ModelRole) => first(layers, (layer) => layer.roles?.[role] ?? layer.model);
  return {
    planning: modelOf('planning'),
    execution: modelOf('execution'),
    introspection: modelOf('introspection'),
    summarizer: modelOf('summarizer'),
  };
}

/** A model that a stronger layer names has the fallbacks of that layer: where nobody wrote one beside it, none. */
function roleFallbacks(layers: Layer[]): Settings['fallbacks'] {
  const fallbacksOf = (role: ModelRole) => {
    const layer = layers.find(({ fallbacks, roles, model }) => fallbacks?.[role] ?? roles?.[role] ?? model);
    return layer?.fallbacks?.[role] ?? [];
  };
  return {
    planning: fallbacksOf('planning'),
    execution: fallbacksOf('execution'),
    introspection: fallbacksOf('introspection'),
    summarizer: fallbacksOf('summarizer'),
  };
}

// A base URL and the name of its key belong together: taking them from two files could send one file's key elsewhere.
function mergeEndpoint(layers: Layer[]): Pick<Settings, 'baseUrl' | 'apiKeyEnv' | 'apiKeyFile'> {
  const baseUrl = first(layers, (layer) => layer.baseUrl);
  const mayNameKey = (layer: Layer) =>
    baseUrl === undefined || layer.origin === 'flag' || layer.origin === baseUrl.origin;
  const naming = layers.find(
    (layer) => mayNameKey(layer) && (layer.apiKeyEnv !== undefined || layer.apiKeyFile !== undefined),
  );
  return { baseUrl, apiKeyEnv: naming?.apiKeyEnv, apiKeyFile: naming?.apiKeyFile };
}

function mergeModelSettings(layers: Layer[]): Settings['modelSettings'] {
  const merged = new Map<string, ModelSettingsSource[]>();
  for (const [model, said] of layers.flatMap((layer) => layer.modelSettings ?? [])) {
    merged.set(model, [...(merged.get(model) ?? []), said]);
  }
  return merged;
}

function mergeServers(layers: Layer[]): McpSettings {
  const said = layers.flatMap(({ mcp }) => mcp ?? []);
  return {
    enable: distinct(said.flatMap(({ enable }) => enable)),
    believeAnnotations: distinct(said.flatMap(({ believeAnnotations }) => believeAnnotations)),
    effects: said.flatMap(({ effects }) => effects),
    startTimeoutMs: first(layers, ({ mcp }) => mcp?.startTimeoutMs),
    timeoutMs: first(layers, ({ mcp }) => mcp?.timeoutMs),
  };
}

function mergeTools(layers: Layer[]): ToolSettings {
  const describe: ToolSettings['describe'] = new Map();
  const settings: ToolSettings['settings'] = new Map();
  const switched = new Map<string, { setting: Sourced<string>; on: boolean }>();
  for (const layer of layers.toReversed()) {
    for (const [tool, description] of layer.describe ?? []) describe.set(tool, description);
    for (const [tool, name, value] of layer.toolSettings ?? []) {
      settings.set(tool, (settings.get(tool) ?? new Map<string, Sourced<Json>>()).set(name, value));
    }
    for (const setting of layer.enable ?? []) switched.set(setting.value, { setting, on: true });
    for (const setting of layer.disable ?? []) switched.set(setting.value, { setting, on: false });
  }
  const byState = (on: boolean) =>
    [...switched.values()].filter((entry) => entry.on === on).map((entry) => entry.setting);
  return {
    modules: distinct(layers.flatMap((layer) => layer.modules ?? [])),
    enable: byState(true),
    disable: byState(false),
    describe,
    settings,
    hosts: first(layers, (layer) => layer.hosts),
    sandbox: first(layers, (layer) => layer.sandbox),
  };
}

function first<T>(layers: Layer[], pick: (layer: Layer) => T | undefined): T | undefined {
  for (const layer of layers) {
    const value = pick(layer);
    if (value !== undefined) return value;
  }
  return undefined;
}

function distinct(values: Sourced<string>[]): Sourced<string>[] {
  const seen = new Set<string>();
  return values.filter(({ value }) => !seen.has(value) && seen.add(value));
}

/** What a path in a file, flag or variable means, as an absolute one. */
export function pathsFrom(folder: string, home: string): (path: string) => string {
  return (path) => {
    if (path === '~') return home;
    if (path.startsWith('~/')) return join(home, path.slice(2));
    return isAbsolute(path) ? path : resolve(folder, path);
  };
}
