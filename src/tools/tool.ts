import type * as z from 'zod';

import type { ActionRequest, Clarification, ClarificationRequest } from '../domain/run/clarification.js';
import type { FileRead } from '../domain/run/events.js';
import type { RequestCues } from '../domain/values/request-cues.js';
import type { ToolEffect } from '../domain/values/tool-effects.js';
import type { Json, JsonObject, JsonSchema } from '../domain/values/json.js';
import type { Usage } from '../domain/plan/plan.js';
import type { ArgumentProblem } from './argument-problems.js';
import type { BrowserPort } from './browser-port.js';

/** What a tool may know and use while it runs. */
export interface ToolContext {
  /** Null when the tool is called outside a run (`portia tools call`). */
  runId: string | null;
  /** Path of the step that calls it. */
  stepPath: string;
  endUserId: string;
  /** What is known of whom the run is for. */
  endUser: ToolEndUser;
  /**
   * Keeps a text about whom the run is for, in `additionalData`; null forgets it. It is kept once the call is over,
   * however that ends, and later calls and runs know it.
   */
  setEndUserData(name: string, value: string | null): void;
  /** Questions that this very call raised before and that are answered now. */
  answers: Clarification[];
  /** What this very call kept when it raised its questions last. */
  kept?: Json | undefined;
  /** The same for every repetition of this call: hand it to services that take one. */
  idempotencyKey: string;
  /** What `inspect` found, as it was recorded before the call. */
  facts: JsonObject;
  /** Ends when the run is interrupted, or when the time of the call or of its step is over. */
  signal: AbortSignal;
  /**
   * Tells the person at the terminal how far the call is; nothing is recorded. The time of the call starts again with
   * each report; that of a step with `timeout_ms` does not. Does nothing once the call is over.
   */
  progress(report: ToolProgress): void;
  environment: ToolEnvironment;
}

/** The person whom a run is for, as far as something is known. */
export interface ToolEndUser {
  id: string;
  name?: string | undefined;
  email?: string | undefined;
  phoneNumber?: string | undefined;
  additionalData: Readonly<Record<string, string>>;
}

/** How far a call is: a text, or numbers of what is done of how much. */
export type ToolProgress = string | { done?: number; total?: number; message?: string };

/** An address, with the variable or setting that gave it. */
export type KeyAddress = { url: string } & ({ variable: string } | { toolId: string; setting: string });

/** The outside world as tools get it: nothing is read from `process`. */
export interface ToolEnvironment {
  /** Absolute path. Relative file names start here and may not leave it. */
  projectRoot: string;
  /** Absolute path of the folder that holds plans/ and runs/. Default: the project root. */
  storageRoot?: string | undefined;
  /** Absolute paths outside the project root that the user opened with `--allow-path`. */
  allowedPaths: string[];
  /** Absolute path of the user's home folder, whose hidden folders no allowed path opens. */
  homeFolder?: string | undefined;
  /** A person looks at tools with a debugger: their calls may take any time. */
  isInspected?: boolean | undefined;
  /** Absolute paths and globs of the files that are loaded as tool modules. */
  toolModules?: readonly string[] | undefined;
  /** Absolute paths of the files that these modules, and programs that stand for a model, consist of now. */
  codeFiles?(): Promise<string[]>;
  /** A variable of the environment or of the project's `.env`. */
  variable(name: string): string | undefined;
  /** Where that variable comes from: what a project's `.env` says is not the person's word. */
  variableOrigin(name: string): 'shell' | 'dotenv' | undefined;
  /** A setting under `tools.settings.<tool id>` in `portia.json`, e.g. `base_url`. */
  setting(toolId: string, name: string): Json | undefined;
  /** The kind of file which says that; a secret that one file names must not go where another says. */
  settingOrigin?(toolId: string, name: string): string | undefined;
  /**
   * Whether the key in a variable may go to an address that another variable or a setting gave: only when whoever named
   * the server gave the key, too, or when the person said once that keys may go there.
   */
  mayReceiveKey(key: string, address: KeyAddress): boolean;
  /** One answer of the execution model to a text; rejects with a PortiaError `no-model` without one. */
  askModel(
    /** `images`: data URLs of png, jpeg, webp or gif images. */
    prompt: { system?: string | undefined; text: string; images?: readonly string[] | undefined },
    signal: AbortSignal,
    onUsage?: (usage: Usage) => void,
  ): Promise<string>;
  /** Chromium on this machine. Only portia's own tools have it. */
  browser?: BrowserPort | undefined;
  /** Runs a program of this machine in the project's root. Only portia's own tools have it. */
  runCommand?(command: Command, context: ToolContext): Promise<ToolResult>;
}

/** A program that a tool runs. */
export interface Command {
  /** The program and its words; no shell reads them. */
  words: readonly string[];
  /** What it reads from standard input; without it, nothing. */
  input?: string | undefined;
  /** Exit codes that mean success. Default: every code is a result. */
  exitCodes?: readonly number[] | undefined;
}

/** How a tool call ends. Asking is a normal result; a failure is data, not an exception. */
export type ToolResult =
  /**
   * `created`: absolute paths of files that this call made; `read`: those that it read, with the SHA-256 of their bytes;
   * `warnings`: sentences that a person is shown.
   */
  | { kind: 'output'; value: Json; summary?: string; created?: string[]; read?: FileRead[]; warnings?: string[] }
  /**
   * `kept`: given back to the tool with the answers, which are no arguments then.
   * `mayHaveActed`: the call was broken off to ask, and may have acted before.
   */
  | { kind: 'clarifications'; clarifications: ClarificationRequest[]; kept?: Json; mayHaveActed?: boolean }
  /**
   * `retryable`: the same step may succeed with other arguments or later.
   * `notDone`: nothing has happened outside, so even a `once` call may be repeated.
   * `unavailable`: a service cannot be reached, or says to try later.
   */
  | { kind: 'failure'; message: string; retryable: boolean; notDone?: boolean; unavailable?: boolean };

/** What `inspect` says of a call before it is made. */
export interface Inspection {
  /** `allow`: the call only touches what this run created. `ask`: the policy for its effect decides. */
  consent: 'allow' | 'ask';
  /** Recorded with the intent and given to `run`. */
  facts: JsonObject;
  /** One sentence for the person who is asked, e.g. that a file will be overwritten. */
  note?: string | undefined;
  /** Only a yes to this very call lets it be made, whatever was approved beforehand. */
  mustAsk?: boolean | undefined;
}

/** What `inspect` may know. */
export interface InspectionContext {
  environment: ToolEnvironment;
  /** Absolute paths of the files that this run made. */
  created: ReadonlySet<string>;
  /**
   * Set when a model wrote the arguments: whether the plan, or an answer of a person, names a file (relative to the
   * project root) that the call would make.
   */
  isNamed?: ((file: string) => Promise<boolean>) | undefined;
}

/**
 * What a tool says of itself: that it can work here, what settings lack, or what a person must do elsewhere first, like
 * signing in. A person who has done that does not answer: the tool is asked again, until it is ready.
 */
export type SaidReadiness =
  | { ready: true }
  | { ready: false; why: string; fix: string }
  | { ready: false; clarifications: ActionRequest[] };

/** Whether a tool can work here. `actions`: what a person does elsewhere before it can; without, settings lack something. */
export type Readiness = { ready: true } | NotReady;

export interface NotReady {
  ready: false;
  why: string;
  fix: string;
  actions?: readonly NeededAction[] | undefined;
}

/** Something that a person does elsewhere. Of one provider one thing is asked at a time. */
export type NeededAction = ActionRequest & { provider: string };

/** Whom a run is for whose tools are asked. */
export interface ReadinessContext {
  /** Null where no run is driven. */
  runId: string | null;
  endUser: ToolEndUser;
}

/** What a tool is told that is asked whether it is ready. `about` is there where a plan is run. */
export interface AskedWhetherReady {
  environment: ToolEnvironment;
  args?: JsonObject | undefined;
  about?: ReadinessContext | undefined;
}

/** The port to everything that acts. */
export interface Tool {
  /** No comma, no whitespace; `file_reader_tool`, `mcp:server:name`. */
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly effect: ToolEffect;
  readonly source: 'builtin' | 'module' | 'program' | 'http' | 'mcp' | 'stub';
  /** Where it is defined, when portia does not bring it: the file, and the digest of all that it consists of. */
  readonly origin?: ToolOrigin | undefined;
  /** The tool whose settings it reads. Default: itself. */
  readonly settingsOf?: string | undefined;
  /** What the user's settings make of it: whoever agreed to the tool agreed to that, too. */
  readonly arranged?: JsonObject | undefined;
  /** Its arguments leave the machine. */
  readonly sends?: boolean | undefined;
  /** Its results are never the user's own data. Without this, they may be: files, data, mail. */
  readonly isPublic?: boolean | undefined;
  /** How a request shows that it needs the tool, for the planner, when the tool is off. */
  readonly cues?: RequestCues | undefined;
  /** JSON Schema of the arguments: an object. Computed when asked for. */
  inputSchema(): JsonSchema;
  /** JSON Schema that every result fits; undefined when the tool does not say. */
  outputSchema?(): JsonSchema | undefined;
  /** Must have ended before arguments are parsed. Rejects with a PortiaError when the tool itself is broken. */
  prepare?(): Promise<void>;
  /** Arguments checked, with defaults filled in; never throws for what is wrong with them. */
  parseArguments(args: JsonObject): ParsedArguments | Promise<ParsedArguments>;
  /**
   * Whether it can work here, e.g. has its key. Default: ready. `args` are those that a plan gives to one call, with
   * their templates: they may bring what is missing. Without them the question is whether any call can work. Code of
   * others may say anything: `askReadiness` believes only what has the form.
   */
  readiness?(
    environment: ToolEnvironment,
    args?: JsonObject,
    about?: ReadinessContext,
  ): SaidReadiness | Promise<SaidReadiness>;
  /** Looks before the call, without acting. */
  inspect?(args: JsonObject, look: InspectionContext): Promise<Inspection>;
  /** Variables of the environment that it is given, where it works in a process of its own. */
  readonly env?: readonly string[] | undefined;
  /** What it may do, where it works under Node's permission model. */
  readonly allow?: ToolAllowance | undefined;
  /** Several of its calls may be made in one process at a time. */
  readonly concurrent?: boolean | undefined;
  /**
   * Waits until a call can begin at once: nothing has happened before that, and the time of the call begins there.
   * Rejects when the call cannot be made, or with the signal's reason. Default: it can always begin.
   */
  takeTurn?(signal: AbortSignal): Promise<CallTurn>;
  /** Must not throw for expected failures; anything thrown counts as a failure whose outcome is not known. */
  run(context: ToolContext, args: JsonObject): Promise<ToolResult>;
  /** How long one call may take since it began, or since it last reported progress. Default 60,000. */
  readonly timeoutMs?: number | undefined;
}

/** A call that can begin. */
export interface CallTurn extends Pick<Tool, 'run'> {
  /** The process of its own in which the call is made. */
  pid?: number | undefined;
  /**
   * Where other calls may be made in the same process: when this one began, on the clock of `performance.now`. Resolves
   * once nothing else keeps it from its work.
   */
  begunAt?: (() => Promise<number>) | undefined;
  /** When the call is over, or not made after all. */
  end(): void;
}

/** What a tool may do beyond reading below the project's root, where Node's permission model is on. */
export interface ToolAllowance {
  /** Files and folders, relative to the project's root. */
  read?: readonly string[] | undefined;
  write?: readonly string[] | undefined;
  childProcesses?: boolean | undefined;
  addons?: boolean | undefined;
}

export interface ToolOrigin {
  /** A module, or the settings that declare the tool; relative to the project root. */
  file: string;
  /** Of the module and the modules of the project that it imports; of the declaration and the files that it names. */
  digest: string;
}

export type ParsedArguments = { ok: true; args: JsonObject } | { ok: false; problems: ArgumentProblem[] };

/** What a person writes to add a tool. */
export interface ToolDefinition<Args extends z.ZodObject> {
  id: string;
  name: string;
  description: string;
  /** Default `once`: at most one call, and a person is asked before it. */
  effect?: ToolEffect;
  /** Whether its arguments leave the machine, as in a search, a message or an upload. Default: false. */
  sends?: boolean;
  /**
   * Whether its results are never the user's own data, as with public web pages. Default: false. Before an agent that
   * can read the user's own data sends something, a person is asked.
   */
  isPublic?: boolean;
  args: Args;
  /** Checked after every call; text when left out. */
  output?: z.ZodType;
  /**
   * How long one call may take since it began, or since it last reported progress, in milliseconds. Default 60,000. The
   * setting `tools.settings.<id>.timeout_ms` and the `timeout_ms` of a step come before it.
   */
  timeoutMs?: number;
  /** Variables of the environment that it is given, beside PATH, HOME, LANG and the like. */
  env?: readonly string[];
  /** What it may do beyond reading below the project's root, where `"sandbox": "permission"` is set. */
  allow?: ToolAllowance;
  /**
   * Whether several of its calls may be made in one process at a time, where it works in one of its own. Only for the
   * effect `read`: a call that others in its process may have disturbed is made again. Default: false.
   */
  concurrent?: boolean;
  /** Whether it can work here. It is asked before a run begins or continues, and until a person has done what it needs. */
  ready?(
    environment: ToolEnvironment,
    args?: JsonObject,
    about?: ReadinessContext,
  ): SaidReadiness | Promise<SaidReadiness>;
  inspect?(args: z.infer<Args>, look: InspectionContext): Promise<Inspection>;
  /** A plain JSON value is an output; a ToolResult is what it says. */
  run(context: ToolContext, args: z.infer<Args>): Promise<ToolResult | Json> | ToolResult | Json;
}
