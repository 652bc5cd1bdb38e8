import { createFold } from '../../src/domain/run/run-transitions.js';
import type { EventBody, RunEvent } from '../../src/domain/run/events.js';
import type { Run } from '../../src/domain/run/run.js';
import type { Plan } from '../../src/domain/plan/plan.js';
import { question } from './question-examples.js';
import { PLAN_ID, RUN_ID } from './view-examples.js';

export const NOON = Date.parse('2026-11-23T12:00:00.000Z');

type At = [seconds: number, body: EventBody];

/** A run as its events make it, with all its rounds; each event comes so many seconds after noon. */
export function timedRun(plan: Plan, ...events: At[]): { run: Run; events: RunEvent[]; plan: Plan } {
  const created: EventBody = {
    type: 'run.created',
    plan_id: PLAN_ID,
    plan_digest: '',
    step_count: plan.steps.length,
    end_user_id: 'portia:default_user',
    plan_run_inputs: {},
  };
  const all: At[] = [[0, created], [0, { type: 'run.started' }], ...events];
  const fold = createFold({ keeps: () => true });
  const recorded = all.map(([seconds, body], index): RunEvent => {
    const ts = new Date(NOON + seconds * 1000).toISOString();
    return { v: 1, seq: index + 1, ts, run_id: RUN_ID, ...body };
  });
  for (const event of recorded) fold.apply(event);
  return { run: fold.run, events: recorded, plan };
}

export const started = (path: string, attempt = 1, more: object = {}): EventBody => ({
  type: 'step.started',
  path,
  attempt,
  ...more,
});

export const completed = (path: string): EventBody => ({ type: 'step.completed', path });

export const failed = (path: string, attempt: number): EventBody => ({
  type: 'step.failed',
  path,
  attempt,
  error: { code: 'tool-failed', message: 'answered 503', step: path, retryable: true },
});

/** A question of a step, and its answer. */
export function asked(path: string): { raised: EventBody; resolved: EventBody } {
  const clarification = question({ category: 'Input', argument_name: 'x', path });
  return {
    raised: { type: 'clarification.raised', clarification: { ...clarification, plan_run_id: RUN_ID } },
    resolved: { type: 'clarification.resolved', id: clarification.id, response: 1, channel: 'flag' },
  };
}

export const paused: EventBody = { type: 'run.paused', reason: 'clarification', next: 'portia resume' };
export const resumed: EventBody = { type: 'run.resumed' };
