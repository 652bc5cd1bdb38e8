import type { RunError } from '../errors.js';
import type { Usage } from '../plan/plan.js';
import type { AskedDigests } from '../run/asked-parts.js';
import type { Channel, Clarification, ClarificationRequest } from '../run/clarification.js';
import type { Person } from '../run/person.js';
import type { HookName } from '../values/hook-names.js';
import type { Json, JsonObject } from '../values/json.js';
import type { ModelPurpose, ModelRole } from '../values/model-roles.js';
import type { ToolEffect } from '../values/tool-effects.js';

interface Recorded {
  /** Where it was asked: the key of the effect. Of a run inside it stands behind the step: `2.plan.0/1/1`. */
  at: string;
  /** The path of its step, as in `at`; empty for what is about the whole run. */
  path: string;
}

/** A call of a model; without `end` it was cut off. */
export interface RecordedModel extends Recorded {
  kind: 'model';
  role: ModelRole;
  purpose?: ModelPurpose | undefined;
  /** `provider/name`. */
  model: string;
  /** Absent in older logs. */
  asked?: AskedDigests | undefined;
  /** Of the whole request, with portia's own words: 64 hex digits, or the first 12. */
  wording: string;
  /** Tokens that the request may have. */
  tokens?: number | undefined;
  /** What was sent, where it is kept. */
  request?: Json | undefined;
  end?: ModelEnd | undefined;
}

/** `late`: the time of its step was over. */
export type ModelEnd =
  | { kind: 'reply'; text: string; toolCalls: Json[]; value?: Json; given?: Json; usage: Usage }
  /**
   * `broken`: the reply could not be used, and the model was asked again, unless that was the last time. `fallback`: the model
   * that was asked instead.
   */
  | {
      kind: 'failure';
      error: RunError;
      usage?: Usage | undefined;
      broken?: true | undefined;
      fallback?: string | undefined;
    }
  | { kind: 'late' };

/** A call of a tool; without `end` nobody knows what became of it. */
export interface RecordedTool extends Recorded {
  kind: 'tool';
  tool: string;
  effect: ToolEffect;
  args: JsonObject;
  /** What was found before acting. */
  facts?: JsonObject | undefined;
  end?: ToolEnd | undefined;
  usage?: Usage | undefined;
}

export type ToolEnd =
  | { kind: 'output'; value: Json }
  | { kind: 'too-large'; digest: string; bytes: number }
  | { kind: 'clarifications'; clarifications: ClarificationRequest[]; kept?: Json; may_have_acted?: true | undefined }
  | { kind: 'failure'; message: string; retryable: boolean; not_done: boolean; unavailable?: boolean | undefined }
  | { kind: 'late' };

export interface RecordedHook extends Recorded {
  kind: 'hook';
  hook: HookName;
  /** What it failed with. */
  error?: RunError | undefined;
  /** Absent when it left everything as it was. */
  reply?: Json;
}

/** A question, with what was answered. Several people may have agreed. */
export interface RecordedQuestion extends Recorded {
  kind: 'question';
  question: Clarification;
  answers: RecordedAnswer[];
  /** Nobody answered in time. */
  expired?: true | undefined;
}

export interface RecordedAnswer {
  response: Json;
  channel: Channel;
  by?: Person | undefined;
  reason?: string | undefined;
}

/** Until when a step waited for a time. */
export interface RecordedWait extends Recorded {
  kind: 'wait';
  /** ISO 8601, UTC. */
  until: string;
}

/** An event outside that a step got. */
export interface RecordedSignal extends Recorded {
  kind: 'signal';
  event: string;
  key: string;
  data: Json;
}

/** What a person said that became of a step. */
export interface RecordedSettlement extends Recorded {
  kind: 'settled';
  how: 'done' | 'skipped';
  value?: Json;
}

export type RecordedCall =
  | RecordedModel
  | RecordedTool
  | RecordedHook
  | RecordedQuestion
  | RecordedWait
  | RecordedSignal
  | RecordedSettlement;
