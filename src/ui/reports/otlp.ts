import type { TraceSpan } from '../../domain/run/trace-spans.js';

/** As the JSON of OTLP numbers them. */
const KINDS = { internal: 1, client: 3 } as const;
const FAILED = 2;

type Value = string | number | boolean;

/** Spans as OTLP/JSON (opentelemetry-proto 1.x, ExportTraceServiceRequest). */
export function otlpTraces(
  spans: readonly TraceSpan[],
  { traceId, service, version }: { traceId: string; service: string; version: string },
): object {
  return {
    resourceSpans: [
      {
        resource: { attributes: attributesOf({ 'service.name': service, 'service.version': version }) },
        scopeSpans: [{ scope: { name: 'portia', version }, spans: spans.map((span) => otlpSpan(span, traceId)) }],
      },
    ],
  };
}

function otlpSpan({ id, parent, name, kind, from, to, attributes, error }: TraceSpan, traceId: string): object {
  return {
    traceId,
    spanId: id,
    ...(parent !== undefined && { parentSpanId: parent }),
    name,
    kind: KINDS[kind],
    startTimeUnixNano: nanoseconds(from),
    endTimeUnixNano: nanoseconds(to),
    attributes: attributesOf({ ...attributes, ...(error !== undefined && { 'error.type': error }) }),
    status: error === undefined ? {} : { code: FAILED },
  };
}

function attributesOf(attributes: Readonly<Record<string, Value>>): object[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: valueOf(value) }));
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
