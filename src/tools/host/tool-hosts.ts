import { PortiaError } from '../../domain/errors.js';
import { isJsonObject, type Json, type JsonObject } from '../../domain/values/json.js';
import { cutMessage } from '../../domain/values/thrown.js';
import { LONGEST_TIMER_MS, startTimer, untilAborted } from '../../timing/limit.js';
import { digestOfSources, moduleSources } from '../module-sources.js';
import { readResult, withOutput } from '../read-result.js';
import type { CallTurn, ToolAllowance, ToolContext, ToolOrigin, ToolResult } from '../tool.js';
import { NotHeard, type Host, type RequestHandlers } from './host.js';
import { HostPool } from './host-pool.js';
import { answersFrom } from './owner-answers.js';
import type { HostRequest, ToolDeclaration, ToolReference } from './protocol.js';
import { readDeclarations } from './read-declarations.js';

/** How long everything but a call may take: loading a module, a check of arguments, a look before a call. */
const SHORT_MS = 60_000;

/** The same in a host in which a tool was called before: what keeps it busy may be left of that. Another one is tried then. */
const USED_MS = 5_000;

export interface ToolHostsOptions {
  /** Starts a host whose modules need these variables and permissions. */
  start(needs: HostNeeds): Promise<Host>;
  /** How many there may be at a time. */
  most: number;
  projectRoot: string;
  /** Names that are given to modules. */
  given: readonly string[];
  /** Whether a variable has a value that could be given. */
  hasVariable(name: string): boolean;
  /** A person looks at the host with a debugger: nothing is too slow. */
  isInspected: boolean;
}

/** What the tools of the modules say that they need. */
export interface HostNeeds {
  env: readonly string[];
  allow: ToolAllowance;
}

interface Patience {
  /** Ends it all. */
  signal: AbortSignal;
  /** How long a host may take for one thing in which a tool was called before. */
  usedMs: number;
}

/** A tool of a module, with what it was when it was loaded. */
export interface HostedReference extends ToolReference {
  origin: ToolOrigin | undefined;
  /** Before it does anything; rejects when the tool is not what it was taken for. */
  confirm?: (() => Promise<void>) | undefined;
}

/** The processes in which the modules of a project work. */
export class ToolHosts {
  /** Absolute path of the project whose modules they load. */
  readonly projectRoot: string;
  readonly #options: ToolHostsOptions;
  readonly #pool: HostPool;
  #needs: HostNeeds = { env: [], allow: {} };

  constructor(options: ToolHostsOptions) {
    this.#options = options;
    this.projectRoot = options.projectRoot;
    this.#pool = new HostPool(async () => options.start(this.#needs), options.most);
  }

  /** Loads modules one after the other in one host: `work` is given what tells what the tools of a module are. */
  async load(
    work: (describe: (file: string) => Promise<ToolDeclaration[]>) => Promise<ToolDeclaration[][]>,
  ): Promise<ToolDeclaration[][]> {
    const host = await this.#pool.take('', never());
    try {
      const loaded = await work(async (file) => this.#load(host, file));
      this.#needs = needsOf(loaded.flat());
      const { env, allow } = this.#needs;
      // Those that come after it are given what it lacks.
      if (env.some(this.#options.hasVariable) || Object.keys(allow).length > 0) void host.end();
      return loaded;
    } finally {
      this.#pool.giveBack(host, '');
    }
  }

  async #load(host: Host, file: string, usedMs = SHORT_MS): Promise<ToolDeclaration[]> {
    const value = await this.#ask(host, { do: 'describe', file }, { usedMs });
    host.loaded.add(file);
    return readDeclarations(value);
  }

  /** Something other than a call. */
  async ask(tool: HostedReference, request: HostRequest, handlers: RequestHandlers = {}): Promise<Json> {
    const askOne = async (usedMs: number) =>
      this.#withReady(tool, { signal: never(), usedMs }, async (host) =>
        this.#ask(host, request, { ...handlers, usedMs }),
      );
    return untilHeard(
      // Whatever else is asked may itself wait for somebody.
      async () => askOne(request.do === 'parse' ? USED_MS : SHORT_MS),
      async () => askOne(SHORT_MS),
    );
  }

  async #ask(
    host: Host,
    request: HostRequest,
    { usedMs = SHORT_MS, ...handlers }: RequestHandlers & { usedMs?: number } = {},
  ): Promise<Json> {
    const usual = host.hasCalled ? usedMs : SHORT_MS;
    const ms = this.#options.isInspected ? LONGEST_TIMER_MS : usual;
    let isLate = false;
    const late = startTimer(ms, () => {
      isLate = true;
      void host.end(`it took longer than ${ms / 1000} s`);
    });
    try {
      return await host.request(request, handlers);
    } catch (error) {
      if (isLate && ms < SHORT_MS) throw new NotHeard();
      throw error;
    } finally {
      clearTimeout(late);
    }
  }

  /** A host in which the tool can be called at once. */
  async takeTurn(tool: HostedReference, signal: AbortSignal): Promise<CallTurn> {
    const host = await untilHeard(
      async () => this.#takeReady(tool, { signal, usedMs: USED_MS }),
      async () => this.#takeReady(tool, { signal, usedMs: SHORT_MS }),
    );
    return {
      pid: host.pid,
      run: async (context, args) => {
        const call = async (ready: Host) => callIn(ready, { context, args, tool });
        return untilHeard(
          async () => call(host),
          async () => this.#withReady(tool, { signal: context.signal, usedMs: SHORT_MS }, call),
        );
      },
      end: () => this.#pool.giveBack(host, tool.id),
    };
  }

  async #withReady<Value>(
    tool: HostedReference,
    patience: Patience,
    work: (host: Host) => Promise<Value>,
  ): Promise<Value> {
    const host = await this.#takeReady(tool, patience);
    try {
      patience.signal.throwIfAborted();
      return await work(host);
    } finally {
      this.#pool.giveBack(host, tool.id);
    }
  }

  /** A host that has loaded the tool's module. */
  async #takeReady(tool: HostedReference, { signal, usedMs }: Patience): Promise<Host> {
    if (tool.confirm !== undefined) await untilAborted(tool.confirm(), signal);
    const host = await this.#pool.take(tool.id, signal);
    try {
      await this.#prepare(host, tool, usedMs);
      return host;
    } catch (error) {
      this.#pool.giveBack(host, tool.id);
      throw error;
    }
  }

  /** Loads the tool's module where that was not done yet, and makes sure that it is what was loaded first. */
  async #prepare(host: Host, { file, origin }: HostedReference, usedMs: number): Promise<void> {
    if (host.loaded.has(file)) return;
    await this.#requireSame(file, origin);
    await this.#load(host, file, usedMs);
    await this.#requireSame(file, origin);
  }

  async #requireSame(file: string, origin: ToolOrigin | undefined): Promise<void> {
    const { projectRoot, given } = this.#options;
    if (origin === undefined) return;
    const sources = await moduleSources(file, { projectRoot, given }).catch(() => undefined);
    if (sources !== undefined && digestOfSources(sources) === origin.digest) return;
    throw new PortiaError('stale', `The tool module ${origin.file} changed while portia was working.`, {
      why: 'You agreed to it as it was before.',
      fix: 'Give the same command again.',
    });
  }

  async end(): Promise<void> {
    await this.#pool.end();
  }
}

/** A new one each time: Node warns of many listeners to one. */
const never = (): AbortSignal => new AbortController().signal;

/** An idle host may end before it hears of a request. Another one would be at fault itself. */
async function untilHeard<Value>(first: () => Promise<Value>, again: () => Promise<Value>): Promise<Value> {
  try {
    return await first();
  } catch (error) {
    if (error instanceof NotHeard) return again();
    throw error;
  }
}

async function callIn(
  host: Host,
  { tool, context, args }: { tool: ToolReference; context: ToolContext; args: JsonObject },
): Promise<ToolResult> {
  const { runId, stepPath, endUserId, answers, kept, idempotencyKey, facts, environment, signal } = context;
  const own = { runId, stepPath, endUserId, answers, kept, idempotencyKey, facts };
  const reference = { file: tool.file, id: tool.id };
  const value = await host.request(
    { do: 'run', tool: reference, args, context: own },
    { signal, progress: context.progress, answer: answersFrom(environment) },
  );
  return readHosted(value, tool.id);
}

/** A tool may be made by hand, or write to the channel of its host: only what has the shape of a result is one. */
async function readHosted(value: Json, id: string): Promise<ToolResult> {
  const parts = isJsonObject(value) ? value : {};
  const { kind, value: output } = parts;
  if (kind === 'output' && output !== undefined) return { kind, value: output, ...withOutput(parts) };
  if (kind === 'clarifications' || kind === 'failure') return readResult({ id }, value);
  throw new Error(cutMessage(`${id} gave something that is not a result: ${JSON.stringify(value)}`));
}

function needsOf(tools: readonly ToolDeclaration[]): HostNeeds {
  const env = [...new Set(tools.flatMap((tool) => tool.env ?? []))];
  const allowed = tools.flatMap(({ allow }) => allow ?? []);
  const names = (key: 'read' | 'write') => [...new Set(allowed.flatMap((allow) => allow[key] ?? []))];
  const [read, write] = [names('read'), names('write')];
  return {
    env,
    allow: {
      ...(read.length > 0 && { read }),
      ...(write.length > 0 && { write }),
      ...(allowed.some(({ childProcesses }) => childProcesses === true) && { childProcesses: true }),
      ...(allowed.some(({ addons }) => addons === true) && { addons: true }),
    },
  };
}
