import { digestText } from '../values/digest.js';
import type { Json } from '../values/json.js';
import { stepNumber, stepsAround } from '../plan/step-path.js';
import type { Clarification } from './clarification.js';
import type { Recorded, RunEvent } from './events.js';
import { callsIn, type RecordedModelCall, type RecordedToolCall } from './run-calls.js';
import type { Run, StepRecord } from './run.js';

/** A piece of work in a trace, in the words of OpenTelemetry. */
export interface TraceSpan {
  /** 16 hex digits. */
  id: string;
  /** Undefined for the run itself, unless it is done inside another one. */
  parent: string | undefined;
  name: string;
  kind: 'internal' | 'client';
  /** ISO 8601, UTC. */
  from: string;
  to: string;
  attributes: Readonly<Record<string, string | number | boolean>>;
  /** The code of the error that it ended with. */
  error: string | undefined;
}

export interface TraceOptions {
  /** Whether arguments, results and questions are part of it. */
  hasContent: boolean;
}

/** Of the trace that a run is part of: 32 hex digits. `root`: the outermost run around it. */
export function traceId(root: string): string {
  return digestText(`trace ${root}`).slice(0, 32);
}

/** The run, its steps, its calls of models and tools, and its questions, as spans; what has no end yet ends now. */
export function traceSpans(run: Run, events: readonly RunEvent[], { hasContent }: TraceOptions): TraceSpan[] {
  const end = events.at(-1)?.ts ?? run.metadata.updated_at;
  const known = new Set(run.steps.map(({ path }) => path));
  const around = (path: string): string => {
    const step = [path, ...stepsAround(path)].find((each) => known.has(each));
    return step === undefined ? spanId(run.id, 'run') : spanId(run.id, `step ${step}`);
  };
  const calls = callsIn(events).flatMap((call): TraceSpan[] => {
    if (call.kind === 'model') return [modelSpan(run, call, { parent: around(call.path), end })];
    return call.kind === 'tool' ? [toolSpan(run, call, { parent: around(call.path), end, hasContent })] : [];
  });
  const steps = run.steps.map((record) => stepSpan(run, record, { parent: around(parentOf(record.path)), end }));
  const questions = run.outputs.clarifications.flatMap((question) => {
    const path = question.path ?? String(question.step ?? 0);
    return questionSpan(run, question, { parent: around(path), end, hasContent }) ?? [];
  });
  return [runSpan(run, end), ...steps, ...calls, ...questions];
}

/** What a step outside of every other one is in: nothing has this path. */
function parentOf(path: string): string {
  return stepsAround(path)[0] ?? '';
}

interface Around {
  parent: string;
  end: string;
}

function runSpan({ id, plan_id, state, metadata, error, parent_run: outer, usage }: Run, end: string): TraceSpan {
  return {
    id: spanId(id, 'run'),
    parent: outer && spanId(outer.id, `step ${outer.path}`),
    name: 'run plan',
    kind: 'internal',
    from: metadata.created_at,
    to: end,
    attributes: {
      'portia.run.id': id,
      'portia.plan.id': plan_id,
      'portia.run.state': state,
      'gen_ai.usage.input_tokens': usage.input_tokens,
      'gen_ai.usage.output_tokens': usage.output_tokens,
    },
    error: error?.code,
  };
}

function stepSpan({ id }: Run, record: StepRecord, { parent, end }: Around): TraceSpan {
  const { path, status, attempts, started_at: from, finished_at: to, error } = record;
  return {
    id: spanId(id, `step ${path}`),
    parent,
    name: `step ${stepNumber(path)}`,
    kind: 'internal',
    from,
    to: to ?? end,
    attributes: { 'portia.step.path': path, 'portia.step.status': status, 'portia.step.attempts': attempts },
    error: error?.code,
  };
}

function modelSpan({ id }: Run, call: RecordedModelCall, { parent, end }: Around): TraceSpan {
  const { started, ended, startedAt: from, endedAt } = call;
  const [provider = '', ...rest] = started.model.split('/');
  const model = rest.length === 0 ? started.model : rest.join('/');
  return {
    id: spanId(id, started.key),
    parent,
    name: `chat ${model}`,
    kind: 'client',
    from,
    to: endedAt ?? end,
    attributes: {
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': rest.length === 0 ? 'unknown' : provider,
      'gen_ai.request.model': model,
      'portia.model.role': started.role,
      ...(started.purpose !== undefined && { 'portia.model.purpose': started.purpose }),
      ...(ended?.usage && {
        'gen_ai.usage.input_tokens': ended.usage.input_tokens,
        'gen_ai.usage.output_tokens': ended.usage.output_tokens,
      }),
    },
    error: ended?.type === 'model.failed' ? ended.error.code : ended === undefined ? CUT_OFF : undefined,
  };
}

/** Of a call without an end: nobody heard how it went. */
const CUT_OFF = 'cut-off';

function toolSpan(
  { id }: Run,
  { started, ended, startedAt: from, endedAt }: RecordedToolCall,
  { parent, end, hasContent }: Around & TraceOptions,
): TraceSpan {
  const output = ended?.type === 'tool.finished' && ended.outcome.kind === 'output' ? ended.outcome.output : undefined;
  return {
    id: spanId(id, started.key),
    parent,
    name: `execute_tool ${started.tool_id}`,
    kind: 'internal',
    from,
    to: endedAt ?? end,
    attributes: {
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': started.tool_id,
      'gen_ai.tool.call.id': started.idempotency_key,
      'portia.tool.effect': started.effect,
      ...(hasContent && contentOf('gen_ai.tool.call.arguments', started.args)),
      ...(hasContent && output !== undefined && contentOf('gen_ai.tool.call.result', output)),
    },
    error: ended?.type === 'tool.failed' ? 'tool-failed' : ended === undefined ? CUT_OFF : undefined,
  };
}

function contentOf(name: string, recorded: Recorded): Record<string, string> {
  if ('value' in recorded) return { [name]: textOf(recorded.value) };
  return {};
}

function textOf(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function questionSpan(
  { id }: Run,
  question: Clarification,
  { parent, end, hasContent }: Around & TraceOptions,
): TraceSpan | undefined {
  const { raised_at: from, resolved_at: to, category, channel, user_guidance: text } = question;
  if (from === undefined) return undefined;
  return {
    id: spanId(id, question.id),
    parent,
    name: 'wait for a person',
    kind: 'internal',
    from,
    to: to ?? end,
    attributes: {
      'portia.question.id': question.id,
      'portia.question.category': category,
      'portia.question.answered': question.resolved,
      ...(channel !== undefined && { 'portia.question.channel': channel }),
      ...(hasContent && { 'portia.question.text': text }),
    },
    error: undefined,
  };
}

function spanId(run: string, what: string): string {
  return digestText(`span ${run} ${what}`).slice(0, 16);
}
