import { digestText } from '../values/digest.js';
import type { Json } from '../values/json.js';
import { stepNumber } from '../plan/step-path.js';
import type { RunError } from '../errors.js';
import type { RunId } from '../values/ids.js';
import type { Clarification } from './clarification.js';
import type { EventOf, Recorded } from './events.js';
import type { Run, StepStatus } from './run.js';
import { readTraceparent } from './traceparent.js';

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
export function traceId({ id, traceparent }: Pick<Run, 'id' | 'traceparent'>): string {
  return readTraceparent(traceparent)?.traceId ?? digestText(`trace ${id}`).slice(0, 32);
}

/** What a span is inside of, and when it ended. */
export interface Around {
  /** The id of that span. */
  parent: string;
  /** ISO 8601, UTC. */
  end: string;
}

/** The whole of a run, as if it ended at that time. */
export function runSpan(run: Run, end: string): TraceSpan {
  const { id, plan_id, state, metadata, error, parent_run: outer, usage, traceparent } = run;
  return {
    id: runSpanId(id),
    parent: outer ? stepSpanId(outer.id, outer.path) : readTraceparent(traceparent)?.spanId,
    name: 'invoke_workflow',
    kind: 'internal',
    from: metadata.created_at,
    to: end,
    attributes: {
      'gen_ai.operation.name': 'invoke_workflow',
      'portia.run.id': id,
      'portia.plan.id': plan_id,
      'portia.run.state': state,
      'gen_ai.usage.input_tokens': usage.input_tokens,
      'gen_ai.usage.output_tokens': usage.output_tokens,
    },
    error: error?.code,
  };
}

/** A step with all its attempts. */
export interface StepDone {
  /** Of its span. */
  id: string;
  status: StepStatus;
  attempts: number;
  /** ISO 8601, UTC. */
  from: string;
  error?: RunError | undefined;
}

export function stepSpan(path: string, step: StepDone, { parent, end }: Around): TraceSpan {
  const { id, status, attempts, from, error } = step;
  return {
    id,
    parent,
    name: `step ${stepNumber(path)}`,
    kind: 'internal',
    from,
    to: end,
    attributes: { 'portia.step.path': path, 'portia.step.status': status, 'portia.step.attempts': attempts },
    error: error?.code,
  };
}

/** What the conventions call providers that have another name there. */
const PROVIDERS: Readonly<Record<string, string>> = {
  azure: 'azure.ai.openai',
  bedrock: 'aws.bedrock',
  google: 'gcp.gemini',
  mistral: 'mistral_ai',
  vertex: 'gcp.vertex_ai',
  xai: 'x_ai',
};

/** A call of a model, with the id of its span; without `ended` one that was cut off. */
export function modelSpan(
  started: EventOf<'model.started'>,
  ended: EventOf<'model.finished' | 'model.failed'> | undefined,
  { id, parent, end }: Around & { id: string },
): TraceSpan {
  const [provider = '', ...rest] = started.model.split('/');
  const model = rest.length === 0 ? started.model : rest.join('/');
  return {
    id,
    parent,
    name: `chat ${model}`,
    kind: 'client',
    from: started.ts,
    to: end,
    attributes: {
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': rest.length === 0 ? 'unknown' : (PROVIDERS[provider] ?? provider),
      'gen_ai.request.model': model,
      ...(ended?.type === 'model.finished' && ended.served !== undefined && { 'gen_ai.response.model': ended.served }),
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

/** A call of a tool, with the id of its span; without `ended` one that was cut off. */
export function toolSpan(
  started: EventOf<'tool.started'>,
  ended: EventOf<'tool.finished' | 'tool.failed'> | undefined,
  { id, parent, end, hasContent }: Around & TraceOptions & { id: string },
): TraceSpan {
  const output = ended?.type === 'tool.finished' && ended.outcome.kind === 'output' ? ended.outcome.output : undefined;
  return {
    id,
    parent,
    name: `execute_tool ${started.tool_id}`,
    kind: 'internal',
    from: started.ts,
    to: end,
    attributes: {
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': started.tool_id,
      'gen_ai.tool.type': 'function',
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

/** The wait for an answer; undefined where nobody knows when it began. */
export function questionSpan(
  { id }: Run,
  question: Clarification,
  { parent, end, hasContent }: Around & TraceOptions,
): TraceSpan | undefined {
  const { raised_at: from, resolved_at: to, category, channel, user_guidance: text } = question;
  if (from === undefined) return undefined;
  return {
    id: spanId(`span ${id} question ${question.id}`),
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

export function runSpanId(id: RunId): string {
  return spanId(`span ${id}`);
}

export function stepSpanId(id: RunId, path: string): string {
  return spanId(`span ${id} step ${path}`);
}

/** What the ids of the spans of a run's calls begin with: 8 hex digits. */
export function callSpanPrefix(id: RunId): string {
  return spanId(`span ${id} calls`).slice(0, 8);
}

/** A call that is made again has the same key, and is another span. */
export function callSpanId(prefix: string, { seq }: EventOf<'model.started' | 'tool.started'>): string {
  return `${prefix}${seq.toString(16).padStart(8, '0')}`;
}

function spanId(what: string): string {
  return digestText(what).slice(0, 16);
}
