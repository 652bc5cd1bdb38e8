import type { LiveRedactor } from '../domain/values/redaction.js';
import type { Environment } from '../domain/environment.js';
import type { Now } from '../domain/values/ids.js';
import type { Plan } from '../domain/plan/plan.js';
import { toolsOfSteps } from '../domain/plan/plan-steps.js';
import type { HookPort } from '../hooks/hook-port.js';
import type { Guests } from '../processes/guests.js';
import type { KeptDeclarations } from '../tools/host/load-modules.js';
import type { ToolHosts } from '../tools/host/tool-hosts.js';
import { serverOfToolId } from '../tools/mcp/server-tool-id.js';
import type { ToolRegistry } from '../tools/registry.js';
import type { Tool, ToolEnvironment } from '../tools/tool.js';
import type { GivenToServices } from './given-to-services.js';
import type { OpenedProject } from './open-project.js';
import { STEPS_AT_A_TIME } from './run-limits.js';
import type { ServerToolNow, ServerTools } from './server-tools.js';
import type { ProcessFacts } from './this-process.js';

export interface ToolboxParts {
  given: GivenToServices;
  process: Pick<ProcessFacts, 'cpuTime' | 'node' | 'pid' | 'userId'>;
  shell: Environment;
  opened: OpenedProject;
  toolEnvironment: ToolEnvironment;
  redactor: LiveRedactor;
  now: Now;
  guests(): Promise<Guests>;
  /** Shows what tools print. */
  print(text: string): Promise<void>;
  warn(message: string): void;
}

/** What commands ask for tools. */
export interface ToolAccess {
  /** The tools that there are here, to look at; with plans, at least those that the plans call. */
  tools(plans?: readonly Plan[]): Promise<ToolRegistry>;
  /** Those that plans are checked against. Tells of servers of the plans that cannot be used. */
  toolsToCheck(plans: readonly Plan[]): Promise<ToolRegistry>;
  /** Those of plans that are run now. */
  toolsToRun(plans: readonly Plan[]): Promise<ToolRegistry>;
  /** One of them. Rejects for an id that no tool has, and for that of a server that cannot be used. */
  requireTool(id: string): Promise<Tool>;
  /** The tools of one MCP server as it listed them last. Empty, with a warning, when the server cannot be used. */
  toolsOfServer(name: string): Promise<Tool[]>;
  /** The tools of an MCP server as it lists them now. */
  askServer(name: string, signal: AbortSignal): Promise<ServerToolNow[]>;
}

export function toolsIn(toolbox: Toolbox): ToolAccess {
  return {
    tools: async (plans) => toolbox.tools(plans),
    toolsToCheck: async (plans) => toolbox.toolsToCheck(plans),
    toolsToRun: async (plans) => toolbox.toolsToRun(plans),
    requireTool: async (id) => toolbox.requireTool(id),
    toolsOfServer: async (name) => toolbox.toolsOfServer(name),
    askServer: async (name, signal) => toolbox.askServer(name, signal),
  };
}

/** How far the project's modules are looked at: not at all, what they declared before, or what they declare now. */
type ModulesExtent = 'none' | 'known' | 'loaded';

/** Which tools of the project are there. It only grows, because runs may be driven side by side. */
interface Extent {
  modules: ModulesExtent;
  /** Names of MCP servers. */
  servers: readonly string[];
}

/**
 * The tools that there are here. The project's modules are loaded, and its servers are started, in processes of their
 * own, when something needs them: to look at their tools, what they declared before is enough.
 */
export class Toolbox {
  readonly #parts: ToolboxParts;
  #extent: Extent = { modules: 'none', servers: [] };
  #registry: Promise<ToolRegistry> | undefined;
  #toRun: ToolRegistry | undefined;
  #hosts: Promise<ToolHosts> | undefined;
  #servers: Promise<ServerTools> | undefined;
  /** Whether a person knows of the servers that cannot be used. */
  #isTold = false;

  constructor(parts: ToolboxParts) {
    this.#parts = parts;
  }

  /**
   * All tools; with plans, at least those that the plans call. Modules are loaded, and servers are started, when they
   * were not before. Rejects when a plan calls a tool of a server that cannot be used.
   */
  async tools(plans?: readonly Plan[]): Promise<ToolRegistry> {
    if (plans !== undefined) return this.#toolsOf(plans, 'known');
    const all = await this.#grow({ modules: 'known', servers: [...this.#parts.opened.trust.files.servers.keys()] });
    await this.#tellUnusable();
    return all;
  }

  /** Other servers than those of the plans are left alone, unless nobody knows whose a tool is. */
  async toolsToCheck(plans: readonly Plan[]): Promise<ToolRegistry> {
    const called = toolsOfSteps(plans.flatMap(({ steps }) => steps));
    const some = await this.#grow({ modules: 'known', servers: this.#usedServers(called) });
    const isKnown = (id: string) => some.get(id) !== undefined || this.#usedServers([id]).length > 0;
    if (!called.every(isKnown)) return this.tools();
    await this.#tellUnusable();
    return some;
  }

  /** One tool to look at. Other servers than its own are left alone, unless nobody knows whose it is. */
  async requireTool(id: string): Promise<Tool> {
    const servers = this.#usedServers([id]);
    const some = await this.#grow({ modules: 'known', servers });
    const tool = some.get(id);
    if (tool !== undefined) return tool;
    for (const name of servers) (await this.#servers)?.requireUsable(name);
    return (await this.tools()).require(id);
  }

  /** The tools of one server, to look at; it is told when it cannot be used. */
  async toolsOfServer(name: string): Promise<Tool[]> {
    const tools = await this.#grow({ modules: 'none', servers: [name] });
    await this.#tellUnusable();
    return tools.list().filter(({ id }) => serverOfToolId(id) === name);
  }

  async #tellUnusable(): Promise<void> {
    if (!this.#isTold) (await this.#servers)?.tellUnusable();
    this.#isTold = true;
  }

  /** Those that the ids name, as far as they are used here. */
  #usedServers(ids: readonly string[]): string[] {
    return serversOf(ids).filter((name) => this.#parts.opened.trust.files.servers.has(name));
  }

  /** Those of plans that are run now, by what their modules themselves declare. */
  async toolsToRun(plans: readonly Plan[]): Promise<ToolRegistry> {
    this.#toRun = await this.#toolsOf(plans, 'loaded');
    return this.#toRun;
  }

  /** At least the tools that the plans call, without those of modules when the plans call no other. */
  async #toolsOf(plans: readonly Plan[], modules: ModulesExtent): Promise<ToolRegistry> {
    const { given } = this.#parts;
    const stubbed = [...(given.stubs?.keys() ?? [])];
    const called = toolsOfSteps(plans.flatMap(({ steps }) => steps));
    // A stub keeps what its tool says of itself, so that must be known.
    const servers = this.#usedServers([...called, ...stubbed]);
    const some = await this.#grow({ modules: stubbed.length > 0 ? modules : 'none', servers });
    const missing = called.filter((id) => some.get(id) === undefined);
    // Without those of the project, a module's tool is one that a program brought.
    const isDone = this.#extent.modules === 'none' || called.every((id) => some.get(id)?.source !== 'module');
    if (missing.length === 0 && isDone) return some;
    for (const name of serversOf(missing)) (await this.#servers)?.requireUsable(name);
    return this.#grow({ modules, servers });
  }

  async #grow(wanted: Extent): Promise<ToolRegistry> {
    const { modules, servers } = this.#extent;
    const isMore = MODULES.indexOf(wanted.modules) > MODULES.indexOf(modules);
    if (this.#registry === undefined || isMore || wanted.servers.some((name) => !servers.includes(name))) {
      this.#extent = {
        modules: isMore ? wanted.modules : modules,
        servers: [...new Set([...servers, ...wanted.servers])],
      };
      this.#registry = this.#load(this.#extent);
    }
    return this.#registry;
  }

  async #load({ modules, servers }: Extent): Promise<ToolRegistry> {
    const { opened, given, guests, shell, redactor, process, now, print, warn, toolEnvironment } = this.#parts;
    const { refuseOthers, settings, trust } = opened;
    const { cpuTime } = process;
    const { projectRoot } = toolEnvironment;
    const hasModules = settings.tools.modules.length > 0;
    const mayRecall = modules === 'known';
    const own = modules !== 'none' && hasModules ? { mayRecall, ...(await this.#openModules()) } : undefined;
    const outside = { refuseOthers, guests, now, shell, redact: redactor.text, cpuTime, print, warn };
    const [{ loadTools }, ofServers] = await Promise.all([import('./run-services.js'), this.#toolsOfServers(servers)]);
    const isWhole =
      trust.isTrusted && (own !== undefined || !hasModules) && servers.length === trust.files.servers.size;
    return loadTools({ ...given, ...outside, isWhole }, settings, { projectRoot, modules: own, ofServers });
  }

  /** The tools of a server as it lists them now. Rejects with a PortiaError when it cannot be used. */
  async askServer(name: string, signal: AbortSignal): Promise<ServerToolNow[]> {
    return (await this.#openedServers()).ask(name, signal);
  }

  async #toolsOfServers(names: readonly string[]): Promise<Tool[]> {
    if (names.length === 0) return [];
    return (await this.#openedServers()).of(names);
  }

  async #openedServers(): Promise<ServerTools> {
    this.#servers ??= this.#openServers();
    return this.#servers;
  }

  async #openServers(): Promise<ServerTools> {
    const { opened, shell, redactor, guests, warn, process, toolEnvironment: environment } = this.#parts;
    const { ServerTools } = await import('./server-tools.js');
    const { settings, trust, refuseOthers } = opened;
    return new ServerTools({
      servers: trust.files.servers,
      settings: settings.mcp,
      shell,
      environment,
      redactor,
      refuseOthers,
      pid: process.pid,
      guests,
      warn,
    });
  }

  async #openModules(): Promise<{ hosts: ToolHosts; kept: KeptDeclarations }> {
    const { opened, shell, process, toolEnvironment } = this.#parts;
    this.#hosts ??= this.#openHosts();
    const { openKeptDeclarations } = await import('./kept-declarations.js');
    const { projectRoot } = toolEnvironment;
    const kept = openKeptDeclarations({ shell, process, projectRoot, settings: opened.settings });
    return { hosts: await this.#hosts, kept };
  }

  async #openHosts(): Promise<ToolHosts> {
    const { opened, given, guests, redactor, shell, ...parts } = this.#parts;
    const { settings, trust } = opened;
    const { createToolHosts } = await import('./tool-hosts.js');
    return createToolHosts({
      ...parts,
      settings,
      environment: shell,
      dotenvNames: [...trust.files.dotenv.keys()],
      guests: await guests(),
      most: given.calls ?? given.jobs ?? STEPS_AT_A_TIME,
      isInspected: given.inspectTools ?? false,
      redact: redactor.text,
    });
  }

  /** The hooks of the project's own module; undefined where it has none. */
  async hooks(): Promise<HookPort | undefined> {
    const { settings, refuseOthers } = this.#parts.opened;
    if (settings.hooks === undefined) return undefined;
    this.#hosts ??= this.#openHosts();
    const { loadHooks } = await import('../tools/host/load-hooks.js');
    return loadHooks(settings.hooks.value, { hosts: await this.#hosts, check: refuseOthers });
  }

  /** Asks the servers of these tools of the plans that are run now for their lists: those that were kept may be old. */
  async relist(ids: readonly string[]): Promise<boolean> {
    const servers = this.#usedServers(ids);
    if (servers.length === 0 || this.#toRun === undefined) return false;
    const opened = await this.#openedServers();
    await Promise.all(servers.map(async (name) => opened.ask(name, new AbortController().signal)));
    this.#registry = this.#load(this.#extent);
    this.#toRun = await this.#registry;
    return true;
  }

  /** One of the tools of the plans that are run now. */
  get(id: string): Tool | undefined {
    return this.#toRun?.get(id);
  }

  /** Ends the processes of modules and servers. */
  async close(): Promise<void> {
    await Promise.all([(await this.#hosts)?.end(), (await this.#servers)?.end()]);
  }
}

/** From the least to the most. */
const MODULES: readonly ModulesExtent[] = ['none', 'known', 'loaded'];

/** The MCP servers in the ids of tools. */
function serversOf(ids: readonly string[]): string[] {
  return [...new Set(ids.flatMap((id) => serverOfToolId(id) ?? []))];
}
