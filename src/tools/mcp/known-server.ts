import { PortiaError } from '../../domain/errors.js';
import { portia } from '../../domain/next-step.js';
import { capitalised } from '../../domain/values/capitalised.js';
import type { Json } from '../../domain/values/json.js';
import { untilAborted } from '../../timing/limit.js';
import { toolList, type ToolList } from './listed-tool.js';
import { ServerFault, ServerRefusal } from './server-fault.js';
import { ServerSession, type SessionOptions } from './server-session.js';
import { lackOf, type Server } from './server-tool.js';
import type { SignIn } from './sign-in/sign-in.js';
import { signInNeeded } from './sign-in/sign-in-needed.js';

/** How long a run waits before its first step to hear whether a person must sign in. */
const LONGEST_LOOK_MS = 10_000;

/** What is known of a server since it was asked last. */
export interface KeptServer {
  /** The name and version that it gave. */
  server: string;
  /** The tools, as it listed them. */
  tools: readonly Json[];
  /** False when it is silent, or ends, when it is asked for its revision of the protocol. */
  answersProbe: boolean;
}

/** What is known of servers, by the digest of what they are. */
export interface KeptServers {
  read(digest: string): KeptServer | undefined;
  keep(digest: string, kept: KeptServer): void;
}

export interface KnownServerParts extends Pick<Server, 'name' | 'file' | 'digest' | 'missing'> {
  session: SessionOptions;
  /** Where that is kept which it writes to standard error, for a server that is started. */
  log: string | undefined;
  kept: KeptServers;
  /** Of a server at which a person may have to sign in. */
  signIn?: Pick<SignIn, 'waitsAt'> | undefined;
  /** Tells a person about a list that is another one now. */
  tell(message: string): void;
}

/** A server that is named in settings, with one session at a time. */
export class KnownServer implements Server {
  readonly name: string;
  readonly file: string;
  readonly digest: string;
  readonly missing: readonly string[];
  readonly #parts: KnownServerParts;
  #session: Promise<ServerSession> | undefined;
  /** Where it said last that a person must sign in. */
  #signInAt: string | undefined;
  /** Whether it is asked for its revision although it did not answer that before. */
  #isAskedAnew = false;

  constructor(parts: KnownServerParts) {
    this.#parts = parts;
    this.name = parts.name;
    this.file = parts.file;
    this.digest = parts.digest;
    this.missing = parts.missing;
  }

  /** Its tools as they were listed last; it is started only when nobody knows them. Rejects as `session` does. */
  async tools(): Promise<ToolList['tools']> {
    const { tools } = this.#kept() ?? (await this.session(new AbortController().signal)).list;
    return tools;
  }

  async session(signal: AbortSignal): Promise<ServerSession> {
    const lacks = lackOf(this);
    if (lacks !== undefined) {
      throw new PortiaError('invalid-settings', `The MCP server ${this.name} cannot be used.`, lacks);
    }
    try {
      const session = await untilAborted(this.#open(), signal);
      if (session.isChanged) {
        await session.askForList(signal);
        this.#keep(session);
      }
      return session;
    } catch (error) {
      if (error instanceof ServerFault || error instanceof ServerRefusal) throw notUsable(this.#parts, error);
      throw error;
    }
  }

  async signInAddress(): Promise<string | undefined> {
    const { signIn } = this.#parts;
    if (signIn === undefined || this.missing.length > 0) return undefined;
    // Until the person comes back, it would say the same.
    if (this.#signInAt !== undefined && signIn.waitsAt === this.#signInAt) return this.#signInAt;
    this.#signInAt = await this.session(AbortSignal.timeout(LONGEST_LOOK_MS)).then(
      () => undefined,
      // Whatever else is wrong with it, the call says that needs it.
      (error: unknown) => signInNeeded(error)?.url,
    );
    return this.#signInAt;
  }

  /** From now on nothing that is kept of its revision counts. */
  askAnew(): void {
    this.#isAskedAnew = true;
  }

  async end(): Promise<void> {
    const session = await this.#session?.catch(() => undefined);
    await session?.end();
  }

  async #open(): Promise<ServerSession> {
    const before = this.#session;
    const session = await before;
    if (session?.isOver === false) return session;
    // Somebody else may have begun another one meanwhile.
    if (this.#session === before) {
      void session?.end();
      this.#session = this.#begin();
    }
    return this.#session ?? this.#open();
  }

  async #begin(): Promise<ServerSession> {
    const isProbed = this.#isAskedAnew || this.#parts.kept.read(this.digest)?.answersProbe !== false;
    try {
      // The callers share it: none of them ends it for the others.
      const session = await ServerSession.open({ ...this.#parts.session, isProbed }, new AbortController().signal);
      this.#keep(session);
      return session;
    } catch (error) {
      this.#session = undefined;
      throw error;
    }
  }

  #kept(): ToolList | undefined {
    const kept = this.#parts.kept.read(this.digest);
    return kept && toolList(kept.server, kept.tools);
  }

  #keep({ list, answersProbe }: ServerSession): void {
    const { kept, tell } = this.#parts;
    const before = this.#kept();
    const change = before && changeBetween(before, list);
    const isKnown = kept.read(this.digest)?.answersProbe === answersProbe;
    if (before !== undefined && change === undefined && isKnown) return;
    const tools = [...list.tools.values()].map(({ definition }) => definition);
    kept.keep(this.digest, { server: list.server, tools, answersProbe });
    if (change !== undefined) tell(`The MCP server ${this.name} ${change}.`);
  }
}

/** What has changed; undefined when nothing has. */
function changeBetween(before: ToolList, now: ToolList): string | undefined {
  if (before.server !== now.server) return `says that it is ${now.server}, and was ${before.server}`;
  const changes = [...new Set([...before.tools.keys(), ...now.tools.keys()])].flatMap((name) => {
    const [was, is] = [before.tools.get(name), now.tools.get(name)];
    if (was === undefined) return [`${name} is new`];
    if (is === undefined) return [`${name} is gone`];
    return was.digest === is.digest ? [] : [`${name} has changed`];
  });
  return changes.length === 0 ? undefined : `has other tools than before: ${changes.join(', ')}`;
}

/** What a run or a command is told of a server that cannot be called now. */
function notUsable({ name, file, log }: KnownServerParts, error: ServerFault | ServerRefusal): PortiaError {
  const why = `${capitalised(error instanceof ServerRefusal ? `it refused to begin: ${error.message}` : error.message)}.`;
  if (signInNeeded(error) !== undefined) {
    const fix = portia('mcp', 'sign-in', name);
    return new PortiaError('key-rejected', `You are not signed in at the MCP server ${name}.`, {
      why,
      fix,
      cause: error,
    });
  }
  if (error instanceof ServerFault && error.kind === 'unauthorized') {
    return new PortiaError('key-rejected', `The MCP server ${name} refused access.`, {
      why,
      fix: `Give it a key that it accepts, as "headers" of the server in ${file}.`,
      cause: error,
    });
  }
  return new PortiaError('unavailable', `The MCP server ${name} cannot be used.`, {
    why,
    fix: `Look at its entry in ${file}${log === undefined ? '' : `, and at what it wrote (${log})`}; then try again.`,
    retryable: true,
    cause: error,
  });
}
