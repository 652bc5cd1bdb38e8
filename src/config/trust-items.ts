import type { Environment } from '../domain/environment.js';
import { isHttpAddress } from '../domain/values/http-address.js';
import { isJsonObject, type Json } from '../domain/values/json.js';
import { isOptInTool } from '../domain/values/opt-in-tools.js';
import type { Policy } from '../domain/values/policies.js';
import type { TrustKind } from '../domain/values/trust-kinds.js';
import { parseExecName, parseModelName } from '../models/providers/model-names.js';
import { isLoopback, PROVIDERS } from '../models/providers/providers.js';
import { originOf } from '../models/providers/base-url.js';
import type { McpFileSettings } from '../tools/mcp/mcp-settings.js';
import { isProgramEntry, type ServerEntry } from '../tools/mcp/server-entry.js';
import type { ProgramSettings } from '../tools/programs/program-settings.js';
import { SERVER_FILE } from './server-file.js';
import { loosensBrowser, namesMailServer, namesVariables } from './given-by-tools.js';
import { declaredItems } from './declared-items.js';
import { divideFallbacks, divideModels } from './divided-models.js';
import type { ProjectSettings } from './settings-schema.js';
import { shownUrl } from '../domain/values/secret-names.js';

export interface TrustItem {
  kind: TrustKind;
  /** Where it is written: `portia.json tools.modules`, `OPENAI_BASE_URL in .env`. */
  where: string;
  /** What is written there. */
  what: string;
  /** Of a program that is a tool or a server of tools: what it is started with. */
  program?: Pick<ProgramSettings, 'command' | 'cwd'>;
}

/** A project as its files say it. */
export interface ProjectFiles {
  settings: ProjectSettings | undefined;
  dotenv: ReadonlyMap<string, string>;
  /** Servers of `.mcp.json` that are used. */
  servers: ReadonlyMap<string, ServerEntry>;
}

/** What decides whether a line of a project loosens something. */
export interface TrustFacts {
  shell: Environment;
  /** Whether a path of the project's files is inside the project, links followed. */
  isInside(path: string): boolean;
  /** Origins that the user trusts with keys. */
  trustedOrigins: readonly string[];
  /** Whether the user's own settings switch tools off, which a project could switch on again. */
  userDisablesTools: boolean;
}

/** A project divided into what always counts and what needs trust. */
export interface DividedProject {
  /** Everything that needs trust, in the order of the files. */
  items: TrustItem[];
  /** Model servers on this machine: they may be asked, but get a key of the shell only from a trusted project. */
  local: TrustItem[];
  /** The project without it: what only tightens stays. */
  tight: ProjectFiles;
}

const ENV_MODELS = [
  'PORTIA_MODEL',
  'PORTIA_DEFAULT_MODEL',
  'PORTIA_PLANNING_MODEL',
  'PORTIA_EXECUTION_MODEL',
  'PORTIA_INTROSPECTION_MODEL',
  'PORTIA_SUMMARIZER_MODEL',
];
const ENV_MODEL_SERVERS = [
  'OPENAI_BASE_URL',
  ...Object.values(PROVIDERS).flatMap(({ baseUrlVariable }) => baseUrlVariable?.name ?? []),
];
const ENV_SERVERS = [...ENV_MODEL_SERVERS, 'TAVILY_BASE_URL'];
const ENV_STORAGE = 'PORTIA_STORAGE_DIR';
const ENV_STORE = 'PORTIA_STORE';

/** What a project says that acts or loosens, and the project without that. Reads nothing. */
export function divideProject({ settings, dotenv, servers }: ProjectFiles, facts: TrustFacts): DividedProject {
  const taken = new Taken();
  const tightSettings = settings === undefined ? undefined : divideSettings(settings, { dotenv, facts, taken });
  const tightDotenv = divideDotenv(dotenv, facts, taken);
  takeServers(servers, taken);
  const items = taken.items;
  const local = serversOf({ settings, dotenv }, facts).filter(({ where }) =>
    items.every((item) => item.where !== where),
  );
  return { items, local, tight: { settings: tightSettings, dotenv: tightDotenv, servers: new Map() } };
}

/** The model servers that a project names. */
function serversOf({ settings, dotenv }: Omit<ProjectFiles, 'servers'>, { shell }: TrustFacts): TrustItem[] {
  const named = ENV_MODEL_SERVERS.flatMap((name) => {
    const url = shell[name] === undefined ? (dotenv.get(name)?.trim() ?? '') : '';
    return URL.canParse(url) ? [serverItem(`${name} in .env`, url)] : [];
  });
  return settings?.base_url === undefined ? named : [serverItem('portia.json base_url', settings.base_url), ...named];
}

class Taken {
  readonly items: TrustItem[] = [];

  /** The value when it may stay; undefined, and noted, when it needs trust. */
  unless<Value>(needsTrust: boolean, value: Value, item: TrustItem): Value | undefined {
    if (!needsTrust) return value;
    this.items.push(item);
    return undefined;
  }
}

interface Dividing {
  dotenv: ReadonlyMap<string, string>;
  facts: TrustFacts;
  taken: Taken;
}

function divideSettings(settings: ProjectSettings, { dotenv, facts, taken }: Dividing): ProjectSettings {
  const where = (key: string) => `portia.json ${key}`;
  const model = (name: string | undefined, key: string) =>
    name && taken.unless(isProgram(name), name, { kind: 'program', where: where(key), what: name });
  const { models, tools, approvals, base_url: server, api_key_env: variable, api_key_file: file, serve } = settings;
  const path = (value: string, key: string) =>
    taken.unless(!facts.isInside(value), value, { kind: 'path', where: where(key), what: value });
  // Also where links to questions begin: whoever gets one can answer.
  const far = (url: string, key: string) => taken.unless(isFar(url, facts), url, serverItem(where(key), url));
  taken.items.push(...declaredItems(settings));
  const tight: EveryKey<ProjectSettings> = {
    $schema: settings.$schema,
    hooks: undefined,
    programs: undefined,
    http: undefined,
    notify: undefined,
    mcp: settings.mcp && divideMcp(settings.mcp, taken),
    planner: settings.planner,
    large_output_threshold_tokens: settings.large_output_threshold_tokens,
    model_timeout_ms: settings.model_timeout_ms,
    agent: settings.agent,
    reuse_plans: settings.reuse_plans,
    examples: settings.examples,
    record_reasoning: settings.record_reasoning,
    shared_files: settings.shared_files,
    serve: serve && {
      public_url: serve.public_url && far(serve.public_url, 'serve.public_url'),
      users: undefined,
      second_factor: undefined,
    },
    record_requests: settings.record_requests,
    tools: tools && divideTools(tools, { dotenv, facts, taken }),
    model: model(settings.model, 'model'),
    models: models && divideModels(models, model),
    fallbacks: settings.fallbacks && divideFallbacks(settings.fallbacks, model),
    base_url: server && far(server, 'base_url'),
    api_key_env: variable && divideKeyVariable(variable, settings, { dotenv, facts, taken }),
    api_key_file:
      file && taken.unless(!facts.isInside(file), file, { kind: 'key', where: where('api_key_file'), what: file }),
    api_key_command: undefined,
    approvals: approvals && divideApprovals(approvals, taken),
    allow_paths: settings.allow_paths?.flatMap((value) => path(value, 'allow_paths') ?? []),
    storage_dir: settings.storage_dir && path(settings.storage_dir, 'storage_dir'),
    store: divideStore(settings.store, where('store'), taken),
    // The lowest number of all layers counts.
    limits: settings.limits,
    prices: undefined,
    model_settings: settings.model_settings && divideModelSettings(settings.model_settings, taken),
  };
  const priced = Object.keys(settings.prices ?? {});
  if (priced.length > 0) taken.items.push({ kind: 'price', where: where('prices'), what: priced.join(', ') });
  return tight;
}

/** Names each key, so that a new one cannot be added without a decision whether it needs trust. */
type EveryKey<Settings> = { [Key in keyof Required<Settings>]: Settings[Key] };

function takeServers(servers: ProjectFiles['servers'], taken: Taken): void {
  for (const [name, entry] of servers) {
    const program = isProgramEntry(entry) ? { program: { command: [entry.command, ...(entry.args ?? [])] } } : {};
    const item = { kind: 'mcp-server', where: `${SERVER_FILE} ${name}`, what: JSON.stringify(entry) } as const;
    taken.items.push({ ...item, ...program });
  }
}

/** Which servers are used needs no trust of its own: the servers themselves do. */
function divideMcp(mcp: McpFileSettings, taken: Taken): McpFileSettings {
  const rule = (key: string, what: string) => ({ kind: 'rule', where: `portia.json mcp.${key}`, what }) as const;
  for (const name of mcp.believe_annotations ?? []) taken.items.push(rule('believe_annotations', name));
  const effects = Object.entries(mcp.effects ?? {}).filter(
    ([glob, effect]) => taken.unless(effect !== 'once', glob, rule('effects', `${glob}: ${effect}`)) !== undefined,
  );
  const tight: EveryKey<McpFileSettings> = {
    enable: mcp.enable,
    believe_annotations: undefined,
    effects: Object.fromEntries(effects),
    start_timeout_ms: mcp.start_timeout_ms,
    timeout_ms: mcp.timeout_ms,
  };
  return tight;
}

type ModelSettings = NonNullable<ProjectSettings['model_settings']>;

function divideModelSettings(models: ModelSettings, taken: Taken): ModelSettings {
  const kept = Object.entries(models).map(([name, settings]) => {
    const where = `portia.json model_settings.${name}`;
    const { headers, extra_body: body, price } = settings;
    for (const [header, value] of Object.entries(headers ?? {})) {
      taken.items.push({ kind: 'request', where: `${where}.headers`, what: `${header}: ${value}` });
    }
    for (const [field, value] of Object.entries(body ?? {})) {
      taken.items.push({ kind: 'request', where: `${where}.extra_body`, what: `${field}: ${JSON.stringify(value)}` });
    }
    if (price !== undefined) taken.items.push({ kind: 'price', where: `${where}.price`, what: name });
    const tight: EveryKey<ModelSettings[string]> = {
      temperature: settings.temperature,
      max_tokens: settings.max_tokens,
      reasoning_effort: settings.reasoning_effort,
      headers: undefined,
      extra_body: undefined,
      timeout_ms: settings.timeout_ms,
      context_window: settings.context_window,
      price: undefined,
      no_json_schema: settings.no_json_schema,
      no_tools: settings.no_tools,
      simple_plans: settings.simple_plans,
      images: settings.images,
      api: settings.api,
    };
    return [name, tight] as const;
  });
  return Object.fromEntries(kept);
}

type Tools = NonNullable<ProjectSettings['tools']>;

function divideTools(tools: Tools, { dotenv, facts, taken }: Dividing): Tools {
  for (const what of tools.modules ?? []) {
    taken.items.push({ kind: 'module', where: 'portia.json tools.modules', what });
  }
  const enable = (tools.enable ?? []).flatMap((what) => {
    const item: TrustItem = { kind: 'rule', where: 'portia.json tools.enable', what };
    return taken.unless(facts.userDisablesTools || isOptInTool(what), what, item) ?? [];
  });
  const settings = Object.entries(tools.settings ?? {}).map(([tool, values]) => {
    const kept = Object.entries(values).filter(([name, value]) => {
      const where = `portia.json tools.settings.${tool}.${name}`;
      const far = textsIn(value).filter((text) => isFarText(text, facts) || namesMailServer(tool, name, text));
      const keys = namesVariables(tool, name)
        ? textsIn(value).filter((variable) => !isOfProject(variable, dotenv, facts))
        : [];
      const items = [
        ...far.map((text) => serverItem(where, text)),
        ...keys.map((what): TrustItem => ({ kind: 'key', where, what })),
        ...(loosensBrowser(tool, name) ? [{ kind: 'rule', where, what: JSON.stringify(value) } as const] : []),
      ];
      taken.items.push(...items);
      return items.length === 0;
    });
    return [tool, Object.fromEntries(kept)] as const;
  });
  const tight: EveryKey<Tools> = {
    modules: undefined,
    enable,
    disable: tools.disable,
    describe: tools.describe,
    settings: Object.fromEntries(settings),
    hosts: tools.hosts,
    sandbox: tools.sandbox,
  };
  return tight;
}

function divideApprovals(approvals: NonNullable<ProjectSettings['approvals']>, taken: Taken) {
  const unlessAllows = <Value>(value: Value, policy: Policy, what: string) =>
    taken.unless(policy === 'allow', value, { kind: 'rule', where: 'portia.json approvals', what });
  const kept = Object.entries(approvals).flatMap(([glob, policy]) => {
    const tight =
      typeof policy === 'string'
        ? unlessAllows(policy, policy, `${glob}: ${policy}`)
        : policy.flatMap((each) => unlessAllows(each, each.then, `${glob}: ${each.then} when ${each.when}`) ?? []);
    return tight === undefined ? [] : [[glob, tight] as const];
  });
  return Object.fromEntries(kept);
}

/**
 * The project's own variable may be named. Any other is left out: where it is the provider's own, it is found without
 * being named, and so is not worth a question.
 */
function divideKeyVariable(name: string, settings: ProjectSettings, { dotenv, facts, taken }: Dividing) {
  if (isOfProject(name, dotenv, facts)) return name;
  const provider = parseModelName(settings.model ?? settings.models?.execution ?? '').provider ?? 'openai';
  const isOwn = settings.base_url === undefined && PROVIDERS[provider].keyVariables.includes(name);
  if (!isOwn) taken.items.push({ kind: 'key', where: 'portia.json api_key_env', what: name });
  return undefined;
}

function isOfProject(name: string, dotenv: ReadonlyMap<string, string>, { shell }: TrustFacts): boolean {
  return (dotenv.get(name) ?? '') !== '' && shell[name] === undefined;
}

function divideDotenv(
  dotenv: ReadonlyMap<string, string>,
  facts: TrustFacts,
  taken: Taken,
): ReadonlyMap<string, string> {
  const kept = [...dotenv].filter(([name, value]) => {
    const item = facts.shell[name] === undefined ? itemOfVariable(name, value.trim(), facts) : undefined;
    if (item === undefined) return true;
    taken.items.push(item);
    return false;
  });
  return new Map(kept);
}

function itemOfVariable(name: string, value: string, facts: TrustFacts): TrustItem | undefined {
  const where = `${name} in .env`;
  if (value === '') return undefined;
  if (ENV_MODELS.includes(name) && isProgram(value)) return { kind: 'program', where, what: value };
  if (ENV_SERVERS.includes(name) && isFarText(value, facts)) return serverItem(where, value);
  if (name === ENV_STORE) return storeItem(where, value);
  if (name === ENV_STORAGE && !facts.isInside(value)) return { kind: 'path', where, what: value };
  return undefined;
}

function serverItem(where: string, url: string): TrustItem {
  return { kind: 'server', where, what: url };
}

function divideStore(store: string | undefined, where: string, taken: Taken): undefined {
  if (store !== undefined) taken.items.push(storeItem(where, store));
}

function storeItem(where: string, text: string): TrustItem {
  return { kind: 'store', where, what: shownUrl(text) };
}

function isProgram(name: string): boolean {
  return parseExecName(name) !== undefined;
}

function textsIn(value: Json): string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  return isJsonObject(value) ? Object.values(value).flatMap(textsIn) : [];
}

function isFarText(value: string, facts: TrustFacts): boolean {
  return isHttpAddress(value) && isFar(value, facts);
}

/** Whether what is sent there leaves this machine, and the user did not say that it may. */
function isFar(url: string, { trustedOrigins }: TrustFacts): boolean {
  return !isLoopback(url) && !trustedOrigins.includes(originOf(url));
}
