import { PortiaError } from '../domain/errors.js';
import type { EventBody, RunEvent } from '../domain/run/events.js';
import type { RunId } from '../domain/values/ids.js';
import { isJsonObject } from '../domain/values/json.js';

type Kind = 'string' | 'number' | 'boolean' | 'object' | 'list';

/** The fields that the fold and the executor rely on. Fields that are not named here may be anything. */
const FIELDS = {
  'run.created': { plan_id: 'string', plan_digest: 'string', step_count: 'number', plan_run_inputs: 'object' },
  'run.imported': { snapshot: 'object', digest: 'string' },
  'run.queued': { priority: 'number' },
  'run.placed': { host: 'string', machine: 'string' },
  'run.started': {},
  'run.resumed': {},
  'run.paused': { reason: 'string', next: 'string' },
  'run.interrupted': { signal: 'string' },
  'run.completed': {},
  'run.failed': { error: 'object' },
  'run.cancelled': { reason: 'string' },
  'step.started': { path: 'string', attempt: 'number' },
  'step.completed': { path: 'string' },
  'step.skipped': { path: 'string', reason: 'string' },
  'step.failed': { path: 'string', attempt: 'number', error: 'object' },
  'step.settled': { path: 'string', how: 'string' },
  'wait.started': { key: 'string', path: 'string' },
  'signal.received': { key: 'string', path: 'string', id: 'string', data: 'object' },
  'condition.evaluated': { path: 'string', outcome: 'string' },
  'model.started': { key: 'string', path: 'string' },
  'model.finished': { key: 'string', path: 'string', reply: 'object', usage: 'object' },
  'model.failed': { key: 'string', path: 'string', error: 'object' },
  'tool.started': { key: 'string', path: 'string', tool_id: 'string', effect: 'string', args: 'object' },
  'tool.finished': { key: 'string', path: 'string', outcome: 'object' },
  'tool.failed': { key: 'string', path: 'string', message: 'string', retryable: 'boolean', not_done: 'boolean' },
  'readiness.checked': { waiting: 'list' },
  'hook.called': { key: 'string', hook: 'string' },
  'hook.changed': { key: 'string', hook: 'string', did: 'list', reply: 'object' },
  'hook.failed': { key: 'string', hook: 'string', error: 'object' },
  'clarification.raised': { clarification: 'object' },
  'clarification.joined': { id: 'string', key: 'string' },
  'clarification.resolved': { id: 'string' },
  'clarification.expired': { id: 'string' },
  'approval.given': { id: 'string' },
  'answer.given': { selector: 'string', form: 'string' },
  'tool.changed': { tool_id: 'string' },
  'consents.confirmed': { digest: 'string', consents: 'list' },
  'memory.stored': { path: 'string', digest: 'string' },
  warning: { message: 'string' },
} satisfies Record<EventBody['type'], Record<string, Kind>>;
const FIELDS_OF = new Map(Object.entries(FIELDS).map(([type, fields]) => [type, Object.entries<Kind>(fields)]));

/**
 * The value as the event number `seq` of the run. Throws `unreadable`, or `newer-version` for a log that a newer portia wrote.
 * Types that this version does not know pass.
 */
export function readEvent(value: unknown, expected: { seq: number; runId: RunId; where: string }): RunEvent {
  const problem = problemOf(value, expected);
  if (problem === undefined) return value as RunEvent;
  throw problem;
}

function problemOf(value: unknown, expected: { seq: number; runId: RunId; where: string }): PortiaError | undefined {
  const broken = (why: string): PortiaError =>
    new PortiaError('unreadable', `${expected.where} is not a valid event.`, {
      why,
      fix: 'Restore events.ndjson from a backup; nothing was changed.',
      runId: expected.runId,
    });
  if (!isJsonObject(value)) return broken('It is not an object.');
  const { v, seq, ts, run_id: runId, type } = value;
  if (typeof v === 'number' && v > 1) return newerLog(expected, v);
  if (v !== 1) return broken('Its version "v" is not 1.');
  if (seq !== expected.seq) return broken(`Its "seq" is ${JSON.stringify(seq)} and ${expected.seq} is expected.`);
  if (runId !== expected.runId) return broken(`It belongs to another run: ${JSON.stringify(runId)}.`);
  if (typeof ts !== 'string' || typeof type !== 'string') return broken('Its "ts" or "type" is not a text.');
  if (seq === 1 && type !== 'run.created' && type !== 'run.imported') return broken('A log begins with run.created.');
  if (seq > 1 && (type === 'run.created' || type === 'run.imported')) return broken('A run begins only once.');
  const wrong = wrongField(value, type);
  return wrong === undefined ? undefined : broken(`Its "${wrong}" is missing or of the wrong type.`);
}

function newerLog(expected: { runId: RunId; where: string }, version: number): PortiaError {
  return new PortiaError('newer-version', `${expected.where} was written by a newer portia.`, {
    why: `Its version is ${version}; this one reads version 1.`,
    fix: 'Update portia: git pull && npm ci in its folder; nothing was changed.',
    runId: expected.runId,
  });
}

function wrongField(event: Record<string, unknown>, type: string): string | undefined {
  return FIELDS_OF.get(type)?.find(([name, kind]) => {
    const field = event[name];
    if (kind === 'list') return !Array.isArray(field);
    return kind === 'object' ? !isJsonObject(field) : typeof field !== kind;
  })?.[0];
}
