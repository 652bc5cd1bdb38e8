import type { TraceSpan } from '../domain/run/trace-spans.js';

/** As the JSON of OTLP numbers them. */
const KINDS = { internal: 1, client: 3 } as const;
const FAILED = 2;

/** A span with the trace that it is part of: 32 hex digits. */
export interface Traced {
  span: TraceSpan;
  traceId: string;
}

type Value = string | number | boolean;

/** Spans as OTLP/JSON (opentelemetry-proto 1.x, ExportTraceServiceRequest). */
export function otlpTraces(
  spans: readonly Traced[],
  { resource, version }: { resource: Readonly<Record<string, string>>; version: string },
): object {
  return {
    resourceSpans: [
      {
        resource: { attributes: attributesOf({ 'service.version': version, ...resource }) },
        scopeSpans: [{ scope: { name: 'portia', version }, spans: spans.map(otlpSpan) }],
      },
    ],
  };
}

function otlpSpan({ span, traceId }: Traced): object {
  const { id, parent, name, kind, from, to, attributes, error } = span;
  return {
    traceId,
    spanId: id,
    ...(parent !== undefined && { parentSpanId: parent }),
    name,
    kind: KINDS[kind],
    startTimeUnixNano: nanoseconds(from),
    endTimeUnixNano: nanoseconds(to),
    attributes: attributesOf(attributes, error),
    status: error === undefined ? {} : { code: FAILED },
  };
}

function attributesOf(attributes: Readonly<Record<string, Value>>, error?: string): object[] {
  const list = Object.keys(attributes).map((key) => ({ key, value: valueOf(attributes[key] ?? '') }));
  if (error !== undefined) list.push({ key: 'error.type', value: { stringValue: error } });
  return list;
}

function valueOf(value: Value): object {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}

/** Milliseconds are all that is known. */
function nanoseconds(time: string): string {
  return `${Date.parse(time)}000000`;
}
