import { resolve } from 'node:path';

import { userCacheFolder } from '../config/settings-file.js';
import type { RefuseOthers } from '../config/project-owner.js';
import { SERVER_FILE } from '../config/server-file.js';
import type { McpSettings } from '../config/layer.js';
import type { Environment } from '../domain/environment.js';
import { PortiaError } from '../domain/errors.js';
import { digestValue } from '../domain/values/digest.js';
import type { JsonObject } from '../domain/values/json.js';
import type { LiveRedactor } from '../domain/values/redaction.js';
import { guestEnvironment } from '../processes/guest-environment.js';
import type { Guests } from '../processes/guests.js';
import { KnownServer } from '../tools/mcp/known-server.js';
import { ProgramTransport } from '../tools/mcp/program-transport.js';
import { remoteLink } from '../tools/mcp/remote-link.js';
import { connectionOf, type ServerConnection } from '../tools/mcp/server-connection.js';
import { effectsBy, type EffectOf } from '../tools/mcp/server-effects.js';
import { isProgramEntry, type ServerEntry } from '../tools/mcp/server-entry.js';
import type { ServerLink } from '../tools/mcp/server-session.js';
import { createServerTool } from '../tools/mcp/server-tool.js';
import { serverToolId } from '../tools/mcp/server-tool-id.js';
import { writtenSecrets } from '../tools/mcp/written-secrets.js';
import type { Tool, ToolEnvironment } from '../tools/tool.js';
import { builtVersion } from './built-package.js';
import { compileSchema } from './compile-schema.js';
import { ServerFiles } from './server-files.js';
import { SignIns } from './sign-ins.js';
import { filesOfProgram, sourcesOf } from './trust/trusted-content.js';

/** How long a server may take until it has listed its tools: a package may have to be fetched first. */
const START_MS = 60_000;

export interface ServerToolsParts {
  servers: ReadonlyMap<string, ServerEntry>;
  settings: McpSettings;
  shell: Environment;
  environment: Pick<ToolEnvironment, 'projectRoot' | 'variable'>;
  redactor: LiveRedactor;
  refuseOthers: RefuseOthers;
  /** Of this process. */
  pid: number;
  guests(): Promise<Guests>;
  warn(message: string): void;
}

/** A tool as its server lists it at this moment. */
export interface ServerToolNow {
  tool: Tool;
  /** What the server says of it. */
  annotations: JsonObject;
}

/** The tools of the MCP servers that a project names and somebody enabled. */
export class ServerTools {
  readonly #parts: ServerToolsParts;
  readonly #files: ServerFiles;
  readonly #signIns: SignIns;
  readonly #known = new Map<string, Promise<KnownServer>>();
  readonly #unusable = new Map<string, PortiaError>();
  #effects: Promise<EffectOf> | undefined;

  constructor(parts: ServerToolsParts) {
    this.#parts = parts;
    const { shell, environment, redactor, warn, pid } = parts;
    const { projectRoot } = environment;
    this.#files = new ServerFiles({ folder: userCacheFolder(shell), projectRoot, warn });
    this.#signIns = new SignIns({ shell, redactor, pid, variable: (name) => environment.variable(name) });
  }

  /** Those of some servers, which are asked side by side. One that cannot be used is left out. */
  async of(names: readonly string[]): Promise<Tool[]> {
    const lists = names.map(async (name) => {
      try {
        return await this.#toolsOf(name);
      } catch (error) {
        if (!(error instanceof PortiaError)) throw error;
        this.#unusable.set(name, error);
        return [];
      }
    });
    return (await Promise.all(lists)).flat();
  }

  /** Warns of those that were left out. */
  tellUnusable(): void {
    for (const { message, details } of this.#unusable.values()) {
      this.#parts.warn([message, details.why, 'Its tools are left out.'].filter(Boolean).join(' '));
    }
  }

  /** Throws why a server cannot be used, when it was asked for its tools in vain. */
  requireUsable(name: string): void {
    const error = this.#unusable.get(name);
    if (error !== undefined) throw error;
  }

  /**
   * Asks one server for its tools now, whatever is kept of it. Rejects with a PortiaError when it cannot be used, and with
   * the signal's reason.
   */
  async ask(name: string, signal: AbortSignal): Promise<ServerToolNow[]> {
    const server = await this.#server(name);
    if (server === undefined) return [];
    server.askAnew();
    const { list } = await server.session(signal);
    const made = await this.#toolsOf(name);
    return made.flatMap((tool) => {
      const listed = [...list.tools.values()].find((one) => serverToolId(name, one.name) === tool.id);
      return listed === undefined ? [] : [{ tool, annotations: listed.annotations }];
    });
  }

  async end(): Promise<void> {
    const known = await Promise.allSettled(this.#known.values());
    await Promise.all(known.map(async (each) => (each.status === 'fulfilled' ? each.value.end() : undefined)));
  }

  async #toolsOf(name: string): Promise<Tool[]> {
    const server = await this.#server(name);
    if (server === undefined) return [];
    const { settings } = this.#parts;
    const tools = await server.tools();
    const effectOf = await (this.#effects ??= effectsBy(settings.effects));
    const isBelieved = settings.believeAnnotations.some(({ value }) => value === name);
    return [...tools.values()].map((tool) => {
      const effect = effectOf(serverToolId(name, tool.name), tool.annotations, isBelieved);
      const timeoutMs = settings.timeoutMs?.value;
      return createServerTool(server, tool, { effect, isBelieved, timeoutMs, compile: compileSchema });
    });
  }

  /** Undefined for a server that is not used. */
  async #server(name: string): Promise<KnownServer | undefined> {
    const entry = this.#parts.servers.get(name);
    if (entry === undefined) return undefined;
    const known = this.#known.get(name) ?? this.#know(name, entry);
    this.#known.set(name, known);
    return known;
  }

  /** Folders, by the names that editors give them. */
  #placeOf(variable: string): string | undefined {
    if (variable === 'workspaceFolder') return this.#parts.environment.projectRoot;
    return variable === 'userHome' ? this.#parts.shell['HOME'] : undefined;
  }

  async #know(name: string, entry: ServerEntry): Promise<KnownServer> {
    const { settings, environment, redactor, warn } = this.#parts;
    // They are hidden as those of variables are.
    for (const secret of writtenSecrets(entry)) redactor.add(secret);
    const connection = connectionOf(entry, (variable) => environment.variable(variable) ?? this.#placeOf(variable));
    const digest = digestValue([entry, await this.#sourcesOf(entry)]);
    const signIn = this.#signIns.of(name, entry);
    const hasLog = connection.ok && connection.connection.kind === 'stdio';
    return new KnownServer({
      name,
      file: SERVER_FILE,
      digest,
      missing: connection.ok ? [] : connection.missing,
      log: hasLog ? this.#files.logOf(digest) : undefined,
      session: {
        version: builtVersion(),
        startTimeoutMs: settings.startTimeoutMs?.value ?? START_MS,
        link: async () => {
          if (!connection.ok) throw new Error(`${name} was called without ${connection.missing.join(', ')}.`);
          return connection.connection.kind === 'stdio'
            ? this.#start(connection.connection, digest)
            : remoteLink(connection.connection, signIn);
        },
      },
      kept: this.#files,
      signIn,
      tell: warn,
    });
  }

  /** The files of the project that a server is started with, by their digests. */
  async #sourcesOf(entry: ServerEntry): Promise<string[][]> {
    if (!isProgramEntry(entry)) return [];
    const root = this.#parts.environment.projectRoot;
    const { command, args = [], cwd } = entry;
    const files = filesOfProgram(
      { command: [command, ...args], ...(cwd !== undefined && { cwd }) },
      { root, cwd: root },
    );
    await this.#parts.refuseOthers(files);
    const sources = await sourcesOf(files, root);
    return sources.map(({ path, digest }) => [path, digest]);
  }

  async #start(connection: ServerConnection & { kind: 'stdio' }, digest: string): Promise<ServerLink> {
    const { shell, environment, redactor, guests } = this.#parts;
    const { command, args, env, cwd = '.' } = connection;
    const { projectRoot } = environment;
    const transport = new ProgramTransport({
      guests: await guests(),
      command: command.includes('/') ? resolve(projectRoot, command) : command,
      args,
      environment: guestEnvironment(
        shell,
        Object.entries(env).map(([name, value]) => ({ name, value })),
      ),
      directory: resolve(projectRoot, cwd),
      log: this.#files.openLog(digest),
      redact: redactor.text,
    });
    return { transport, fault: () => transport.fault, end: async () => transport.close() };
  }
}
