import type { Client, Transport } from '@modelcontextprotocol/client';
import * as z from 'zod';

import { isJsonObject, type JsonObject } from '../../domain/values/json.js';
import { startClock } from '../../timing/clock.js';
import { limitTime, LONGEST_TIMER_MS, untilAborted } from '../../timing/limit.js';
import type { ToolProgress } from '../tool.js';
import type { ElicitationResult } from '../../clarifications/elicitation.js';
import { CallsInFlight, type CallInFlight } from './calls-in-flight.js';
import { faultOf } from './fault-of.js';
import { toolList, type ToolList } from './listed-tool.js';
import { ServerFault, ServerRefusal } from './server-fault.js';
import { readAddresses, readInputRequests, type ServerQuestions } from './server-questions.js';

/** A connection that is not used yet. */
export interface ServerLink {
  transport: Transport & { readonly pid?: number | undefined };
  /** Why it ended, as far as that is known. */
  fault(): ServerFault | undefined;
  end(): Promise<void>;
}

export interface SessionOptions {
  /** Of portia, as servers are told. */
  version: string;
  link(): Promise<ServerLink>;
  startTimeoutMs: number;
  /** How long it may take to say whether it speaks the newest protocol. Default: 10,000. */
  probeTimeoutMs?: number;
}

/** How a session begins. */
interface Opening extends SessionOptions {
  /** Whether the server is asked for its revision. With one that does not know the question, the older protocol is used. */
  isProbed: boolean;
}

/** What goes with a call. */
export interface CallOptions {
  signal: AbortSignal;
  progress(report: ToolProgress): void;
  /** What the server asked when the same call was made before. */
  asked: ServerQuestions | undefined;
  /** The answers to it, by its keys. */
  answers: ReadonlyMap<string, ElicitationResult>;
}

export type CallReply = { kind: 'result'; result: JsonObject } | { kind: 'asks'; questions: ServerQuestions };

/** The error of a server that sends a person to an address before it does anything. */
const GO_THERE = -32_042;

const page = z.looseObject({ tools: z.array(z.unknown()), nextCursor: z.string().optional() });

/** A server that lists without an end is not read for ever. */
const MOST_PAGES = 500;

const PROBE_MS = 10_000;

/** What a server says by itself: whether it knows its revision, that its tools have changed, and what it asks during a call. */
interface Heard {
  answersProbe: boolean;
  isChanged: boolean;
  readonly calls: CallsInFlight;
}

/** How long a call may continue whose question was cancelled. */
const BREAK_OFF_MS = 2_000;

/** A server that has been asked for its tools, and can be called. Its faults are ServerFaults and ServerRefusals. */
export class ServerSession {
  readonly #client: Client;
  readonly #link: ServerLink;
  #list: ToolList = { server: '', tools: new Map() };
  /** What the server says by itself. */
  readonly #heard: Heard;
  #isOver = false;

  private constructor(client: Client, link: ServerLink, heard: Heard) {
    this.#client = client;
    this.#heard = heard;
    this.#link = link;
  }

  /** Starts or reaches the server, and lists its tools. */
  static async open(options: Opening, signal: AbortSignal): Promise<ServerSession> {
    const limit = limitTime(signal, options.startTimeoutMs);
    try {
      const session = await ServerSession.#begin(options, limit.signal);
      try {
        await session.askForList(limit.signal);
      } catch (error) {
        await session.end();
        throw error;
      }
      return session;
    } catch (error) {
      signal.throwIfAborted();
      if (!limit.signal.aborted) throw error;
      throw new ServerFault('silent', `it did not list its tools within ${options.startTimeoutMs} ms`);
    } finally {
      limit.clear();
    }
  }

  static async #begin(options: Opening, signal: AbortSignal): Promise<ServerSession> {
    if (options.isProbed) return this.#connect(options, signal, 'auto');
    try {
      return await this.#connect(options, signal, 'legacy');
    } catch (error) {
      signal.throwIfAborted();
      const mayBeNewer = error instanceof ServerRefusal || (error instanceof ServerFault && error.kind === 'unusable');
      if (!mayBeNewer) throw error;
      // It may have learned the newest protocol, and forgotten the others.
      return this.#connect(options, signal, 'auto');
    }
  }

  static async #connect(options: SessionOptions, signal: AbortSignal, era: 'auto' | 'legacy'): Promise<ServerSession> {
    const { probeTimeoutMs = PROBE_MS } = options;
    const [sdk, link] = await Promise.all([import('@modelcontextprotocol/client'), options.link()]);
    const heard: Heard = { isChanged: false, answersProbe: false, calls: new CallsInFlight() };
    const client = new sdk.Client(
      { name: 'portia', version: options.version },
      {
        capabilities: { elicitation: { form: {}, url: {} } },
        versionNegotiation: { mode: era, probe: { timeoutMs: probeTimeoutMs } },
        inputRequired: { autoFulfill: false },
        listChanged: { tools: { autoRefresh: false, debounceMs: 0, onChanged: () => (heard.isChanged = true) } },
        // Schemas of others are compiled with a limit on time, elsewhere.
        jsonSchemaValidator: {
          getValidator: () => (data) => ({ valid: true, data: data as never, errorMessage: undefined }),
        },
      },
    );
    client.setRequestHandler('elicitation/create', { params: z.looseObject({}) }, (params) => ({
      ...heard.calls.answer(params),
    }));
    try {
      const elapsed = startClock();
      // The package asks for the version without looking at the signal.
      await untilAborted(client.connect(link.transport, { signal, timeout: LONGEST_TIMER_MS }), signal);
      const isLate = client.getProtocolEra() === 'legacy' && elapsed() >= probeTimeoutMs;
      heard.answersProbe = era === 'auto' && !isLate;
      return new ServerSession(client, link, heard);
    } catch (error) {
      const fault = link.fault();
      await link.end();
      // Servers of older protocols may end when they are asked something that they do not know.
      if (era === 'auto' && fault?.kind === 'gone' && isProbe(error)) return this.#connect(options, signal, 'legacy');
      throw fault ?? faultOf(error);
    }
  }

  /** The tools as they were listed last. */
  get list(): ToolList {
    return this.#list;
  }

  /** Leader of the process group of a server that was started. */
  get pid(): number | undefined {
    return this.#link.transport.pid;
  }

  /** No call can be made any more. */
  get isOver(): boolean {
    return this.#isOver || this.#link.fault() !== undefined;
  }

  /** Whether it said which revision it speaks when it was asked. */
  get answersProbe(): boolean {
    return this.#heard.answersProbe;
  }

  /** The server said that its list is another one now. */
  get isChanged(): boolean {
    return this.#heard.isChanged;
  }

  /** Asks for the tools again. */
  async askForList(signal: AbortSignal): Promise<void> {
    this.#heard.isChanged = false;
    const all: unknown[] = [];
    let cursor: string | undefined;
    for (let pages = 1; ; pages += 1) {
      const request = { method: 'tools/list', params: cursor === undefined ? {} : { cursor } } as const;
      const { tools, nextCursor } = await this.#answerOf(
        this.#client.request(request, page, { signal, timeout: LONGEST_TIMER_MS }),
        signal,
      );
      all.push(...tools);
      if (nextCursor === undefined || nextCursor === cursor) break;
      if (pages === MOST_PAGES) throw new ServerFault('unusable', `it lists its tools on more than ${pages} pages`);
      cursor = nextCursor;
    }
    const { name = '', version = '' } = this.#client.getServerVersion() ?? {};
    this.#list = toolList(`${name} ${version}`, all);
  }

  /** The result of a call, as the protocol has it, or what the server wants to know first. */
  async call(name: string, args: JsonObject, options: CallOptions): Promise<CallReply> {
    const { signal, asked, answers } = options;
    let timer: NodeJS.Timeout | undefined;
    let isBroken = false;
    const call: CallInFlight = { answers, asked: [], isMixedUp: false, onCancelled: () => undefined };
    const broken = new Promise<never>((_resolve, reject) => {
      call.onCancelled = () => {
        timer ??= setTimeout(() => {
          isBroken = true;
          reject(new ServerFault('silent', 'it waits for an answer that it was told not to get'));
        }, BREAK_OFF_MS);
      };
    });
    try {
      const work = async () => Promise.race([this.#callOnce(name, args, options), broken]);
      const reply = await this.#heard.calls.during(call, work);
      return brokenOff(call, asked) ?? reply;
    } catch (error) {
      signal.throwIfAborted();
      const addresses =
        error instanceof ServerRefusal && error.code === GO_THERE ? readAddresses(error.data) : undefined;
      const questions = brokenOff(call, asked) ?? (addresses && { kind: 'asks' as const, questions: addresses });
      if (questions === undefined) throw error;
      return questions;
    } finally {
      clearTimeout(timer);
      // A call that did not end in time may still be worked on.
      if ((signal.aborted || isBroken) && this.#heard.calls.count === 0) void this.end();
    }
  }

  async #callOnce(
    name: string,
    args: JsonObject,
    { signal, progress, asked, answers }: CallOptions,
  ): Promise<CallReply> {
    const isNew = this.#client.getProtocolEra() === 'modern';
    const state = asked?.state;
    const back = {
      ...(answers.size > 0 && { inputResponses: Object.fromEntries(answers) }),
      ...(state !== undefined && { requestState: state }),
    };
    const result = await this.#answerOf(
      this.#client.callTool(
        { name, arguments: args, ...(isNew && back) },
        {
          signal,
          timeout: LONGEST_TIMER_MS,
          allowInputRequired: true,
          onprogress: ({ progress: done, total, message }) => progress(progressOf({ done, total, message })),
          toolDefinition: { name, inputSchema: { type: 'object', ...this.#list.tools.get(name)?.inputSchema } },
        },
      ),
      signal,
    );
    if (!isJsonObject(result)) throw new ServerFault('unusable', 'it answered with something that is not a result');
    const { resultType, inputRequests, requestState } = result;
    if (resultType !== 'input_required') return { kind: 'result', result };
    return { kind: 'asks', questions: readInputRequests(inputRequests, requestState) };
  }

  async #answerOf<Value>(answer: Promise<Value>, signal: AbortSignal): Promise<Value> {
    try {
      return await answer;
    } catch (error) {
      signal.throwIfAborted();
      const fault = this.#link.fault() ?? faultOf(error);
      if (fault instanceof ServerFault && fault.kind === 'lost') this.#isOver = true;
      throw fault;
    }
  }

  async end(): Promise<void> {
    this.#isOver = true;
    await this.#link.end();
    await this.#client.close();
  }
}

/** A call that ended because a question of it was cancelled; what was asked before belongs to it. */
function brokenOff({ asked }: CallInFlight, before: ServerQuestions | undefined): CallReply | undefined {
  if (asked.length === 0) return undefined;
  const known = before?.requests ?? [];
  const requests = [...known, ...asked];
  return { kind: 'asks', questions: { requests, answered: known.length, state: undefined, isBrokenOff: true } };
}

function isProbe(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERA_NEGOTIATION_FAILED';
}

function progressOf({
  done,
  total,
  message,
}: {
  done: number;
  total: number | undefined;
  message: string | undefined;
}): ToolProgress {
  return { done, ...(total !== undefined && { total }), ...(message !== undefined && { message }) };
}
