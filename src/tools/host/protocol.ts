import type { ErrorCode } from '../../domain/errors.js';
import type { Json, JsonObject, JsonSchema } from '../../domain/values/json.js';
import type { HookName } from '../../domain/values/hook-names.js';
import type { ToolEffect } from '../../domain/values/tool-effects.js';
import { isJsonObject } from '../../domain/values/json.js';
import type { HookAbout } from '../../hooks/hook-port.js';
import type { KeyAddress, ReadinessContext, ToolAllowance, ToolContext, ToolProgress } from '../tool.js';

/** What a host must know before it loads a module. It has secrets, so it is not an argument of the process. */
export interface HostSetup {
  projectRoot: string;
  storageRoot?: string | undefined;
  allowedPaths: string[];
  homeFolder?: string | undefined;
  toolModules: string[];
  /** Where `portia` and `zod` are: absolute paths of CommonJS files. */
  aliases: Record<string, string>;
  /** Variables that it is given, and where each comes from. */
  variables: Record<string, { value: string; origin: 'shell' | 'dotenv' | undefined }>;
  /** Variables that are there and that it is not given. */
  withheld: string[];
  /** `tools.settings`, by tool and name. */
  settings: Record<string, JsonObject>;
  /** The addresses that may receive a key, by the name of its variable. */
  keyAddresses: Record<string, KeyAddress[]>;
}

/** A tool of a module, as far as it is data. */
export interface ToolDeclaration {
  id: string;
  name: string;
  description: string;
  effect: ToolEffect;
  sends?: boolean | undefined;
  isPublic?: boolean | undefined;
  timeoutMs?: number | undefined;
  inputSchema: DeclaredSchema;
  outputSchema?: DeclaredSchema | undefined;
  /** Which of its optional functions it has. */
  hasReadiness: boolean;
  hasInspect: boolean;
  env?: readonly string[] | undefined;
  allow?: ToolAllowance | undefined;
  concurrent?: boolean | undefined;
}

/** A schema, or why there is none. */
export type DeclaredSchema = { ok: true; schema: JsonSchema } | { ok: false; error: ThrownError };

/** One tool of one module: both are named, because modules are loaded when they are needed. */
export interface ToolReference {
  /** Absolute path. */
  file: string;
  id: string;
}

/** What a tool's context consists of, beside functions. */
export type CallContext = Pick<
  ToolContext,
  'runId' | 'stepPath' | 'endUserId' | 'endUser' | 'answers' | 'kept' | 'idempotencyKey' | 'facts'
>;

/** What a host is asked to do. One thing at a time, unless the tool allows more. */
export type HostRequest =
  | { do: 'describe'; file: string }
  | { do: 'describe-hooks'; file: string }
  | { do: 'hook'; file: string; name: HookName; about: HookAbout }
  | { do: 'parse'; tool: ToolReference; args: JsonObject }
  | { do: 'readiness'; tool: ToolReference; args?: JsonObject | undefined; about?: ReadinessContext | undefined }
  | { do: 'inspect'; tool: ToolReference; args: JsonObject; created: string[]; knowsNames: boolean }
  | { do: 'run'; tool: ToolReference; args: JsonObject; context: CallContext };

/** What a host asks while it works. */
export type HostQuestion =
  | { ask: 'model'; system?: string | undefined; text: string; images?: readonly string[] | undefined }
  | { ask: 'code-files' }
  | { ask: 'is-named'; file: string };

/** What was thrown, without the object itself. */
export interface ThrownError {
  text: string;
  /** Of a PortiaError. */
  portia?: { code: ErrorCode; why?: string | undefined; fix?: string | undefined; retryable?: boolean } | undefined;
  /** It is the error of this question, which the tool let through. */
  question?: number | undefined;
  /** Where in the module it arose, as `:3`. */
  place?: string | undefined;
}

/** What nothing caught. */
export interface Fault {
  text: string;
  /** Id of the tool that left it behind, when that is known. */
  tool?: string | undefined;
}

export type ToHost =
  | { type: 'set-up'; setup: HostSetup }
  | { type: 'request'; id: number; request: HostRequest }
  | { type: 'abort'; id: number; reason: string }
  | { type: 'answer'; question: number; value: Json }
  | { type: 'no-answer'; question: number; message: string }
  /** Is answered at once, unless a call keeps the process busy. */
  | { type: 'ping' }
  /** Nothing more is asked. */
  | { type: 'end' };

export type FromHost =
  /** `isSpoilt`: what was done to the process keeps others from working in it. */
  | { type: 'done'; id: number; value: Json; isSpoilt?: boolean }
  | { type: 'thrown'; id: number; error: ThrownError; isSpoilt?: boolean }
  | { type: 'progress'; id: number; report: ToolProgress }
  | { type: 'end-user-data'; id: number; name: string; data: { value: string | null } }
  | { type: 'question'; id: number; question: number; asked: HostQuestion }
  | { type: 'question-dropped'; id: number; question: number }
  | { type: 'pong' }
  | { type: 'read-variable'; name: string }
  /** Something was thrown that nothing caught; the host ends. */
  | ({ type: 'fault' } & Fault)
  /** The same of a call that is over, while another one is made: that one is finished. */
  | ({ type: 'late-fault' } & Fault)
  /** The process ends and takes nothing more; `last`: the last request that it heard of, 0 for none. */
  | { type: 'leaving'; last: number }
  /** The request is not begun: calls that are still made have left the process as none should begin in it. */
  | { type: 'refused'; id: number };

const FIELDS: Record<FromHost['type'], Record<string, string>> = {
  done: { id: 'number' },
  thrown: { id: 'number', error: 'object' },
  progress: { id: 'number' },
  'end-user-data': { id: 'number', name: 'string', data: 'object' },
  question: { id: 'number', question: 'number', asked: 'object' },
  'question-dropped': { id: 'number', question: 'number' },
  pong: {},
  'read-variable': { name: 'string' },
  fault: { text: 'string' },
  'late-fault': { text: 'string' },
  leaving: { last: 'number' },
  refused: { id: 'number' },
};

/** A message from a host; undefined for anything else, because a tool can write to the same channel. */
export function readFromHost(message: unknown): FromHost | undefined {
  if (!isJsonObject(message) || typeof message['type'] !== 'string' || !Object.hasOwn(FIELDS, message['type'])) {
    return undefined;
  }
  const fields = FIELDS[message['type'] as FromHost['type']];
  const isWhole = Object.entries(fields).every(
    ([name, type]) => typeof message[name] === type && message[name] !== null,
  );
  return isWhole ? (message as unknown as FromHost) : undefined;
}
