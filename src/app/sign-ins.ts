import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { userSettingsPath } from '../config/settings-file.js';
import { makeFolders } from '../documents/make-folders.js';
import { readTextFile } from '../documents/read-text-file.js';
import type { Environment } from '../domain/environment.js';
import { errnoOf, PortiaError } from '../domain/errors.js';
import { digestValue } from '../domain/values/digest.js';
import { isJsonObject, jsonOf } from '../domain/values/json.js';
import type { LiveRedactor } from '../domain/values/redaction.js';
import { shellQuote } from '../domain/values/shell-quote.js';
import { realFileSystem } from '../storage/file-system.js';
import { identifyProcess } from '../storage/process-identity.js';
import { workAlone } from '../storage/work-alone.js';
import { writeFileSafely } from '../storage/safe-write.js';
import { connectionOf, type FindText } from '../tools/mcp/server-connection.js';
import { isProgramEntry, type RemoteEntry, type ServerEntry } from '../tools/mcp/server-entry.js';
import type { RegisteredClient } from '../tools/mcp/sign-in/new-sign-in.js';
import { SignIn, type SignInParts } from '../tools/mcp/sign-in/sign-in.js';
import { signInRecordSchema, type SignInFile, type SignInRecord } from '../tools/mcp/sign-in/sign-in-record.js';

const MOST_BYTES = 256 * 1024;

export interface SignInsParts {
  shell: Environment;
  redactor: LiveRedactor;
  variable: FindText;
  /** Of this process. */
  pid: number;
}

/** The sign-ins of this user at MCP servers: a folder for each, which nobody else can read, beside the user's settings. */
export class SignIns {
  readonly #parts: SignInsParts;
  readonly #folder: string;

  constructor(parts: SignInsParts) {
    this.#parts = parts;
    this.#folder = join(dirname(userSettingsPath(parts.shell)), 'mcp-sign-ins');
  }

  /** Undefined for a server that nobody signs in to: a program, one that gets a key, or one that lacks variables. */
  of(name: string, entry: ServerEntry): SignIn | undefined {
    if (isProgramEntry(entry) || hasKey(entry)) return undefined;
    const filled = connectionOf({ url: entry.url }, this.#parts.variable);
    if (!filled.ok || filled.connection.kind === 'stdio') return undefined;
    const { url } = filled.connection;
    // What was given for one entry does not go where another one says.
    const signIn = this.#in(digestValue([url, entry]).slice(0, 32), {
      server: { name, url },
      client: registeredClient(entry),
      onBegin: () => this.#show(entry),
    });
    if (signIn.isBegun) this.#show(entry);
    return signIn;
  }

  /** Whoever signs in sees the address of the server, also where a variable gives it. */
  #show(entry: RemoteEntry): void {
    const { variable, redactor } = this.#parts;
    connectionOf({ url: entry.url }, (name) => {
      const value = variable(name);
      if (value !== undefined) redactor.show(value);
      return value;
    });
  }

  /** Whether a person is asked to sign in at this address; the sign-in then. */
  waitingAt(url: string): SignIn | undefined {
    return this.#names()
      .map((name) => {
        const record = this.#fileOf(name).read();
        return record?.waiting?.url === url ? this.#in(name, { server: record.server }) : undefined;
      })
      .find((signIn) => signIn !== undefined);
  }

  #in(name: string, parts: Pick<SignInParts, 'server' | 'client' | 'onBegin'>): SignIn {
    const { redactor } = this.#parts;
    const hide = (value: string) => redactor.add({ name: `sign-in at ${parts.server.name}`, value });
    return new SignIn({ ...parts, file: this.#fileOf(name), hide });
  }

  #names(): string[] {
    try {
      return readdirSync(this.#folder).filter((name) => /^[0-9a-f]+$/.test(name));
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return [];
      throw error;
    }
  }

  #fileOf(name: string): SignInFile {
    const { pid } = this.#parts;
    const folder = join(this.#folder, name);
    const path = join(folder, 'sign-in.json');
    return {
      read: () => readRecord(path),
      write: (record) => writeFileSafely(path, `${JSON.stringify(record)}\n`, { withFolders: true }),
      remove() {
        const isThere = existsSync(path);
        rmSync(folder, { recursive: true, force: true });
        return isThere;
      },
      async alone(work) {
        makeFolders(folder);
        const worker = { fs: realFileSystem, self: identifyProcess(pid), now: () => new Date() };
        return workAlone(folder, worker, work);
      },
    };
  }
}

function hasKey({ headers = {} }: RemoteEntry): boolean {
  return Object.keys(headers).some((name) => name.toLowerCase() === 'authorization');
}

/** The program that an entry names where none can register itself, as other agents read it. */
function registeredClient({ oauth }: RemoteEntry): RegisteredClient | undefined {
  const { clientId: id, callbackPort: port } = isJsonObject(oauth) ? oauth : {};
  if (typeof id !== 'string' || id === '') return undefined;
  const isPort = typeof port === 'number' && Number.isInteger(port) && port > 0 && port < 65_536;
  return { id, port: isPort ? port : undefined };
}

function readRecord(path: string): SignInRecord | undefined {
  const file = readTextFile(path, MOST_BYTES);
  if (file.kind === 'missing') return undefined;
  const isOpen = (statSync(path).mode & 0o077) !== 0;
  const read = signInRecordSchema.safeParse(file.kind === 'text' ? jsonOf(file.text) : undefined);
  if (read.success && !isOpen) return read.data;
  throw new PortiaError('invalid-settings', `${path} cannot be used.`, {
    why: isOpen ? 'Other users of this machine can read it.' : 'It does not hold a sign-in.',
    fix: isOpen ? `chmod 600 ${shellQuote(path)}` : `rm ${shellQuote(path)}   # you are asked to sign in again`,
  });
}
