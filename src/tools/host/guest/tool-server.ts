import path from 'node:path';

import type { Environment } from '../../../domain/environment.js';
import { VALUE_CURE } from '../../../domain/run/value-too-large.js';
import { toJson, type Json, type JsonObject } from '../../../domain/values/json.js';
import { requireEndUserData } from '../../end-user.js';
import { askInTime } from '../../readiness.js';
import { readProgress } from '../../read-progress.js';
import type { Tool, ToolProgress, ToolResult } from '../../tool.js';
import type { FromHost, HostRequest, HostSetup, ToHost, ToolReference } from '../protocol.js';
import { doWork } from './blame.js';
import { callEnvironment, type AskOwner } from './call-environment.js';
import type { ModuleLoader } from './module-loader.js';
import { callModuleHook, hooksDeclaredIn } from './module-hooks.js';
import { declarationOf, toolsOf } from './module-tools.js';
import { OwnerQuestions } from './owner-questions.js';
import { spacedReports } from './progress-reports.js';
import { placeIn } from './thrown-error.js';

export interface ServerParts {
  setup: HostSetup;
  loader: Pick<ModuleLoader, 'exportsOf'>;
  variables: Environment;
  send(message: FromHost): void;
  /** A module was loaded. */
  onLoaded(): void;
  /** Before each call, so that what one call left behind does not meet the next. */
  tidyUp(): void;
  /** Whether what the call did to the process keeps others from working in it. */
  isSpoilt(): boolean;
}

/** Does what the owner of the host asks for. */
export class ToolServer {
  readonly #parts: ServerParts;
  readonly #questions: OwnerQuestions;
  readonly #tools = new Map<string, Promise<Tool[]>>();
  readonly #calls = new Map<number, AbortController>();

  constructor(parts: ServerParts) {
    this.#parts = parts;
    this.#questions = new OwnerQuestions(parts.send);
  }

  take(message: Exclude<ToHost, { type: 'set-up' | 'ping' | 'end' }>): void {
    if (message.type === 'request') void this.#begin(message.id, message.request);
    else if (message.type === 'abort') this.#calls.get(message.id)?.abort(abortReason(message.reason));
    else this.#questions.take(message);
  }

  /** Whether a request is not done yet. */
  get isBusy(): boolean {
    return this.#calls.size > 0;
  }

  async #begin(id: number, request: HostRequest): Promise<void> {
    const tool = 'tool' in request ? request.tool.id : undefined;
    await doWork(tool, async () => this.#answer(id, request, tool));
  }

  async #answer(id: number, request: HostRequest, tool: string | undefined): Promise<void> {
    const { send, tidyUp, isSpoilt } = this.#parts;
    const controller = new AbortController();
    // Before anything is awaited: the next message may be that it is over.
    this.#calls.set(id, controller);
    try {
      tidyUp();
      const value = await this.#do(id, request, controller.signal);
      const done = (given: Json) => send({ type: 'done', id, value: given, ...(isSpoilt() && { isSpoilt: true }) });
      try {
        done(value);
      } catch (error) {
        // Longer than a text can be. What the call did is done.
        if (!(error instanceof RangeError) || tool === undefined) throw error;
        done(failure(`The tool ${tool} gave a result that is too large: ${VALUE_CURE}.`, false));
      }
    } catch (error) {
      const file = 'tool' in request ? request.tool.file : request.file;
      const thrown = { ...this.#questions.thrown(error), place: placeIn(file, error) };
      send({ type: 'thrown', id, error: thrown, ...(isSpoilt() && { isSpoilt: true }) });
    } finally {
      this.#calls.delete(id);
    }
  }

  async #do(id: number, request: HostRequest, signal: AbortSignal): Promise<Json> {
    if (request.do === 'describe') return asJson((await this.#load(request.file)).map(declarationOf));
    if (request.do === 'describe-hooks') return asJson(hooksDeclaredIn(await this.#exportsOf(request.file)));
    if (request.do === 'hook') return callModuleHook(await this.#exportsOf(request.file), request, signal);
    const tool = await this.#find(request.tool);
    switch (request.do) {
      case 'parse':
        return asJson(await tool.parseArguments(request.args));
      case 'readiness':
        return asJson((await askInTime(tool, { ...request, environment: this.#environment(id) })) ?? null);
      case 'inspect':
        return this.#inspect(id, tool, request);
      case 'run':
        return this.#run(tool, request, { id, signal });
    }
  }

  async #load(file: string): Promise<Tool[]> {
    const known = this.#tools.get(file);
    if (known !== undefined) return known;
    const loading = doWork(undefined, async () => toolsOf(await this.#exportsOf(file)));
    this.#tools.set(file, loading);
    return loading;
  }

  async #exportsOf(file: string): Promise<Record<string, unknown>> {
    const { loader, onLoaded } = this.#parts;
    const exported = await loader.exportsOf(file);
    onLoaded();
    return exported;
  }

  async #find({ file, id }: ToolReference): Promise<Tool> {
    const found = (await this.#load(file)).find((tool) => tool.id === id);
    if (found === undefined) throw new Error(`${path.basename(file)} does not export ${id} any more`);
    return found;
  }

  async #inspect(id: number, tool: Tool, request: HostRequest & { do: 'inspect' }): Promise<Json> {
    const isNamed = async (file: string) => (await this.#ask(id, { ask: 'is-named', file })) === true;
    const inspection = await tool.inspect?.(request.args, {
      environment: this.#environment(id),
      created: new Set(request.created),
      ...(request.knowsNames && { isNamed }),
    });
    return asJson(inspection ?? { consent: 'ask', facts: {} });
  }

  async #run(
    tool: Tool,
    { args, context }: HostRequest & { do: 'run' },
    { id, signal }: { id: number; signal: AbortSignal },
  ): Promise<Json> {
    const { send } = this.#parts;
    const reports = spacedReports((report: ToolProgress) => send({ type: 'progress', id, report }));
    const progress = (report: ToolProgress) => reports.report(readProgress(report));
    const setEndUserData = (name: string, value: string | null) => {
      requireEndUserData(name, value);
      send({ type: 'end-user-data', id, name, data: { value } });
    };
    const environment = this.#environment(id);
    try {
      const result = await tool.run({ ...context, signal, progress, setEndUserData, environment }, args);
      return kept(tool, result);
    } finally {
      reports.end();
    }
  }

  #environment(id: number) {
    const { setup, variables } = this.#parts;
    return callEnvironment(setup, variables, (asked, signal) => this.#ask(id, asked, signal));
  }

  async #ask(id: number, ...question: Parameters<AskOwner>): Promise<Json> {
    return this.#questions.ask(id, ...question);
  }
}

/** What can be handed on of a result: one that a tool made without `defineTool` may hold anything. */
function kept(tool: Tool, result: ToolResult): Json {
  const json = toJson(result);
  if (json.ok) return json.value;
  return failure(`The tool ${tool.id} gave a result that cannot be kept: ${json.problem}.`, tool.effect === 'read');
}

function failure(message: string, retryable: boolean): JsonObject {
  return { kind: 'failure', message, retryable };
}

function asJson(value: unknown): Json {
  const json = toJson(value);
  if (json.ok) return json.value;
  throw new Error(`what it gave is not JSON: ${json.problem}`);
}

/** Named as an `AbortController` names it, so that a tool can tell. */
function abortReason(message: string): DOMException {
  return new DOMException(message, 'AbortError');
}
