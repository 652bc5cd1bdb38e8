import type { NoticeKind } from '../domain/run/notice.js';
import type { ClarificationId, PlanId, RunId } from '../domain/values/ids.js';
import type { Json, JsonObject } from '../domain/values/json.js';
import type { SignInChange } from '../domain/values/sign-in-change.js';

/** One thing that somebody is told, for programs: secrets are out of it. Times are ISO 8601, UTC. */
export interface NoticeItem {
  /** `sign_in`: how a person signs in has changed. */
  kind: NoticeKind | 'sign_in';
  /** Null for `sign_in`, as is the plan. */
  run_id: RunId | null;
  plan_id: PlanId | null;
  /** What the plan was made for. */
  request: string | null;
  /** The step that asks or failed, as people count: `2[3].1`. */
  step: string | null;
  /** When it was asked, when the run ended, or when it changed. */
  since: string;
  question: NoticeQuestion | null;
  error: { code: string; message: string; why: string | null } | null;
  /** Of a run that is complete: its result, shortened. */
  result: Json | null;
  /** Whom it is for, by name; empty for everybody. */
  for: string[];
  /** Where the question is answered in a browser. */
  link: string | null;
  /** Commands that answer it, or show the run. */
  commands: string[];
  /** What changed in how a person signs in; only of `sign_in`. */
  change?: SignInChange['what'];
}

export interface NoticeQuestion {
  id: ClarificationId;
  category: string;
  /** The question in words. */
  text: string;
  /** The call that a yes would make. */
  tool_id: string | null;
  args: JsonObject | null;
  options: Json[] | null;
  /** Until when it can be answered. */
  until: string | null;
}

/** What is sent to one target at a time. */
export interface NoticeMessage {
  /** The same in every try. Of a single question, its id. */
  id: string;
  /** ISO 8601, UTC. */
  sent_at: string;
  items: readonly NoticeItem[];
}

/** Sends messages to one target. */
export interface NoticeSender {
  /**
   * Resolves when the target took it. Rejects with `NotSent`, also when nobody knows whether the target took it, or with the
   * reason of the signal.
   */
  send(message: NoticeMessage, signal: AbortSignal): Promise<void>;
}

/** Why a message was not sent, as a sentence without its target: `it answered with status 500`. */
export class NotSent extends Error {
  override readonly name = 'NotSent';
  /** How long the target wants to be left alone, in milliseconds. */
  readonly retryAfterMs: number;

  constructor(message: string, retryAfterMs = 0) {
    super(message);
    this.retryAfterMs = retryAfterMs;
  }
}
