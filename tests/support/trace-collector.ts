import { expect } from 'vitest';

import { startJsonServer, type Answer, type Asked } from './json-server.js';

export interface CollectedSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: { key: string; value: Record<string, string | boolean | number> }[];
  status: { code?: number; message?: string };
}

interface Collector {
  /** For `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  endpoint: string;
  asked: Asked[];
  /** All spans so far, in order of arrival. */
  spans(): CollectedSpan[];
  /** All that came so far, as one text. */
  text(): string;
}

/** A collector of OTLP/HTTP that refuses what the protocol does not know. `answer` says something else than "taken". */
export async function startCollector(
  answer: (asked: Asked, count: number) => Answer | undefined = () => undefined,
): Promise<Collector> {
  const { origin, asked } = await startJsonServer((request, count) => {
    expect(request.line).toBe('POST /v1/traces');
    expect(request.headers['content-type']).toBe('application/json');
    for (const span of spansIn(request)) expectSpan(span);
    return answer(request, count) ?? { body: { partialSuccess: {} } };
  });
  const spans = () => asked.flatMap(spansIn);
  return { endpoint: origin, asked, spans, text: () => JSON.stringify(asked.map(({ body }) => body)) };
}

interface Traces {
  resourceSpans: {
    resource: { attributes: object[] };
    scopeSpans: { scope: { name: string }; spans: CollectedSpan[] }[];
  }[];
}

function spansIn({ body }: Asked): CollectedSpan[] {
  const { resourceSpans } = body as unknown as Traces;
  return resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans));
}

const KEYS = [
  'traceId',
  'spanId',
  'parentSpanId',
  'name',
  'kind',
  'startTimeUnixNano',
  'endTimeUnixNano',
  'attributes',
  'status',
];

function expectSpan(span: CollectedSpan): void {
  expect(KEYS).toEqual(expect.arrayContaining(Object.keys(span)));
  expect(span.traceId).toMatch(/^(?!0+$)[0-9a-f]{32}$/);
  expect(span.spanId).toMatch(/^(?!0+$)[0-9a-f]{16}$/);
  if (span.parentSpanId !== undefined) expect(span.parentSpanId).toMatch(/^[0-9a-f]{16}$/);
  expect([1, 3]).toContain(span.kind);
  expect(span.startTimeUnixNano).toMatch(/^\d{19}$/);
  expect(BigInt(span.endTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(span.startTimeUnixNano));
  for (const { key, value } of span.attributes) {
    expect(key).toMatch(/^(?:gen_ai|portia|error)\.[a-z_.]+$/);
    expect(['stringValue', 'boolValue', 'intValue', 'doubleValue']).toEqual(expect.arrayContaining(Object.keys(value)));
    if ('intValue' in value) expect(value['intValue']).toMatch(/^-?\d+$/);
  }
}
