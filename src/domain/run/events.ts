import type { AskedDigests } from './asked-parts.js';
import type { Answer, Clarification, ClarificationRequest } from './clarification.js';
import type { RunError } from '../errors.js';
import type { PlanId, RunId } from '../values/ids.js';
import type { Measured } from '../values/digest.js';
import type { Json, JsonObject } from '../values/json.js';
import type { ModelPurpose, ModelRole } from '../values/model-roles.js';
import type { HookName, ReplyKey } from '../values/hook-names.js';
import type { ToolEffect } from '../values/tool-effects.js';
import type { AgentType } from '../values/agent-types.js';
import type { Usage } from '../plan/plan.js';
import type { CallProcess, Driver, DriveSetup } from './driver.js';
import type { Person } from './person.js';
import type { FailedItems, Output, ParentRun, PauseReason, Run, StoredValue } from './run.js';
import type { Signature } from './signatures.js';
import type { AwaitedEvent } from './signals.js';

/** What surrounds every event: one line of JSON in the log. */
interface Envelope {
  v: 1;
  /** 1, 2, 3 … without gaps. */
  seq: number;
  /** When it was recorded: ISO 8601, UTC. Order comes from `seq`, never from here. */
  ts: string;
  run_id: RunId;
  /** SHA-256 of the line before it, without its line end. The first event has none; nor have logs of older versions. */
  prev?: string | undefined;
  /** Of the last event of a drive: SHA-256 of the whole log before it. */
  log_digest?: string | undefined;
  /** Of consents and the last event of a drive: who vouches for it. */
  signature?: Signature | undefined;
}

/** A value in an event, or a reference to a large one in the run's memory. */
export type Recorded = { value: Json } | { memory: Pick<StoredValue, 'digest' | 'bytes'> };

/** What models were sent, and what they said to a tool; the value where it is small, and no event before has it. */
export type KeptRequest = Measured & { value?: Json | undefined };

/** A file that a call read: its name as it was given, and the SHA-256 of its bytes. */
export interface FileRead {
  file: string;
  digest: string;
}

/** How a tool call that did not fail ended. A call that asked is made again, under the same key, once it is answered. */
type ToolOutcome =
  | {
      kind: 'output';
      output: Recorded;
      summary?: string | undefined;
      created?: string[] | undefined;
      read?: FileRead[] | undefined;
    }
  /** `clarifications`: what the tool asks, so that a crash before all of it is raised loses none. */
  | {
      kind: 'clarifications';
      clarifications: ClarificationRequest[];
      /** What the tool gets back when it is called again with the answers. */
      kept?: Json;
      /** The call was broken off to ask: nobody can tell whether it acted before. */
      may_have_acted?: true;
    }
  /** The call was made, and what it gave is more than a run keeps: this is its digest and size. */
  | { kind: 'too-large'; digest: string; bytes: number; created?: string[] | undefined };

/** A tool that cannot work until a person has done what a provider asks for. */
export interface WaitingTool {
  tool_id: string;
  provider: string;
}

/** What calls of one model used. */
export interface ModelUsage {
  /** `provider/name`. */
  model: string;
  usage: Usage;
}

export type EventBody =
  | {
      type: 'run.created';
      plan_id: PlanId;
      plan_digest: string;
      step_count: number;
      end_user_id: string;
      plan_run_inputs: Record<string, Output>;
      /** The step that runs this plan as a part of its own, when there is one. */
      parent_run?: ParentRun | undefined;
      /** Tools that are replaced by a fixed result in this run. */
      stubbed?: string[] | undefined;
      /** How agents work that do not say; without it one-shot. */
      agent?: AgentType | undefined;
      /** Digests of the plans inside this one, by id. */
      plans?: Record<PlanId, string> | undefined;
      /** Fingerprints of the plan's tools that are not portia's own: a change between approval and resume is reported. */
      tools?: Record<string, string> | undefined;
      /** What these tools take, a list of ToolDefinition; its value is here, or in the run's memory. */
      tool_definitions?: KeptRequest | undefined;
      /** Fingerprint of the hooks, when there are some: a change is reported like that of a tool. */
      hooks?: string | undefined;
      traceparent?: string | undefined;
      /** What was used to plan, when that was done for this run: it counts for the limit of its cost. */
      planning?: ModelUsage[] | undefined;
      /** Who started it, or the run around it; absent in older logs. */
      by?: Person | undefined;
    }
  | { type: 'run.imported'; snapshot: Run; digest: string }
  /** From now on, or from `wake_at` (ISO 8601, UTC), a worker continues the run whenever it can. */
  | { type: 'run.queued'; priority: number; labels?: string[] | undefined; wake_at?: string | undefined }
  /** Files that the run made are on this machine: only there can it continue as it was. */
  | { type: 'run.placed'; host: string; machine: string }
  | { type: 'run.started'; driver?: Driver | undefined; setup?: DriveSetup | undefined }
  | { type: 'run.resumed'; driver?: Driver | undefined; setup?: DriveSetup | undefined }
  /** `usage_inside`: of the runs of plans inside it that are not finished; counted until the run continues. */
  | {
      type: 'run.paused';
      reason: PauseReason;
      next: string;
      error?: RunError | undefined;
      /** When a worker continues; ISO 8601, UTC. */
      wake_at?: string | undefined;
      /** The event that it waits for. */
      waits_for?: AwaitedEvent | undefined;
      usage_inside?: Usage | undefined;
    }
  | { type: 'run.interrupted'; signal: string; next?: string | undefined; usage_inside?: Usage | undefined }
  | { type: 'run.completed'; final_output: Output | null }
  | { type: 'run.failed'; error: RunError; usage_inside?: Usage | undefined }
  | { type: 'run.cancelled'; reason: string }
  /** `sub_run`: the run of the plan that the step runs. */
  | {
      type: 'step.started';
      path: string;
      attempt: number;
      sub_run?: RunId | undefined;
      /** The beginning of the item that the loop is at, at the first step of an iteration. */
      items?: Record<string, Json> | undefined;
      /** How many items that list has. */
      of?: number | undefined;
    }
  | {
      type: 'step.completed';
      path: string;
      output_name?: string | undefined;
      output?: Output | undefined;
      /** What the plan that the step ran used up in its own run. */
      usage?: Usage | undefined;
      /** A loop ended because it reached its limit. */
      exhausted?: true | undefined;
      /** The items that failed, of a loop that continues after them. */
      failed?: FailedItems | undefined;
    }
  | { type: 'step.skipped'; path: string; reason: string }
  | {
      type: 'step.failed';
      path: string;
      attempt: number;
      error: RunError;
      /** The step whose `on_error` says what is done; this one is not tried again. */
      caught_by?: string | undefined;
      /** With `caught_by`: what the plan that the step ran used up in its own run. */
      usage?: Usage | undefined;
    }
  /** What a step waits for, also when the run continues in another process: an event, a time (ISO 8601, UTC), or what comes first. */
  | {
      type: 'wait.started';
      key: string;
      path: string;
      until?: string | undefined;
      waits_for?: AwaitedEvent | undefined;
    }
  /** `id`: of the signal, which no other run gets. */
  | { type: 'signal.received'; key: string; path: string; id: string; sent_at: string; data: Recorded }
  | { type: 'condition.evaluated'; path: string; outcome: ConditionOutcome; reason: string }
  /**
   * `request`: what the model was sent, with plain marks around data; absent when it is not kept. Its value is in the first
   * event with this digest, or in the run's memory.
   */
  | {
      type: 'model.started';
      key: string;
      path: string;
      role: ModelRole;
      model: string;
      purpose?: ModelPurpose | undefined;
      request_digest: string;
      /** Tokens that the request may have, where the user says it of the model. */
      request_tokens?: number | undefined;
      /** What the request is about, apart from portia's own words: absent in older logs. */
      asked?: AskedDigests | undefined;
      request?: KeptRequest | undefined;
    }
  /**
   * `repair`: the messages after the request, where the first reply could not be used: that reply, and what was said about
   * it. `reasoning`: what was thought. Both when they are to be kept.
   */
  | {
      type: 'model.finished';
      key: string;
      path: string;
      repair?: KeptRequest | undefined;
      reply: Recorded;
      /** The model that the provider says it served. */
      served?: string | undefined;
      reasoning?: string | undefined;
      usage: Usage;
      ms: number;
    }
  /** `asked_again`: the reply was broken, and the next effect of the step asks the same once more; `fallback`: this model. */
  | {
      type: 'model.failed';
      key: string;
      path: string;
      repair?: KeptRequest | undefined;
      error: RunError;
      asked_again?: true | undefined;
      fallback?: string | undefined;
      usage?: Usage | undefined;
      ms: number;
    }
  | {
      type: 'tool.started';
      key: string;
      path: string;
      tool_id: string;
      effect: ToolEffect;
      args: Recorded;
      idempotency_key: string;
      /** What the tool found before acting, e.g. the digest of the file it will overwrite. */
      facts?: JsonObject | undefined;
      /** The process in which the call is made, where it has one of its own. */
      process?: CallProcess | undefined;
    }
  | {
      type: 'tool.finished';
      key: string;
      path: string;
      tool_id: string;
      /** Which call this ends, whatever the attempt. */
      idempotency_key: string;
      outcome: ToolOutcome;
      /** Of the models that the tool itself asked. */
      usage?: Usage | undefined;
      /** What these were sent and said, a list of ToolModelCall; absent when it is not kept. */
      model_calls?: KeptRequest | undefined;
      /** Names of what it kept of the end user, or forgot. */
      end_user_data?: string[] | undefined;
      ms: number;
    }
  | {
      type: 'tool.failed';
      key: string;
      path: string;
      tool_id: string;
      message: string;
      retryable: boolean;
      not_done: boolean;
      /** The service could not be reached, or said try later. */
      unavailable?: boolean | undefined;
      usage?: Usage | undefined;
      model_calls?: KeptRequest | undefined;
      end_user_data?: string[] | undefined;
      ms: number;
    }
  /** Tools ahead were asked whether they can work: `waiting` are those for which a person has to do something. */
  | { type: 'readiness.checked'; waiting: WaitingTool[] }
  /** A hook was called, and left everything as it was. Without a path it is about the whole run. */
  | { type: 'hook.called'; key: string; path?: string | undefined; hook: HookName }
  /** A hook changed something: `did` are the keys of its reply. */
  | {
      type: 'hook.changed';
      key: string;
      path?: string | undefined;
      hook: HookName;
      did: ReplyKey[];
      reply: Recorded;
    }
  /** A hook threw, or gave what nobody can use: the step, or the run, fails with that. */
  | { type: 'hook.failed'; key: string; path?: string | undefined; hook: HookName; error: RunError }
  | { type: 'clarification.raised'; clarification: Clarification }
  /** An effect waits for an action that a person is asked for already: `key` is its own. */
  | { type: 'clarification.joined'; id: Answer['id']; key: string; path?: string | undefined }
  | {
      type: 'clarification.resolved';
      id: Answer['id'];
      response: Json;
      channel: Answer['channel'];
      /** Digest of what was asked, for an answer that agrees to something. */
      asked?: string | undefined;
      /** `seq` of the answer.given that it is. */
      given?: number | undefined;
      /** Why, as the person said it. */
      reason?: string | undefined;
      /** Who gave the answer; absent in older logs. */
      by?: Person | undefined;
    }
  /** A person agreed, and others must, too. */
  | {
      type: 'approval.given';
      id: Answer['id'];
      response: true;
      channel: Answer['channel'];
      asked?: string | undefined;
      given?: number | undefined;
      by?: Person | undefined;
    }
  /** Nobody answered in time: the question is closed without an answer. */
  | { type: 'clarification.expired'; id: Answer['id'] }
  /** An answer whose question is not asked yet. */
  | {
      type: 'answer.given';
      selector: string;
      form: 'text' | 'json';
      value: Json;
      channel: Answer['channel'];
      by?: Person | undefined;
    }
  /** A person accepted a tool that is not as it was when the run was started; null for portia's own. */
  | {
      type: 'tool.changed';
      tool_id: string;
      was: string | null;
      now: string | null;
      file?: string | undefined;
      channel: Answer['channel'];
      by?: Person | undefined;
    }
  /** A person says what became of a step that failed or is open; `value` is what it left. */
  | {
      type: 'step.settled';
      path: string;
      how: 'done' | 'skipped';
      value?: Recorded | undefined;
      channel: Answer['channel'];
      by?: Person | undefined;
    }
  /** A person agreed to answers that do not count here by themselves; `consents` are their digests. */
  | { type: 'consents.confirmed'; digest: string; consents: string[]; by?: Person | undefined }
  | { type: 'memory.stored'; path: string; digest: string; bytes: number }
  /** `usage`: of a call that came to no end. */
  | { type: 'warning'; path?: string | undefined; message: string; usage?: Usage | undefined };

export type ConditionOutcome = 'continue' | 'skip' | 'complete';

/** One event of a run's log. Readers ignore types and fields they do not know. */
export type RunEvent = Envelope & EventBody;
export type EventOf<Type extends EventBody['type']> = Extract<RunEvent, { type: Type }>;
