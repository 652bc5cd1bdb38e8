import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { onTestFinished } from 'vitest';

import type { JsonObject } from '../../../src/domain/values/json.js';
import type { ToolEffect } from '../../../src/domain/values/tool-effects.js';
import { Guests } from '../../../src/processes/guests.js';
import { compileSchema } from '../../../src/tools/json-schema.js';
import { KnownServer, type KeptServer } from '../../../src/tools/mcp/known-server.js';
import { ProgramTransport } from '../../../src/tools/mcp/program-transport.js';
import { remoteLink, type RemoteConnection } from '../../../src/tools/mcp/remote-link.js';
import type { ServerLink } from '../../../src/tools/mcp/server-session.js';
import { createServerTool } from '../../../src/tools/mcp/server-tool.js';
import type { Tool, ToolProgress, ToolResult } from '../../../src/tools/tool.js';
import { FAKE_SERVER } from '../../support/server-project.js';
import { toolContext } from '../tool-context.js';

export interface ServerAtWork {
  server: KnownServer;
  /** What a call of its tools did, as the server itself knows it: a line each. */
  acted(): string[];
  /** How often it was started. */
  starts(): number;
  told: string[];
  /** What it wrote to standard error, as it is kept. */
  logged(): string;
  /** What is kept of servers, by digest. */
  kept: Map<string, KeptServer>;
}

export interface ServerOptions {
  startTimeoutMs?: number;
  environment?: Record<string, string>;
  kept?: Map<string, KeptServer>;
  probeTimeoutMs?: number;
  command?: string;
  /** Of another server. */
  file?: string;
}

/** The fake server with these faults; it ends with the test. */
export function fakeServer(modes: readonly string[], options: ServerOptions = {}): ServerAtWork {
  const folder = mkdtempSync(join(tmpdir(), 'portia-mcp-'));
  const guests = new Guests((pid, signal) => process.kill(pid, signal));
  const [acted, started] = [join(folder, 'acted'), join(folder, 'started')];
  let log = '';
  const link = async (): Promise<ServerLink> => {
    const transport = new ProgramTransport({
      guests,
      command: options.command ?? process.execPath,
      args: [options.file ?? FAKE_SERVER, ...modes],
      environment: { PATH: process.env['PATH'], ACTED: acted, STARTED: started, ...options.environment },
      directory: folder,
      log: async (text) => {
        log += text;
      },
      redact: (text) => text.replaceAll('hush-hush', '[TOKEN]'),
    });
    return { transport, fault: () => transport.fault, end: async () => transport.close() };
  };
  onTestFinished(async () => {
    await guests.endAll();
    rmSync(folder, { recursive: true });
  });
  const linesOf = (file: string): string[] => {
    try {
      return readFileSync(file, 'utf8').trimEnd().split('\n');
    } catch {
      return [];
    }
  };
  const { server, told, kept } = knownServer(link, options);
  return { server, told, kept, acted: () => linesOf(acted), starts: () => linesOf(started).length, logged: () => log };
}

/** A server at an address; its session ends with the test. */
export function remoteServer(connection: RemoteConnection, options: ServerOptions = {}) {
  return knownServer(async () => remoteLink(connection), options);
}

function knownServer(
  link: () => Promise<ServerLink>,
  { startTimeoutMs = 20_000, probeTimeoutMs, kept = new Map<string, KeptServer>() }: ServerOptions,
) {
  const told: string[] = [];
  const server = new KnownServer({
    name: 'fake',
    file: '.mcp.json',
    digest: 'digest-of-entry',
    missing: [],
    log: '/log',
    session: { version: '1.0.0', startTimeoutMs, ...(probeTimeoutMs !== undefined && { probeTimeoutMs }), link },
    kept: { read: (digest) => kept.get(digest), keep: (digest, each) => void kept.set(digest, each) },
    tell: (message) => told.push(message),
  });
  onTestFinished(() => server.end());
  return { server, told, kept };
}

/** The tool of a server, as it is listed now or is kept. */
export async function toolOf(
  { server }: Pick<ServerAtWork, 'server'>,
  name: string,
  effect: ToolEffect = 'once',
): Promise<Tool> {
  const listed = (await server.tools()).get(name);
  if (listed === undefined) throw new Error(`The server has no tool ${name}.`);
  return createServerTool(server, listed, { effect, isBelieved: false, timeoutMs: undefined, compile: compileSchema });
}

/** One call of such a tool as the executor makes it, with what it reported meanwhile. */
export async function callTool(
  tool: Tool,
  args: JsonObject = {},
  signal: AbortSignal = new AbortController().signal,
): Promise<{ result: ToolResult; progress: ToolProgress[] }> {
  await tool.prepare?.();
  const progress: ToolProgress[] = [];
  const context = {
    ...toolContext({ projectRoot: '/', signal }),
    progress: (report: ToolProgress) => progress.push(report),
  };
  const turn = await tool.takeTurn?.(signal);
  if (turn === undefined) throw new Error(`${tool.id} takes no turns.`);
  try {
    return { result: await turn.run(context, args), progress };
  } finally {
    turn.end();
  }
}
