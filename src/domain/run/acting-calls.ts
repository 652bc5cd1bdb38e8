import type { JsonObject } from '../values/json.js';
import type { ToolEffect } from '../values/tool-effects.js';
import { changedArguments, isAgreed } from './approval-answers.js';
import { isApproval, isUnknownOutcome, type Clarification } from './clarification.js';
import type { Recorded, RunEvent } from './events.js';
import type { Person } from './person.js';
import { callsIn, type RecordedToolCall } from './run-calls.js';

/** A call that changes something outside of the run, with all its tries. */
export interface ActingCall {
  /** Of its step. */
  path: string;
  toolId: string;
  effect: Exclude<ToolEffect, 'read'>;
  /** When the last try began: ISO 8601, UTC. */
  startedAt: string;
  tries: number;
  args: Recorded;
  /** Which the other side was given, the same for each try. */
  key: string;
  /** `unknown`: it was cut off, and nobody has said what became of it. */
  outcome: 'done' | 'failed' | 'unknown';
  /** Who said what became of it, after it was cut off. */
  toldBy?: Person | undefined;
  /** The question whose yes let it be made; undefined where it was allowed beforehand. */
  agreed?: Clarification | undefined;
  /** What that yes changed in its arguments, as they were asked about. */
  asked?: JsonObject | undefined;
}

/** The calls of a run that act, each once, in the order of their last tries. A call that only asked did nothing. */
export function actingCalls(events: readonly RunEvent[], questions: readonly Clarification[]): ActingCall[] {
  const byKey = new Map<string, RecordedToolCall[]>();
  for (const call of callsIn(events)) {
    if (call.kind !== 'tool' || call.started.effect === 'read') continue;
    const key = call.started.idempotency_key;
    byKey.set(key, [...(byKey.get(key) ?? []), call]);
  }
  return [...byKey.values()]
    .flatMap((tries) => actingCall(tries, questions) ?? [])
    .sort((one, other) => Date.parse(one.startedAt) - Date.parse(other.startedAt));
}

function actingCall(tries: readonly RecordedToolCall[], questions: readonly Clarification[]): ActingCall | undefined {
  const last = tries.at(-1);
  if (last === undefined || last.started.effect === 'read' || onlyAsked(last)) return undefined;
  const { path, startedAt, started } = last;
  const own = questions.filter((question) => question.path === path && isAbout(question, started.tool_id));
  const agreed = own.filter((question) => isApproval(question) && isAgreed(question)).at(-1);
  const told = own.filter((question) => isUnknownOutcome(question) && question.resolved).at(-1);
  const changed = agreed !== undefined && isApproval(agreed) && changedArguments(agreed) !== undefined;
  return {
    ...{ path, toolId: started.tool_id, effect: last.started.effect, startedAt },
    ...{ tries: tries.length, args: started.args, key: started.idempotency_key },
    outcome: outcomeOf(last, told),
    ...(last.ended === undefined && told !== undefined && { toldBy: told.answered_by }),
    ...(agreed !== undefined && { agreed }),
    ...(changed && { asked: agreed.args }),
  };
}

/** It was broken off to ask, before anything was done. */
function onlyAsked({ ended }: RecordedToolCall): boolean {
  return (
    ended?.type === 'tool.finished' && ended.outcome.kind === 'clarifications' && ended.outcome.may_have_acted !== true
  );
}

function isAbout(question: Clarification, toolId: string): boolean {
  return 'tool_id' in question && question.tool_id === toolId;
}

function outcomeOf({ ended }: RecordedToolCall, told: Clarification | undefined): ActingCall['outcome'] {
  if (ended?.type === 'tool.failed') return 'failed';
  if (ended !== undefined && ended.outcome.kind !== 'clarifications') return 'done';
  if (told === undefined) return 'unknown';
  return told.response === 'happened' ? 'done' : told.response === 'not_done' ? 'failed' : 'unknown';
}
