import { isJsonObject, type Json } from '../values/json.js';
import { withoutPersonalData } from '../values/personal-data.js';
import type { RunEvent } from './events.js';
import type { HiddenValues } from './hidden-values.js';
import { PAUSE_REASONS } from './run-states.js';

/** What portia itself says in an event: how it is built, when, how long, how much. All else is data of people. */
const KEPT: ReadonlySet<string> = new Set([
  ...[
    'v',
    'seq',
    'ts',
    'type',
    'run_id',
    'plan_id',
    'plan_digest',
    'step_count',
    'parent_run',
    'stubbed',
    'plans',
    'tools',
  ],
  ...[
    'id',
    'path',
    'attempt',
    'sub_run',
    'of',
    'output_name',
    'output',
    'final_output',
    'failed',
    'count',
    'exhausted',
  ],
  ...[
    'error',
    'code',
    'step',
    'retryable',
    'by_exit',
    'caught_by',
    'outcome',
    'kind',
    'key',
    'role',
    'model',
    'request',
  ],
  ...['reply', 'memory', 'bytes', 'ms', 'usage', 'usage_inside', 'calls', 'input_tokens', 'output_tokens', 'estimated'],
  ...['tool_id', 'effect', 'idempotency_key', 'not_done', 'unavailable', 'may_have_acted', 'how', 'form', 'channel'],
  ...[
    'selector',
    'given',
    'clarification',
    'clarifications',
    'category',
    'resolved',
    'source',
    'argument_name',
    'name',
  ],
  ...['plan_run_id', 'raised_at', 'resolved_at', 'multiple', 'may_keep', 'only_this', 'snapshot', 'state', 'outputs'],
  ...[
    'current_step_index',
    'pause',
    'steps',
    'step_totals',
    'status',
    'attempts',
    'started_at',
    'finished_at',
    'completed',
  ],
  ...[
    'skipped',
    'metadata',
    'schema_version',
    'created_at',
    'updated_at',
    'last_seq',
    'shortened',
    'signal',
    'asked_again',
    'fallback',
    'hook',
    'did',
    'waiting',
    'provider',
    'joined',
  ],
]);
/** Sentences, which may have data in them. */
const TEXTS: ReadonlySet<string> = new Set(['message', 'why', 'fix', 'next']);
/** Values by names that the plan gives. */
const BY_NAME: ReadonlySet<string> = new Set(['plan_run_inputs', 'step_outputs']);
const VALUES_BY_NAME: ReadonlySet<string> = new Set(['items', 'args']);
/** Of no use without the log that they are of. */
const LEFT_OUT: ReadonlySet<string> = new Set([
  ...['prev', 'log_digest', 'signature', 'process', 'driver'],
  ...['facts', 'schema', 'kept', 'tool_fingerprint', 'asked', 'sources'],
]);

/** What becomes of values and of sentences. */
interface Redaction {
  value(value: Json): Json;
  sentence(text: string): Json;
}

/** The event for people who must not see the data of the run: every value is a mark that says what it was. */
export function redactedEvent(event: RunEvent, hidden: HiddenValues): object {
  const sentence = (text: string) => withoutPersonalData(hidden.hide(text));
  return redactedFields(event, { value: markOf, sentence });
}

/** Adds the values of the event that are taken out of it: no sentence may have them either. */
export function addValues(event: RunEvent, hidden: HiddenValues): void {
  redactedFields(event, {
    value(value) {
      hidden.add(value);
      return null;
    },
    sentence: (text) => text,
  });
}

function redactedFields(fields: object, redaction: Redaction): { [key: string]: Json } {
  const redacted: { [key: string]: Json } = {};
  for (const [key, value] of Object.entries(fields)) {
    if (value !== undefined && !LEFT_OUT.has(key)) redacted[key] = redactedField(key, value as Json, redaction);
  }
  return redacted;
}

function redactedField(key: string, value: Json, redaction: Redaction): Json {
  const kept = (part: Json) => keptPart(part, redaction);
  if (BY_NAME.has(key) && isJsonObject(value)) return mapValues(value, kept);
  if (VALUES_BY_NAME.has(key) && isJsonObject(value))
    return mapValues(value, (item, name) => (name === 'memory' ? kept(item) : redaction.value(item)));
  if (key === 'by' || key === 'answered_by') return { user: REDACTED, host: REDACTED };
  if (TEXTS.has(key) && typeof value === 'string') return redaction.sentence(value);
  if (KEPT.has(key) || isPauseReason(key, value)) return kept(value);
  return Array.isArray(value) ? value.map(redaction.value) : redaction.value(value);
}

/** Other reasons are sentences of a model. */
function isPauseReason(key: string, value: Json): boolean {
  return key === 'reason' && PAUSE_REASONS.some((reason) => reason === value);
}

/** A part of the event's own structure. */
function keptPart(value: Json, redaction: Redaction): Json {
  if (Array.isArray(value)) return value.map((item) => keptPart(item, redaction));
  return isJsonObject(value) ? redactedFields(value, redaction) : value;
}

function mapValues(
  object: { [key: string]: Json },
  change: (value: Json, name: string) => Json,
): { [key: string]: Json } {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, change(value, name)]));
}

const REDACTED = '[redacted]';

/** What stands for a value: its kind and size. */
function markOf(value: Json): Json {
  if (value === null) return null;
  if (typeof value === 'string') return `[redacted: text of ${value.length} characters]`;
  if (Array.isArray(value)) return `[redacted: list of ${value.length} items]`;
  return typeof value === 'object' ? '[redacted: object]' : `[redacted: ${typeof value}]`;
}

/** A plan for the same people: what its author wrote stays, without personal data. */
export function redactedPlan(plan: unknown): Json {
  if (typeof plan === 'string') return withoutPersonalData(plan);
  if (Array.isArray(plan)) return plan.map(redactedPlan);
  if (isJsonObject(plan)) return mapValues(plan, redactedPlan);
  return typeof plan === 'number' || typeof plan === 'boolean' ? plan : null;
}
