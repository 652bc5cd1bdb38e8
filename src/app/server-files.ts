import { appendFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { makeFolders } from '../documents/make-folders.js';
import { readTextFile } from '../documents/read-text-file.js';
import { messageOf } from '../domain/errors.js';
import { digestValue } from '../domain/values/digest.js';
import { isJsonObject, jsonOf } from '../domain/values/json.js';
import { writeFileSafely } from '../storage/safe-write.js';
import type { KeptServer, KeptServers } from '../tools/mcp/known-server.js';

/** The largest list that is kept. */
const MOST_BYTES = 16 * 1024 * 1024;

interface ServerFilesOptions {
  /** The user's folder for what can be made again. */
  folder: string;
  /** The same entry may be another server in another project. */
  projectRoot: string;
  warn(message: string): void;
}

/** What is kept of servers between commands: their lists of tools, how they answer, and what they write to standard error. */
export class ServerFiles implements KeptServers {
  readonly #options: ServerFilesOptions;

  constructor(options: ServerFilesOptions) {
    this.#options = options;
  }

  read(digest: string): KeptServer | undefined {
    const file = readTextFile(this.#path(digest, 'json'), MOST_BYTES);
    const kept = file.kind === 'text' ? jsonOf(file.text) : undefined;
    if (!isJsonObject(kept)) return undefined;
    const { server, tools, answers_probe: answersProbe } = kept;
    if (typeof server !== 'string' || !Array.isArray(tools)) return undefined;
    return { server, tools, answersProbe: answersProbe !== false };
  }

  keep(digest: string, { server, tools, answersProbe }: KeptServer): void {
    const kept = { version: 2, server, tools, ...(!answersProbe && { answers_probe: false }) };
    try {
      const options = { withFolders: true, sync: false };
      writeFileSafely(this.#path(digest, 'json'), JSON.stringify(kept), options);
    } catch (error) {
      this.#tellNotKept(error);
    }
  }

  /** Where that is kept which a server wrote when it ran last. */
  logOf(digest: string): string {
    return this.#path(digest, 'log');
  }

  /** Keeps what a server writes from now on. */
  openLog(digest: string): (text: string) => Promise<void> {
    const path = this.logOf(digest);
    let begun: Promise<void> | undefined;
    return async (text) => {
      const before = begun;
      begun = (async () => {
        await before;
        try {
          if (before !== undefined) return await appendFile(path, text);
          makeFolders(dirname(path));
          return await writeFile(path, text, { mode: 0o600 });
        } catch (error) {
          this.#tellNotKept(error);
        }
      })();
      await begun;
    };
  }

  #path(digest: string, kind: 'json' | 'log'): string {
    const { folder, projectRoot } = this.#options;
    return join(folder, 'mcp', `${digestValue([digest, projectRoot]).slice(0, 32)}.${kind}`);
  }

  /** Everything works without these files, only slower. */
  #tellNotKept(error: unknown): void {
    this.#options.warn(`What is known of MCP servers cannot be kept in ${this.#options.folder}: ${messageOf(error)}`);
  }
}
