import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';

import { Guests } from '../../../src/processes/guests.js';
import { loadToolModules } from '../../../src/tools/host/load-modules.js';
import { startHost } from '../../../src/tools/host/start-host.js';
import { ToolHosts } from '../../../src/tools/host/tool-hosts.js';
import type { Tool, ToolContext, ToolResult } from '../../../src/tools/tool.js';
import { untilGroupIsGone } from '../../support/process-groups.js';
import { toolContext, type ContextParts } from '../tool-context.js';

export interface HostsOptions {
  most?: number;
  /** Variables that the process of the tests has, beside PATH. */
  variables?: Record<string, string>;
  /** How much memory each may take. */
  heapMegabytes?: number;
}

/** Real hosts over a folder of their own, and what they print. */
export class HostsAtWork {
  readonly root = mkdtempSync(path.join(tmpdir(), 'portia-hosts-'));
  readonly printed: string[] = [];
  readonly read: string[] = [];
  /** What was thrown when nothing was asked. */
  readonly late: string[] = [];
  /** Process groups of all hosts that were started. */
  readonly groups: number[] = [];
  #talking: Promise<Tool[]> | undefined;
  readonly #guests = new Guests(process.kill.bind(process));
  readonly #hosts: ToolHosts;

  constructor({ most = 4, variables = {}, heapMegabytes }: HostsOptions = {}) {
    const dist = path.resolve('dist');
    this.#hosts = new ToolHosts({
      most,
      projectRoot: this.root,
      given: ['portia', 'zod'],
      isInspected: false,
      hasVariable: (name) => Object.hasOwn(variables, name),
      start: async ({ env }) => {
        const given = Object.fromEntries(env.flatMap((name) => (name in variables ? [[name, variables[name]]] : [])));
        const host = startHost({
          guests: this.#guests,
          program: path.resolve('bin/tool-host.js'),
          node: process.execPath,
          environment: {
            PATH: process.env['PATH'],
            ...given,
            ...(heapMegabytes && { NODE_OPTIONS: `--max-old-space-size=${heapMegabytes}` }),
          },
          inspected: false,
          print: async (text) => void this.printed.push(text),
          redact: (text) => text,
          onLateFault: ({ tool, text }) => void this.late.push(`${tool}: ${text}`),
          onRead: (name) => void this.read.push(name),
          setup: {
            projectRoot: this.root,
            allowedPaths: [],
            toolModules: [],
            aliases: { portia: path.join(dist, 'index.cjs'), zod: path.join(dist, 'zod.cjs') },
            variables: Object.fromEntries(
              Object.entries(given).map(([name, value = '']) => [name, { value, origin: 'shell' as const }]),
            ),
            withheld: Object.keys(variables).filter((name) => !env.includes(name)),
            settings: { speaking: { words: 3 } },
            keyAddresses: {},
          },
        });
        this.groups.push(host.pid ?? 0);
        return host;
      },
    });
  }

  put(name: string, text: string): void {
    mkdirSync(path.dirname(path.join(this.root, name)), { recursive: true });
    writeFileSync(path.join(this.root, name), text);
  }

  load(...patterns: string[]): Promise<Tool[]> {
    return loadToolModules(patterns, { projectRoot: this.root, hosts: this.#hosts });
  }

  /** The first tool of a module. */
  async firstTool(file: string): Promise<Tool> {
    const [tool] = await this.load(file);
    if (tool === undefined) throw new Error(`${file} has no tool`);
    return tool;
  }

  /** A tool that does what this text says: the body of a function of `context`, `how` and `require`. */
  async tool(body: string, kind: 'read' | 'once' | 'concurrent' = 'read'): Promise<TalkingTool> {
    this.#talking ??= this.#loadTalking();
    const id = { read: 'reading', once: 'acting', concurrent: 'sharing' }[kind];
    const tool = (await this.#talking).find((candidate) => candidate.id === id);
    if (tool === undefined) throw new Error('the module has no such tool');
    return { tool, body };
  }

  async #loadTalking(): Promise<Tool[]> {
    this.put('talking.mjs', TALKING);
    return this.load('talking.mjs');
  }

  call({ tool, body }: TalkingTool, how = '', parts: Partial<ContextParts & ToolContext> = {}): Promise<ToolResult> {
    return tool.run(
      { ...toolContext({ projectRoot: this.root, ...parts }), ...parts },
      { how, ...(body !== '' && { body }) },
    );
  }

  /** Ends all of it. Resolves once nothing of it is left. */
  async end(): Promise<void> {
    await this.#hosts.end();
    await this.#guests.endAll();
    await Promise.all(this.groups.map(untilGroupIsGone));
    rmSync(this.root, { recursive: true });
  }
}

/** Hosts for the test that runs now only. */
export function hostsOfOneTest(options: HostsOptions = {}): HostsAtWork {
  const hosts = new HostsAtWork(options);
  onTestFinished(() => hosts.end());
  return hosts;
}

export interface TalkingTool {
  tool: Tool;
  body: string;
}

const TALKING = `import { createRequire } from 'node:module';
import { defineTool } from 'portia';
import * as z from 'zod';
const require = createRequire(import.meta.url);
const AsyncFunction = (async () => {}).constructor;
const make = (id, effect, more) => defineTool({ id, effect, ...more, name: id, description: 'Does what it is told.', output: z.any(),
  args: z.object({ how: z.string().default(''), body: z.string().default('') }),
  run: async (context, { how, body }) => new AsyncFunction('context', 'how', 'require', body)(context, how, require) });
export const tools = [make('reading', 'read'), make('acting', 'once'), make('sharing', 'read', { concurrent: true })];
`;

/** A module with one tool, `speaking`, whose `run` has this body. */
export function moduleOf(body: string, definition = "effect: 'read',"): string {
  return `import { defineTool } from 'portia';
import * as z from 'zod';
export const tool = defineTool({ id: 'speaking', name: 'Speaking', description: 'Does what it is told.', ${definition}
  args: z.object({ how: z.string().default('') }), output: z.any(), run: async (context, { how }) => { ${body} } });
`;
}
