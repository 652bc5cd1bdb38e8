import { setTimeout as wait } from 'node:timers/promises';

import { portia } from '../../domain/next-step.js';
import { PortiaError } from '../../domain/errors.js';
import { digestValue } from '../../domain/values/digest.js';
import type { ActionRequest } from '../../domain/run/clarification.js';
import type { JsonObject, JsonSchema } from '../../domain/values/json.js';
import type { ToolEffect } from '../../domain/values/tool-effects.js';
import type { CheckValue } from '../json-schema.js';
import { schemaArguments, type CompileSchema } from '../schema-arguments.js';
import type { CallTurn, ReadinessContext, Tool, ToolContext, ToolResult } from '../tool.js';
import { failureOfCall } from './call-fault.js';
import { resultOfCall } from './call-result.js';
import type { ListedTool } from './listed-tool.js';
import { ServerFault } from './server-fault.js';
import { answersFor, keptQuestions, NO_QUESTIONS, questionsFrom, readKeptQuestions } from './server-questions.js';
import type { ServerSession } from './server-session.js';
import { serverToolId } from './server-tool-id.js';
import { signInNeeded } from './sign-in/sign-in-needed.js';

/** Between two calls of a server that has no result yet. */
const CALL_AGAIN_MS = 1_000;

/** Who asks a person to sign in: not the server itself. */
const SIGN_IN_SOURCE = 'portia';

const NO_ANSWERS: ReadonlyMap<string, never> = new Map<string, never>();

/** A server that is started or reached when a call needs it. */
export interface Server {
  name: string;
  /** The file that names it. */
  file: string;
  /** Of its entry, and of the files of the project that it is started with. */
  digest: string;
  /** Variables of its entry that are not set. */
  missing: readonly string[];
  /** A session that can be called. Rejects with a PortiaError. */
  session(signal: AbortSignal): Promise<ServerSession>;
  /** Where a person signs in before it can be called; undefined where nobody must, or where that cannot be told now. */
  signInAddress(): Promise<string | undefined>;
}

export interface ServerToolFacts {
  effect: ToolEffect;
  /** Whether what the server says of its tools counts. */
  isBelieved: boolean;
  timeoutMs: number | undefined;
  compile: CompileSchema;
}

/** A tool that a server lists. */
export function createServerTool(server: Server, listed: ListedTool, facts: ServerToolFacts): Tool {
  const { name, title, description, inputSchema, outputSchema, annotations, digest } = listed;
  const id = serverToolId(server.name, name);
  const { effect, isBelieved, timeoutMs, compile } = facts;
  const output = outputCheck(outputSchema, compile);
  const call = new ServerCall(server, listed, { effect, output });
  return {
    id,
    name: title ?? name,
    description: description === '' ? `The tool ${name} of the server ${server.name}.` : description,
    effect,
    source: 'mcp',
    // A server says so when its work stays here; the protocol takes the contrary for granted.
    ...((!isBelieved || annotations['openWorldHint'] !== false) && { sends: true }),
    timeoutMs,
    origin: { file: server.file, digest: digestValue([server.digest, digest]) },
    ...schemaArguments(id, objectSchema(inputSchema), compile),
    outputSchema: () => outputSchema,
    async readiness(_environment, _args, about) {
      const lack = lackOf(server);
      if (lack !== undefined) return { ready: false, ...lack };
      // Only a run needs the server itself: to list its tools starts and asks nobody.
      const url = isRun(about) ? await server.signInAddress() : undefined;
      return url === undefined ? { ready: true } : { ready: false, clarifications: [signInAction(server.name, url)] };
    },
    takeTurn: async (signal) => call.takeTurn(signal),
    run: async (context, args) => {
      const turn = await call.takeTurn(context.signal);
      return turn.run(context, args);
    },
  };
}

function isRun(about: ReadinessContext | undefined): boolean {
  return about !== undefined && about.runId !== null;
}

/** Arguments are an object, also where a server forgets to say so. */
function objectSchema(schema: JsonSchema): JsonSchema {
  return schema['type'] === 'object' ? schema : { ...schema, type: 'object' };
}

/** The variable without which a server cannot be used, and what to do; undefined when nothing is missing. */
export function lackOf({ name, missing, file }: Server): { why: string; fix: string } | undefined {
  const [first] = missing;
  if (first === undefined) return undefined;
  if (first.startsWith('input:')) {
    const why = `\${${first}} of the server ${name} in ${file} is something that only an editor asks for.`;
    return { why, fix: 'Write a variable of yours in its place, such as ${API_KEY}.' };
  }
  const why = `${first} is not set, and ${file} gives it to the server ${name}.`;
  return { why, fix: `export ${first}=…   # or a line in .env` };
}

type OutputCheck = () => Promise<CheckValue | undefined>;

/** A schema that cannot be used checks nothing: the call has been made by then. */
function outputCheck(schema: JsonSchema | undefined, compile: CompileSchema): OutputCheck {
  let check: Promise<CheckValue | undefined> | undefined;
  return async () => {
    if (schema === undefined) return undefined;
    check ??= compile(schema).catch((error: unknown) => {
      if (error instanceof PortiaError) return undefined;
      throw error;
    });
    return check;
  };
}

/** Calls of one tool. */
class ServerCall {
  readonly #server: Server;
  readonly #listed: ListedTool;
  readonly #effect: ToolEffect;
  readonly #output: OutputCheck;

  constructor(server: Server, listed: ListedTool, { effect, output }: { effect: ToolEffect; output: OutputCheck }) {
    this.#server = server;
    this.#listed = listed;
    this.#effect = effect;
    this.#output = output;
  }

  /** A call that can begin at once. Rejects when the tool is not what it was when somebody agreed to it. */
  async takeTurn(signal: AbortSignal): Promise<CallTurn> {
    try {
      const session = await this.#ready(signal);
      return {
        pid: session.pid,
        run: async (context, args) => this.#run(session, context, args),
        end: () => undefined,
      };
    } catch (error) {
      if (signInNeeded(error) === undefined) throw error;
      return { run: async (context) => this.#failed(error, context), end: () => undefined };
    }
  }

  async #ready(signal: AbortSignal): Promise<ServerSession> {
    const session = await this.#server.session(signal);
    const now = session.list.tools.get(this.#listed.name);
    if (now?.digest !== this.#listed.digest) {
      throw hasChanged(this.#server, this.#listed, now);
    }
    return session;
  }

  async #run(session: ServerSession, context: ToolContext, args: JsonObject): Promise<ToolResult> {
    try {
      return await this.#callOn(session, context, args);
    } catch (error) {
      if (!this.#mayCallAgain(error)) return this.#failed(error, context);
    }
    try {
      return await this.#callOn(await this.#ready(context.signal), context, args);
    } catch (error) {
      return this.#failed(error, context);
    }
  }

  /** A person is asked to sign in where that is all that is missing. */
  #failed(error: unknown, { kept = keptQuestions(NO_QUESTIONS) }: ToolContext): ToolResult {
    const needed = signInNeeded(error);
    if (needed === undefined) return failureOfCall(error, this.#effect);
    return { kind: 'clarifications', clarifications: [signInAction(this.#server.name, needed.url)], kept };
  }

  /** Once more, with a new session. */
  #mayCallAgain(error: unknown): boolean {
    if (!(error instanceof ServerFault)) return false;
    return error.kind === 'lost' || (error.kind === 'gone' && this.#effect !== 'once');
  }

  async #callOn(session: ServerSession, context: ToolContext, args: JsonObject): Promise<ToolResult> {
    const { signal, progress, kept } = context;
    const source = `${this.#server.name} (MCP)`;
    let asked = readKeptQuestions(kept);
    let answers = asked === undefined ? NO_ANSWERS : answersFor(asked, context.answers, source);
    for (;;) {
      const reply = await session.call(this.#listed.name, args, { signal, progress, asked, answers });
      if (reply.kind === 'result') {
        return resultOfCall(reply.result, { effect: this.#effect, check: await this.#output() });
      }
      const clarifications = questionsFrom(reply.questions, source);
      if (clarifications.length > 0) {
        const { isBrokenOff } = reply.questions;
        return {
          kind: 'clarifications',
          clarifications,
          kept: keptQuestions(reply.questions),
          ...(isBrokenOff && { mayHaveActed: true }),
        };
      }
      // It asks nobody, and wants to be called again.
      await wait(CALL_AGAIN_MS, undefined, { signal });
      [asked, answers] = [reply.questions, NO_ANSWERS];
    }
  }
}

function signInAction(name: string, url: string): ActionRequest {
  return {
    category: 'Action',
    user_guidance: `Sign in at the MCP server ${name}, through this address of ${new URL(url).host}. Portia must be there when your browser comes back: at a terminal it waits with this question, elsewhere "portia mcp sign-in ${name}" does.`,
    action_url: url,
    provider: `${name} (MCP)`,
    require_confirmation: true,
    source: SIGN_IN_SOURCE,
  };
}

function hasChanged({ name, file }: Server, { name: tool }: ListedTool, now: ListedTool | undefined): PortiaError {
  const id = serverToolId(name, tool);
  const what = now === undefined ? `The server ${name} no longer has the tool ${tool}` : `The tool ${id} has changed`;
  return new PortiaError('stale', `${what}.`, {
    why: `Its server (${file}) lists another one than when its tools were read. Nothing was called.`,
    fix: portia('tools', 'describe', id),
  });
}
