import * as z from 'zod';

import { isClarificationId, type ClarificationId, type RunId } from './ids.js';
import type { Json, JsonObject, JsonSchema } from './json.js';

export const CATEGORIES = [
  'Action',
  'Input',
  'Multiple Choice',
  'Value Confirmation',
  'User Verification',
  'Custom',
] as const;
export type Category = (typeof CATEGORIES)[number];

/** How an answer reached the run. */
export type Channel = 'prompt' | 'flag' | 'file' | 'api' | 'import';

const json = z.custom<Json>((value) => value !== undefined, 'must be a JSON value');

const base = {
  id: z.custom<ClarificationId>(isClarificationId, 'must be clar- and a UUID'),
  plan_run_id: z.string().nullable().default(null),
  response: json.nullable().default(null),
  /** Index of the top-level step. */
  step: z.number().int().nullable().default(null),
  user_guidance: z.string(),
  resolved: z.boolean().default(false),
  /** Who asks, for people. */
  source: z.string().nullable().default(null),
  /** Path of the step that asks; absent in files of the reference. */
  path: z.string().optional(),
  /** Key of the effect that asks: the same question is never raised twice. */
  key: z.string().optional(),
  /** Name of that step's output, so that answers can name it. */
  output: z.string().optional(),
  raised_at: z.string().optional(),
  resolved_at: z.string().optional(),
  channel: z.string().optional(),
};

const argument = { argument_name: z.string(), schema: z.custom<JsonSchema>().optional() };

/** What a yes would do: the tool and exactly these arguments. */
const call = { tool_id: z.string().optional(), args: z.custom<JsonObject>().optional() };

export const clarificationSchema = z.discriminatedUnion('category', [
  z.looseObject({
    category: z.literal('Action'),
    ...base,
    action_url: z.string(),
    require_confirmation: z.boolean().default(false),
  }),
  z.looseObject({ category: z.literal('Input'), ...base, ...argument }),
  z.looseObject({
    category: z.literal('Multiple Choice'),
    ...base,
    argument_name: z.string(),
    options: z.array(json),
    /** Set when the question is what became of a call whose outcome is unknown. */
    unknown_outcome: z.boolean().optional(),
    ...call,
  }),
  /** `value` is what a yes confirms; the reference keeps it in `response`. */
  z.looseObject({ category: z.literal('Value Confirmation'), ...base, ...argument, value: json.optional() }),
  z.looseObject({ category: z.literal('User Verification'), ...base, ...call }),
  z.looseObject({
    category: z.literal('Custom'),
    ...base,
    name: z.string(),
    data: z.record(z.string(), json).default({}),
  }),
]);

export type Clarification = z.infer<typeof clarificationSchema>;
export type ClarificationOf<C extends Category> = Extract<Clarification, { category: C }>;

/** A question as a tool or step raises it; the run fills in who, where and when. */
export type ClarificationRequest =
  | { category: 'Action'; user_guidance: string; action_url: string; require_confirmation?: boolean; source?: string }
  | { category: 'Input'; user_guidance: string; argument_name: string; schema?: JsonSchema; source?: string }
  | {
      category: 'Multiple Choice';
      user_guidance: string;
      argument_name: string;
      options: Json[];
      unknown_outcome?: boolean;
      tool_id?: string;
      args?: JsonObject;
      source?: string;
    }
  | {
      category: 'Value Confirmation';
      user_guidance: string;
      argument_name: string;
      value: Json;
      schema?: JsonSchema;
      source?: string;
    }
  /** With `args`, a yes means: make the call with exactly these arguments. */
  | { category: 'User Verification'; user_guidance: string; tool_id?: string; args?: JsonObject; source?: string }
  | { category: 'Custom'; user_guidance: string; name: string; data?: JsonObject; source?: string };

/** An answer with where it came from. */
export interface Answer {
  id: ClarificationId;
  response: Json;
  channel: Channel;
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

/** Asks whether a call may be made: never answered by anything given before it was asked. */
export function isApproval(clarification: Clarification): boolean {
  return clarification.category === 'User Verification' && clarification.tool_id !== undefined;
}

export function isUnknownOutcome(clarification: Clarification): boolean {
  return clarification.category === 'Multiple Choice' && clarification.unknown_outcome === true;
}

export function openClarifications(run: { id: RunId; outputs: { clarifications: Clarification[] } }): Clarification[] {
  return run.outputs.clarifications.filter((clarification) => !clarification.resolved);
}
