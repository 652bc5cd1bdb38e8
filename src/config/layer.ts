import type { CallLimits } from '../domain/run/call-limits.js';
import type { QueueLimits } from '../domain/run/queue.js';
import type { AgentType } from '../domain/values/agent-types.js';
import type { Role } from '../domain/values/roles.js';
import type { Json } from '../domain/values/json.js';
import type { ModelPrice, ModelRole } from '../domain/values/model-roles.js';
import type { PolicyRule } from '../domain/values/policies.js';
import type { ToolEffect } from '../domain/values/tool-effects.js';
import type { ProviderName } from '../models/providers/providers.js';
import type { NotifySettings } from '../notices/notify-settings.js';
import type { HttpSettings } from '../tools/http/http-settings.js';
import type { ProgramSettings } from '../tools/programs/program-settings.js';
import type { FileModelSettings } from './model-settings-schema.js';
import type { StoreChoice } from './store-choice.js';

/** Where a value came from, the strongest first. */
export const ORIGINS = ['flag', 'shell', 'dotenv', 'project', 'user', 'default'] as const;
export type Origin = (typeof ORIGINS)[number];

export const PLANNER_CHOICES = ['auto', 'model', 'offline'] as const;
export type PlannerChoice = (typeof PLANNER_CHOICES)[number];

/** Which examples plans are made with, beside those that are given. */
export const EXAMPLE_CHOICES = ['liked', 'none'] as const;
export type ExampleChoice = (typeof EXAMPLE_CHOICES)[number];

/** How the processes of tool modules are restricted. */
export const SANDBOXES = ['permission'] as const;
export type Sandbox = (typeof SANDBOXES)[number];

const LOG_LEVELS = ['debug', 'info', 'warning', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export const FORMATS = ['human', 'json', 'ndjson', 'value'] as const;
export type Format = (typeof FORMATS)[number];

/** Forms in which some commands list problems or results for other programs. */
export const REPORT_FORMATS = ['sarif', 'github', 'junit', 'csv'] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

/** A value with where it came from. */
export interface Sourced<T> {
  value: T;
  origin: Origin;
  /** The flag, variable or key that gave it, as a person writes it: `--model`, `PORTIA_MODEL`, `portia.json model`. */
  source: string;
}

/** A decision about tools, with where it was made. */
export interface SourcedRule extends PolicyRule {
  origin: Origin;
}

/** A tool that a settings file declares, under its id. */
export interface DeclaredTool<Declaration> extends Sourced<Declaration> {
  id: string;
  /** The settings file, as a person writes it. */
  file: string;
  /** What a path in it means, as an absolute one. */
  resolvePath(path: string): string;
}

/** What calls of tools do, whatever their MCP server says. */
export interface EffectRule {
  /** An id or a glob of tools. */
  glob: string;
  effect: ToolEffect;
  source: string;
}

/** What one layer, or all of them together, says about the servers of `.mcp.json`. */
export interface McpSettings {
  /** Names of the servers that are used. */
  enable: Sourced<string>[];
  /** Names of servers whose tools are what they say of themselves. */
  believeAnnotations: Sourced<string>[];
  /** Which of several decides is said in `tools/mcp/server-effects.ts`. */
  effects: EffectRule[];
  startTimeoutMs: Sourced<number> | undefined;
  timeoutMs: Sourced<number> | undefined;
}

/** What one layer says of one model. */
export interface ModelSettingsSource {
  origin: Origin;
  /** The key that gave it: `portia.json model_settings.openai/gpt-5`. */
  source: string;
  settings: FileModelSettings;
}

/** What one layer says. */
export interface Layer {
  origin: Origin;
  model?: Sourced<string> | undefined;
  roles?: Partial<Record<ModelRole, Sourced<string> | undefined>>;
  /** Asked when the model of the role cannot be. */
  fallbacks?: Partial<Record<ModelRole, Sourced<string>[]>> | undefined;
  embeddings?: Sourced<string> | undefined;
  provider?: Sourced<string> | undefined;
  baseUrl?: Sourced<string> | undefined;
  providerBaseUrls?: [provider: ProviderName, baseUrl: Sourced<string>][];
  apiKeyEnv?: Sourced<string> | undefined;
  apiKeyFile?: Sourced<string> | undefined;
  /** Programs that print keys, with their arguments. */
  keyCommands?: [provider: ProviderName, command: Sourced<readonly string[]>][];
  execEnv?: string[] | undefined;
  planner?: Sourced<PlannerChoice> | undefined;
  hooks?: Sourced<string> | undefined;
  modules?: Sourced<string>[];
  enable?: Sourced<string>[];
  disable?: Sourced<string>[];
  describe?: [string, Sourced<string>][];
  hosts?: Sourced<number> | undefined;
  sandbox?: Sourced<Sandbox> | undefined;
  toolSettings?: [tool: string, name: string, Sourced<Json>][];
  http?: DeclaredTool<HttpSettings>[];
  programs?: DeclaredTool<ProgramSettings>[];
  /** By their names. */
  notify?: [name: string, target: Sourced<NotifySettings>][];
  mcp?: McpSettings;
  approvals?: SourcedRule[];
  allowPaths?: Sourced<string>[];
  prices?: [model: string, price: ModelPrice][];
  /** By `provider/name`. */
  modelSettings?: [model: string, settings: ModelSettingsSource][];
  modelTimeoutMs?: Sourced<number> | undefined;
  largeOutputThresholdTokens?: Sourced<number> | undefined;
  agent?: Sourced<AgentType> | undefined;
  reusePlans?: Sourced<boolean> | undefined;
  examples?: Sourced<ExampleChoice> | undefined;
  recordReasoning?: Sourced<boolean> | undefined;
  sharedFiles?: Sourced<boolean> | undefined;
  publicUrl?: Sourced<string> | undefined;
  usersFile?: Sourced<string> | undefined;
  secondFactor?: Sourced<Role> | undefined;
  recordRequests?: Sourced<boolean> | undefined;
  storageDir?: Sourced<string> | undefined;
  /** How many runs workers drive at a time. */
  limits?: QueueLimits | undefined;
  /** How often a provider is asked. */
  callLimits?: [provider: ProviderName, limits: CallLimits][];
  store?: Sourced<StoreChoice> | undefined;
  logLevel?: Sourced<LogLevel> | undefined;
  format?: Sourced<Format> | undefined;
  noPrompt?: Sourced<boolean> | undefined;
}
