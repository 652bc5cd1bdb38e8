import { ProtocolError, ProtocolErrorCode, Server, type ServerContext } from '@modelcontextprotocol/server';

import { messageOf } from '../../domain/errors.js';
import { stepNumber } from '../../domain/plan/step-path.js';
import type { RunEvent } from '../../domain/run/events.js';
import type { JsonObject } from '../../domain/values/json.js';
import { isJsonObject } from '../../domain/values/json.js';
import { clientOf, TASKS } from './client.js';
import { Drives } from '../drives.js';
import { ownTools } from './own-tools.js';
import { planAsTool } from './plan-tools.js';
import { createRequestState } from './request-state.js';
import { serveResources } from './resources.js';
import { errorResult } from './results.js';
import { isForPerson, Runs, type Call, type CallEnd } from './runs.js';
import type { Serving } from './serving.js';
import { Tasks } from './tasks.js';
import type { ServedTool } from './tool.js';

const INSTRUCTIONS =
  'portia runs plans step by step and stops where a person must answer. A run that waits loses nothing. ' +
  'Only the person can agree to calls: in a form of this client, or with the command in the result. ' +
  'Never run such a command for the person.';

/** The plans and runs of one project, for any number of clients at once. */
export class ProjectServer {
  readonly #serving: Serving;
  readonly #drives: Drives;
  readonly #tasks: Tasks;
  readonly #tools: ReadonlyMap<string, ServedTool>;
  readonly #state: ReturnType<typeof createRequestState>;
  readonly #runs: Runs;

  constructor(serving: Serving) {
    this.#serving = serving;
    this.#drives = new Drives({ ...serving, endedBy: 'the end of portia mcp serve' });
    this.#tasks = new Tasks(serving, this.#drives);
    this.#runs = new Runs(serving, this.#drives);
    this.#state = createRequestState(() => serving.stateKey());
    const parts = { serving, drives: this.#drives, runs: this.#runs };
    const tools = [...ownTools(parts), ...serving.plans.map((plan) => planAsTool(plan, parts))];
    this.#tools = new Map(tools.map((tool) => [tool.described.name, tool]));
  }

  /** A server for one connection, or for one request where the transport has no connections. */
  connection(): Server {
    const { version } = this.#serving;
    const server = new Server(
      { name: 'portia', title: 'portia', version },
      {
        capabilities: { tools: {}, resources: {}, extensions: { [TASKS]: {} } },
        instructions: INSTRUCTIONS,
        requestState: { verify: this.#state.verify },
      },
    );
    server.setRequestHandler('tools/list', async () => ({
      tools: [...this.#tools.values()].map(({ described }) => described),
    }));
    server.setRequestHandler('tools/call', async ({ params }, ctx) => this.#call(params, ctx, server));
    serveResources(server, this.#serving);
    this.#tasks.serve(server);
    return server;
  }

  /** Tells the person who started the server what went wrong with a connection. */
  async report(error: unknown): Promise<void> {
    await this.#serving.warn(`A request could not be answered: ${messageOf(error)}`);
  }

  /** Stops all runs that are driven here. They are saved and can be resumed. */
  async close(): Promise<void> {
    await this.#drives.close();
  }

  async #call(
    { name, arguments: given = {} }: { name: string; arguments?: Record<string, unknown> | undefined },
    ctx: ServerContext,
    server: Server,
  ): Promise<CallEnd> {
    const tool = this.#tools.get(name);
    if (tool === undefined) throw new ProtocolError(ProtocolErrorCode.InvalidParams, `Unknown tool: ${name}`);
    const args: JsonObject = isJsonObject(given) ? given : {};
    const call: Call = {
      client: clientOf(ctx, server.getClientCapabilities()),
      signal: ctx.mcpReq.signal,
      tell: progressOf(ctx),
      seal: async (run) => this.#state.seal(run, { name, args }),
    };
    try {
      const opened = ctx.mcpReq.requestState();
      if (opened === undefined) return await tool.run(args, call);
      const run = this.#state.runOf(opened, { name, args });
      if (run === undefined) {
        throw new ProtocolError(ProtocolErrorCode.InvalidParams, 'This requestState belongs to another call.');
      }
      return await this.#runs.answered(call, run, ctx.mcpReq.inputResponses ?? {});
    } catch (error) {
      if (isForPerson(error)) return errorResult(error, this.#serving);
      throw error;
    }
  }
}

/** Tells a client that asked for it of each step that begins or ends. */
function progressOf({ mcpReq }: ServerContext): (event: RunEvent) => void {
  const progressToken = mcpReq._meta?.progressToken;
  if (progressToken === undefined) return () => undefined;
  let progress = 0;
  return (event) => {
    const message = sentenceOf(event);
    if (message === undefined) return;
    progress += 1;
    // A client that has stopped listening misses nothing: the result says it all.
    mcpReq
      .notify({ method: 'notifications/progress', params: { progressToken, progress, message } })
      .catch(() => undefined);
  };
}

function sentenceOf(event: RunEvent): string | undefined {
  switch (event.type) {
    case 'step.started':
      return `Step ${stepNumber(event.path)} began.`;
    case 'step.completed':
      return `Step ${stepNumber(event.path)} is done.`;
    case 'step.skipped':
      return `Step ${stepNumber(event.path)} was skipped.`;
    case 'tool.started':
      return `${event.tool_id} is called.`;
    default:
      return undefined;
  }
}
