import { answer, completion, type Handler } from '../models/fault-server.js';

/** Where a model is asked. */
export type PlaceName =
  | 'planning'
  | 'arguments'
  | 'verification'
  | 'turn'
  | 'step'
  | 'typed step'
  | 'introspection'
  | 'result'
  | 'summary';

/** What a model says: a message of a chat completion, and the word for its end. */
export interface Said {
  content: string | null;
  tool_calls?: { id: string; type: string; function: { name: string; arguments: string } }[];
  finish_reason?: string | null;
  [field: string]: unknown;
}

/**
 * What a fault that stays leads to: `works` when the reply can be used all the same, `asks` when a person is asked for what
 * it lacks, else the code of the error.
 */
export type End =
  | 'works'
  | 'asks'
  | 'unavailable'
  | 'rate-limited'
  | 'timed-out'
  | 'no-model'
  | 'key-rejected'
  | 'invalid-settings'
  | 'invalid-input'
  | 'model-refused'
  | 'model-reply-unusable'
  | 'tool-failed'
  | 'step-failed'
  | 'no-plan';

/**
 * How often the same is asked at most: `once`; `retried` by the endpoint; `asked again` because the reply is broken;
 * `climbed` down to a plainer format; `corrected`: the model is told what is wrong.
 */
export type Patience = 'once' | 'retried' | 'asked again' | 'climbed' | 'corrected';

/** One thing that a model's server does, again and again. */
export interface Fault {
  name: string;
  /** How it answers in place of the reply that is right; undefined where that cannot be done to it. */
  spoils(said: Said, place: PlaceName): Handler | undefined;
  /** The address in place of the server's own one. */
  address?: (baseUrl: string) => string;
  /** Nothing but a deadline ends it. */
  isSlow?: boolean;
  end: End;
  /** Where it leads to something else. */
  ends?: Partial<Record<PlaceName, End>>;
  patience: Patience;
}

export const endAt = ({ end, ends = {} }: Fault, place: PlaceName): End => ends[place] ?? end;

/** A chat completion with this message. */
export function saying({ finish_reason: end, ...message }: Said): Handler {
  const usual = message.tool_calls === undefined ? 'stop' : 'tool_calls';
  return answer(
    completion(null, { message: { role: 'assistant', ...message }, finish_reason: end === undefined ? usual : end }),
  );
}
