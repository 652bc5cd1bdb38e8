import { PortiaError } from '../../domain/errors.js';
import type { Json } from '../../domain/values/json.js';
import { LONGEST_TIMER_MS, startTimer, untilAborted } from '../../timing/limit.js';
import { digestOfSources, moduleSources } from '../module-sources.js';
import type { CallTurn, ToolAllowance, ToolOrigin } from '../tool.js';
import { callIn } from './call-in-host.js';
import { EndedByOthers, Undone, type Host } from './host.js';
import { HostPool } from './host-pool.js';
import type { RequestHandlers } from './open-request.js';
import type { HostRequest, ToolDeclaration, ToolReference } from './protocol.js';
import { readHooks, type DeclaredHooks } from './read-hooks.js';
import { readDeclarations } from './read-declarations.js';
import { SharedCall } from './shared-call.js';

/** How long everything but a call may take: loading a module, a check of arguments, a look before a call. */
const SHORT_MS = 60_000;

/** The same in a host in which a tool was called before: what keeps it busy may be left of that. Another one is tried then. */
const USED_MS = 5_000;

/** How long a host may take to say that the time of a request is over, which it looks at itself. */
const SAY_SO_MS = 1_000;

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

/** A tool or hooks that may need something. */
type Needing = { [Key in keyof HostNeeds]?: HostNeeds[Key] | undefined };

/** The time that a request has in a host, from where its own code begins. */
interface RequestLimit {
  ms: number;
  /** The error when it takes longer. */
  late(this: void): Error;
}

interface Patience {
  /** Ends it all. */
  signal: AbortSignal;
  /** How long a host may take for one thing in which a tool was called before. */
  usedMs: number;
  /** Others may use the host at the same time. */
  mayShare?: boolean;
}

/** A tool of a module, with what it was when it was loaded. */
export interface HostedReference extends ToolReference {
  origin: ToolOrigin | undefined;
  /** Before it does anything; rejects when the tool is not what it was taken for. */
  confirm?: (() => Promise<void>) | undefined;
  /** Several of its calls may share a host. */
  isConcurrent: boolean;
  /** A call of which it is not known whether it happened may be made again. */
  mayRepeat: boolean;
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
      const loaded = await work(async (file) => {
        const declared = await this.#describe(host, file);
        host.loaded.set(file, Promise.resolve());
        return declared;
      });
      this.#need(loaded.flat(), host);
      return loaded;
    } finally {
      this.#pool.giveBack(host, '');
    }
  }

  /** What a module says of its hooks. */
  async loadHooks(file: string): Promise<DeclaredHooks> {
    const host = await this.#pool.take('', never());
    try {
      const hooks = readHooks(await this.#ask(host, { do: 'describe-hooks', file }));
      this.#need([hooks], host);
      return hooks;
    } finally {
      this.#pool.giveBack(host, '');
    }
  }

  /** Processes that are started from now on are given what these need; a process that lacks some of it is not used again. */
  #need(more: readonly Needing[], host: Host): void {
    const { env, allow } = needsOf(more);
    this.#needs = needsOf([this.#needs, { env, allow }]);
    if (env.some(this.#options.hasVariable) || Object.keys(allow).length > 0) void host.end();
  }

  /** What a hook returned. `signal` ends its time. */
  async callHook(hooks: HostedReference, request: HostRequest & { do: 'hook' }, signal: AbortSignal): Promise<Json> {
    const call = async (usedMs: number) =>
      this.#withReady(hooks, { signal, usedMs }, async (host) => host.request(request, { signal }));
    return untilDone(
      async () => call(USED_MS),
      async () => call(SHORT_MS),
    );
  }

  async #describe(host: Host, file: string, usedMs = SHORT_MS): Promise<ToolDeclaration[]> {
    return readDeclarations(await this.#ask(host, { do: 'describe', file }, { usedMs }));
  }

  /** Something other than a call. */
  async ask(
    tool: HostedReference,
    request: HostRequest,
    { limit, ...handlers }: RequestHandlers & { limit?: RequestLimit } = {},
  ): Promise<Json> {
    const askOne = async (usedMs: number, { mayShare, isLast }: { mayShare: boolean; isLast: boolean }) =>
      this.#withReady(tool, { signal: never(), usedMs, mayShare }, async (host) => {
        // What keeps a used host busy may be left of a call.
        const ends = limit && {
          ms: limit.ms + SAY_SO_MS,
          late: () => (host.hasCalled && !isLast ? new Undone() : limit.late()),
        };
        return this.#ask(host, request, { ...handlers, usedMs, limit: ends });
      });
    return untilDone(
      // Whatever else is asked may itself wait for somebody.
      async () =>
        askOne(request.do === 'parse' ? USED_MS : SHORT_MS, { mayShare: this.#mayShare(tool), isLast: false }),
      async () => askOne(SHORT_MS, { mayShare: false, isLast: true }),
    );
  }

  async #ask(
    host: Host,
    request: HostRequest,
    {
      usedMs = SHORT_MS,
      limit,
      ...handlers
    }: RequestHandlers & { usedMs?: number; limit?: RequestLimit | undefined } = {},
  ): Promise<Json> {
    const usual = limit?.ms ?? (host.hasCalled ? usedMs : SHORT_MS);
    const ms = this.#options.isInspected ? LONGEST_TIMER_MS : usual;
    let isLate = false;
    const late = startTimer(ms, () => {
      isLate = true;
      void host.end(`it took longer than ${ms / 1000} s`);
    });
    try {
      return await host.request(request, handlers);
    } catch (error) {
      if (!isLate || error instanceof Undone) throw error;
      if (limit !== undefined) throw limit.late();
      throw ms < SHORT_MS ? new Undone() : error;
    } finally {
      clearTimeout(late);
    }
  }

  /** A host in which the tool can be called at once. */
  async takeTurn(tool: HostedReference, signal: AbortSignal): Promise<CallTurn> {
    const apart = async (ended: AbortSignal) => this.#takeReady(tool, { signal: ended, usedMs: SHORT_MS });
    const giveBack = (host: Host) => this.#pool.giveBack(host, tool.id);
    if (this.#mayShare(tool)) {
      const host = await untilDone(
        async () => this.#takeReady(tool, { signal, usedMs: USED_MS, mayShare: true }),
        async () => apart(signal),
      );
      return new SharedCall({ tool, host, takeApart: apart, giveBack });
    }
    const host = await untilDone(
      async () => this.#takeReady(tool, { signal, usedMs: USED_MS }),
      async () => apart(signal),
    );
    return {
      pid: host.pid,
      run: async (context, args) => {
        const call = async (ready: Host) => callIn(ready, { context, args, tool });
        return untilDone(
          async () => call(host),
          async () => this.#withReady(tool, { signal: context.signal, usedMs: SHORT_MS }, call),
          (error) => tool.mayRepeat && error instanceof EndedByOthers,
        );
      },
      end: () => giveBack(host),
    };
  }

  /** A debugger stops all that is done in a host. */
  #mayShare({ isConcurrent }: HostedReference): boolean {
    return isConcurrent && !this.#options.isInspected;
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
  async #takeReady(tool: HostedReference, { signal, usedMs, mayShare = false }: Patience): Promise<Host> {
    if (tool.confirm !== undefined) await untilAborted(tool.confirm(), signal);
    const host = await this.#pool.take(tool.id, signal, mayShare);
    try {
      await this.#prepare(host, tool, usedMs);
      return host;
    } catch (error) {
      this.#pool.giveBack(host, tool.id);
      throw error;
    }
  }

  /** Loads the tool's module where that was not done yet, and makes sure that it is what was loaded first. */
  async #prepare(host: Host, tool: HostedReference, usedMs: number): Promise<void> {
    const { file } = tool;
    const known = host.loaded.get(file);
    if (known !== undefined) return known;
    const loading = this.#load(host, tool, usedMs);
    host.loaded.set(file, loading);
    await loading.catch((error: unknown) => {
      host.loaded.delete(file);
      throw error;
    });
  }

  async #load(host: Host, { file, origin }: HostedReference, usedMs: number): Promise<void> {
    await this.#requireSame(file, origin);
    await this.#describe(host, file, usedMs);
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

/** An idle host may end before it hears of a request, a shared one by what others do. Another one would be at fault itself. */
async function untilDone<Value>(
  first: () => Promise<Value>,
  again: () => Promise<Value>,
  mayRepeat: (error: unknown) => boolean = () => false,
): Promise<Value> {
  try {
    return await first();
  } catch (error) {
    if (error instanceof Undone || mayRepeat(error)) return again();
    throw error;
  }
}

function needsOf(tools: readonly Needing[]): HostNeeds {
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
