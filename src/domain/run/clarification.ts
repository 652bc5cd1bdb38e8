import type { Clarification, ValueSource } from './clarification-schema.js';
import type { ClarificationId, RunId } from '../values/ids.js';
import type { Json, JsonObject, JsonSchema } from '../values/json.js';
import type { ToolEffect } from '../values/tool-effects.js';
import type { Person } from './person.js';

export type { Clarification, ValueSource } from './clarification-schema.js';

const CATEGORIES = ['Action', 'Input', 'Multiple Choice', 'Value Confirmation', 'User Verification', 'Custom'] as const;
export type Category = (typeof CATEGORIES)[number];

/** How an answer can reach the run; `expiry`: nobody answered in time, and the plan says what counts then. */
export const CHANNELS = [
  'prompt',
  'form',
  'flag',
  'file',
  'api',
  'import',
  'tool',
  'hook',
  'web',
  'link',
  'github',
  'expiry',
] as const;
export type Channel = (typeof CHANNELS)[number];
export type ClarificationOf<C extends Category> = Extract<Clarification, { category: C }>;

/** The machine on which a call may still be under way, and until when: ISO 8601, UTC. */
export interface StillActing {
  host: string;
  until: string;
}

/** Who is asked, and until when. */
export type AskingPolicy = Pick<Clarification, 'assignees' | 'approvers' | 'expires_at' | 'on_expiry'>;

/** A question as a tool or step raises it; the run fills in who, where and when. */
export type ClarificationRequest = RequestedQuestion & { replaces?: string } & Partial<AskingPolicy>;

/** A person has to do something elsewhere. */
export interface ActionRequest {
  category: 'Action';
  user_guidance: string;
  action_url: string;
  require_confirmation?: boolean;
  /** Who lets the person in, when it is about that. */
  provider?: string;
  /** The run can continue until a call needs it. */
  may_skip?: boolean;
  source?: string;
}

type RequestedQuestion =
  | ActionRequest
  | {
      category: 'Input';
      user_guidance: string;
      argument_name: string;
      schema?: JsonSchema;
      /** The name by which answers select it, beside the argument. Default: the output of the step. */
      output?: string;
      source?: string;
    }
  | {
      category: 'Multiple Choice';
      user_guidance: string;
      argument_name: string;
      options: Json[];
      unknown_outcome?: boolean;
      still_acting?: StillActing | undefined;
      tool_id?: string;
      args?: JsonObject;
      tool_fingerprint?: string;
      source?: string;
    }
  | {
      category: 'Value Confirmation';
      user_guidance: string;
      argument_name: string;
      /** Default: that argument of the call. */
      value?: Json;
      schema?: JsonSchema;
      source?: string;
    }
  /** With `args`, a yes means: make the call with exactly these arguments. */
  | {
      category: 'User Verification';
      user_guidance: string;
      tool_id?: string;
      args?: JsonObject;
      args_schema?: JsonSchema;
      facts?: JsonObject;
      tool_fingerprint?: string;
      effect?: ToolEffect;
      sends?: boolean;
      sources?: Record<string, ValueSource[]>;
      by_agent?: boolean;
      only_this?: boolean;
      may_keep?: boolean;
      source?: string;
    }
  | { category: 'Custom'; user_guidance: string; name: string; data?: JsonObject; source?: string };

/** An answer with where it came from. */
export interface Answer {
  id: ClarificationId;
  response: Json;
  channel: Channel;
  by?: Person | undefined;
  /** Why, where the answer itself cannot say it. */
  reason?: string | undefined;
  /** `seq` of the event that recorded it before its question was asked. */
  given?: number | undefined;
}

/** The name by which answers select it: the argument, the custom name, else `verify` or `action`. */
export function selectorName(clarification: Clarification): string {
  switch (clarification.category) {
    case 'Input':
    case 'Multiple Choice':
    case 'Value Confirmation':
      return clarification.argument_name;
    case 'Custom':
      return clarification.name;
    case 'User Verification':
      return 'verify';
    case 'Action':
      return 'action';
  }
}

export type Approval = ClarificationOf<'User Verification'> & { tool_id: string };

/** Asks whether a call may be made. */
export function isApproval(clarification: Clarification): clarification is Approval {
  return clarification.category === 'User Verification' && clarification.tool_id !== undefined;
}

export function isUnknownOutcome(clarification: Clarification): boolean {
  return clarification.category === 'Multiple Choice' && clarification.unknown_outcome === true;
}

/** Closed without an answer, because it is asked again in other words. */
export function isWithdrawn({ resolved, channel, response }: Clarification): boolean {
  return resolved && channel === undefined && response === null;
}

/** About a call that may act: never answered by anything given before it was asked. */
export function mustBeAskedFirst(clarification: Clarification): boolean {
  return isApproval(clarification) || isUnknownOutcome(clarification);
}

export function openClarifications(run: { id: RunId; outputs: { clarifications: Clarification[] } }): Clarification[] {
  return run.outputs.clarifications.filter((clarification) => !clarification.resolved);
}
