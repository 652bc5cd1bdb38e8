import type { Usage } from '../plan/plan.js';
import type { ModelPurpose } from '../values/model-roles.js';
import type { Clarification } from './clarification.js';
import type { RunEvent } from './events.js';
import type { PlanningExchange } from './planning-exchange.js';
import { callsIn, type RecordedCall } from './run-calls.js';

/** A call of a model or tool, or a question, in the time of a run. */
export interface TracedCall extends TimedCall {
  /** Of its step. */
  path: string;
}

/** A call of the planning model, in the time of the planning. */
export interface TracedAttempt extends TimedCall {
  /** From 1. */
  attempt: number;
}

interface TimedCall {
  kind: 'model' | 'tool' | 'question';
  /** The model, the tool, or the name under which the question is answered. */
  name: string;
  /** Of a call of a model that is not the work of its step. */
  purpose?: ModelPurpose | undefined;
  /** ISO 8601, UTC. */
  started_at: string;
  /** Milliseconds from the beginning of the run, or of the planning, without the time in which nobody drove it. */
  offset_ms: number;
  /** Null for one without an end. */
  ms: number | null;
  state: 'done' | 'failed' | 'asked' | 'open';
  usage?: Usage | undefined;
}

/** The calls and questions of a run, in the order in which they began. `questions` are the run's own, which know their ends. */
export function tracedCalls(events: readonly RunEvent[], questions: readonly Clarification[] = []): TracedCall[] {
  const answered = new Map(questions.map(({ id, resolved_at: at }) => [id, at]));
  return callsIn(events).map((call) => {
    const { kind, path, startedAt, offset } = call;
    const endedAt = call.kind === 'question' ? answered.get(call.id) : call.endedAt;
    const ms = endedAt === undefined ? null : Date.parse(endedAt) - Date.parse(startedAt);
    const usage = call.kind === 'question' ? undefined : call.ended?.usage;
    return {
      kind,
      path,
      name: nameOf(call),
      ...(call.kind === 'model' && call.started.purpose && { purpose: call.started.purpose }),
      started_at: startedAt,
      offset_ms: offset,
      ms: call.kind === 'question' ? ms : (call.ended?.ms ?? null),
      state: endedAt === undefined ? 'open' : stateOf(call),
      ...(usage && { usage }),
    };
  });
}

/** The calls that made a plan, in the order in which they began. */
export function tracedAttempts(exchanges: readonly PlanningExchange[]): TracedAttempt[] {
  const began = Date.parse(exchanges[0]?.started_at ?? '');
  return exchanges.map(({ attempt, model, started_at, ms, usage, error }) => ({
    kind: 'model',
    attempt,
    name: model,
    started_at,
    offset_ms: Date.parse(started_at) - began,
    ms,
    state: error === null ? 'done' : 'failed',
    ...(usage && { usage }),
  }));
}

function nameOf(call: RecordedCall): string {
  if (call.kind === 'question') return call.name;
  return call.kind === 'model' ? call.started.model : call.started.tool_id;
}

function stateOf(call: RecordedCall): TracedCall['state'] {
  if (call.kind === 'question') return 'done';
  const { ended } = call;
  if (ended?.type === 'model.failed' || ended?.type === 'tool.failed') return 'failed';
  return ended?.type === 'tool.finished' && ended.outcome.kind === 'clarifications' ? 'asked' : 'done';
}
