import { randomUUID } from 'node:crypto';

import { Client, InMemoryTransport, type ElicitRequest, type ElicitResult } from '@modelcontextprotocol/client';
import { createMcpHandler } from '@modelcontextprotocol/server';
import { onTestFinished } from 'vitest';

import { keepPlan } from '../../src/app/plans/keep-plan.js';
import { createServices, type Services } from '../../src/app/services.js';
import { thisProcess } from '../../src/app/this-process.js';
import { plainCommand } from '../../src/domain/next-step.js';
import type { JsonObject } from '../../src/domain/values/json.js';
import type { Run } from '../../src/domain/run/run.js';
import type { RunId } from '../../src/domain/values/ids.js';
import { ProjectServer } from '../../src/server/mcp/mcp-server.js';
import { readPlanDocument } from '../../src/storage/upgrade/upgrade.js';
import type { Tool } from '../../src/tools/tool.js';
import { cleanEnvironment, makeProject } from './portia.js';

/** The revision of July 2026. */
export const MODERN = '2026-07-28';

/** What a client of the revision of July 2026 says of itself with each request. */
export function clientMeta(capabilities: object): JsonObject {
  return {
    'io.modelcontextprotocol/protocolVersion': MODERN,
    'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
    'io.modelcontextprotocol/clientCapabilities': capabilities as JsonObject,
  };
}

/** Capabilities of clients. */
export const FORMS = { elicitation: { form: {}, url: {} } };
export const TASKS = { ...FORMS, extensions: { 'io.modelcontextprotocol/tasks': {} } };

export interface ServerHere {
  project: ProjectServer;
  services: Services;
  folder: string;
  /** What the person who started the server was told. */
  warnings: string[];
  run(id: string): Promise<Run>;
  /** The result of a request of the revision of July 2026; an error rejects with its message. */
  request(method: string, params: JsonObject, capabilities?: object): Promise<JsonObject>;
  /** The same for a call of a tool. */
  call(name: string, args: JsonObject, capabilities?: object, others?: JsonObject): Promise<JsonObject>;
  /** A client of an older revision, which asks its person by this function. */
  connect(ask?: (request: ElicitRequest) => ElicitResult | Promise<ElicitResult>): Promise<Client>;
  /** Another server for the same project and user, as after a restart. */
  again(): Promise<ServerHere>;
}

interface Given {
  tools?: Tool[];
  /** Plans that are tools of their own, by name. */
  plans?: Record<string, object>;
}

/** A server of MCP in this process, for a project of its own. */
export async function serveHere(given: Given = {}, folder = makeProject()): Promise<ServerHere> {
  const environment = cleanEnvironment(folder);
  const services = await createServices({
    place: { cwd: folder, environment },
    process: thisProcess(),
    given: { flags: {}, ...(given.tools && { ownTools: given.tools }) },
  });
  const warnings: string[] = [];
  const plans = Object.entries(given.plans ?? {}).map(([name, document]) => {
    const { plan } = readPlanDocument(document, { createdAt: services.now().toISOString() });
    return { name, found: { plan, name, keep: async () => keepPlan(plan, services) } };
  });
  const project = new ProjectServer({
    services,
    spell: plainCommand,
    version: '0.0.0',
    by: { user: 'tester', host: 'here' },
    endUser: undefined,
    plans,
    stateKey: () => folder.padEnd(32, '.'),
    warn: async (message) => void warnings.push(message),
  });
  const handler = createMcpHandler(() => project.connection());
  onTestFinished(async () => {
    await project.close();
    await handler.close();
    await services.close();
  });
  const request: ServerHere['request'] = async (method, params, capabilities = {}) => {
    const headers = new Headers({
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': MODERN,
      'mcp-method': method,
    });
    const name = params['name'] ?? params['uri'] ?? params['taskId'];
    if (typeof name === 'string') headers.set('mcp-name', name);
    const body = { jsonrpc: '2.0', id: randomUUID(), method, params: { ...params, _meta: clientMeta(capabilities) } };
    const response = await handler.fetch(
      new Request('http://localhost/mcp', { method: 'POST', headers, body: JSON.stringify(body) }),
    );
    const answer = (await response.json()) as { result?: JsonObject; error?: { code: number; message: string } };
    if (answer.result !== undefined) return answer.result;
    throw new Error(`${answer.error?.code} ${answer.error?.message}`);
  };
  return {
    project,
    services,
    folder,
    warnings,
    request,
    run: async (id) => (await services.store.requireRun(id as RunId)).run,
    call: async (name, args, capabilities = FORMS, others = {}) =>
      request('tools/call', { name, arguments: args, ...others }, capabilities),
    connect: async (ask) => connect(project, ask),
    again: async () => serveHere(given, folder),
  };
}

async function connect(
  project: ProjectServer,
  ask?: (request: ElicitRequest) => ElicitResult | Promise<ElicitResult>,
): Promise<Client> {
  const client = new Client({ name: 'test', version: '1' }, { capabilities: ask === undefined ? {} : FORMS });
  if (ask !== undefined) client.setRequestHandler('elicitation/create', ask);
  const [ours, theirs] = InMemoryTransport.createLinkedPair();
  await project.connection().connect(theirs);
  await client.connect(ours);
  onTestFinished(async () => client.close());
  return client;
}

/** A form that was filled in. */
export const accept = (content: Record<string, string | number | boolean>) => ({ action: 'accept' as const, content });

/** The text of a result of a tool. */
export function textOf(result: { content?: unknown }): string {
  const content = result.content as { type: string; text: string }[];
  return content.map(({ text }) => text).join('\n');
}

/** The questions that a result asks, in their order. */
export function asked(result: JsonObject): { key: string; message: string }[] {
  const requests = (result['inputRequests'] ?? {}) as Record<string, { params: { message: string } }>;
  return Object.entries(requests).map(([key, { params }]) => ({ key, message: params.message }));
}
