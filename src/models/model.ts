import { PortiaError, type ErrorDetails } from '../domain/errors.js';
import type { JsonObject, JsonSchema } from '../domain/values/json.js';
import type { Usage } from '../domain/plan/plan.js';

/** The port to a language model: text and tool schemas in, one finished reply out. */
export interface Model {
  /** `provider/name`, as recorded in plans and runs. */
  readonly id: string;
  /** Tokens of a request and its reply together, where the user says it. */
  readonly contextWindow?: number | undefined;
  /** Tokens of its longest reply, where the user says it. */
  readonly maxTokens?: number | undefined;
  /** Whether it is asked for plans of agent steps alone, where the user says it. */
  readonly simplePlans?: boolean | undefined;
  /** False when it is shown no images, because the user says so. */
  readonly takesImages?: boolean | undefined;
  /**
   * One chat completion, retried inside on passing faults. Resolves only with a reply that is finished, in whatever
   * word, and without thoughts. Rejects with a PortiaError: `unavailable`, `rate-limited`, `key-rejected`,
   * `no-model`, `timed-out`, `model-reply-unusable` (a BrokenReply when another try may do better), `model-refused`,
   * `invalid-settings` (it does not take the request at all) or `invalid-input` (too long for it); with
   * FormatRejected when the endpoint does not take `responseFormat`; with the signal's reason when aborted.
   */
  complete(request: ModelRequest, options: CompleteOptions): Promise<ModelReply>;
}

export interface CompleteOptions {
  signal: AbortSignal;
  /** Milliseconds for the call with all its attempts. Default: what is set for the model. */
  timeoutMs?: number | undefined;
  /** Whose call it is: where calls wait for a limit, jobs are let in by turns. */
  job?: string | undefined;
  /**
   * Asks for the reply as a stream, and is called with its text as it comes: without what is thought, not yet cleaned of
   * a model's own marks. It shows what is coming; only the resolved reply counts. A model that gives no stream never
   * calls it. Must not throw.
   */
  onText?: ((piece: TextPiece) => void) | undefined;
}

/** A piece of a reply that is coming. */
export interface TextPiece {
  /** Characters of the reply before it; 0 begins it anew, as after a connection that broke. */
  at: number;
  /** Not empty. */
  text: string;
}

export interface ModelRequest {
  messages: ModelMessage[];
  /** Functions that the model may call. */
  tools?: ModelTool[] | undefined;
  responseFormat?: ResponseFormat | undefined;
}

export type ModelMessage =
  | { role: 'system'; text: string }
  | { role: 'user'; text: string; images?: readonly ModelImage[] | undefined }
  | {
      role: 'assistant';
      text: string;
      toolCalls?: ModelToolCall[] | undefined;
      /** As it came with the turn: it goes back with it. */
      given?: GivenWithTurn | undefined;
    }
  | { role: 'tool'; toolCallId: string; text: string; images?: readonly ModelImage[] | undefined };

/** An image beside a text, as a data URL: image/png, image/jpeg, image/webp or image/gif in Base64. */
export type ModelImage = string;

export interface ModelTool {
  /** 1 to 64 letters, digits, `_` and `-`. */
  name: string;
  description: string;
  parameters: JsonSchema;
}

export interface ModelToolCall {
  /** Each call of a reply has another one. */
  id: string;
  name: string;
  /** JSON text, mended where the model wrote it wrongly; not trusted, and as it was written when it is not JSON. */
  arguments: string;
}

/** What a server gave with a turn and only that server understands: signatures of thoughts, ids, its own fields. */
export interface GivenWithTurn {
  /** Digest of the endpoint and the model that gave it: it goes back to no other. */
  from: string;
  /** In the form of the adapter that made it; nobody else reads it. */
  fields: JsonObject;
}

export type ResponseFormat =
  /** `strict`: no reply that does not fit is given, by endpoints that can promise it. */
  { kind: 'json_schema'; name: string; schema: JsonSchema; strict?: boolean | undefined } | { kind: 'json_object' };

export interface ModelReply {
  /** Empty when there are only tool calls. */
  text: string;
  toolCalls: ModelToolCall[];
  usage: Usage;
  /** The model that the provider says it served: a version of the one that was asked, or another one. */
  served?: string | undefined;
  /** What was thought, in words. */
  reasoning?: string | undefined;
  given?: GivenWithTurn | undefined;
}

/** Why another model may be asked the same: this one is overloaded, too slow, out of credit or gone. */
const AWAY: ReadonlySet<string> = new Set(['unavailable', 'rate-limited', 'timed-out', 'no-model']);

/** Whether a model could not be asked, whatever the request. A bad reply, a wrong request and a refused key are no such reason. */
export function isAway(error: unknown): error is PortiaError {
  return error instanceof PortiaError && AWAY.has(error.code);
}

/** A reply that is empty, cut off or not the protocol: the same request may get a whole one. */
export class BrokenReply extends PortiaError {
  constructor(message: string, details: ErrorDetails) {
    super('model-reply-unusable', message, details);
  }
}

/** The endpoint does not take this response format: the caller climbs down the ladder. */
export class FormatRejected extends Error {
  override readonly name = 'FormatRejected';
}
