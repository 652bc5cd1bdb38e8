import { expect, test } from 'vitest';

import { readResource, readTraceSettings } from '../../src/traces/trace-settings.js';

const AT = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' };

function collectorOf(environment: Record<string, string>) {
  const read = readTraceSettings(environment);
  if (read.kind !== 'on') throw new Error(JSON.stringify(read));
  return { ...read.settings.collector, url: read.settings.collector.url.href };
}

test.each([
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://a:4318' }, 'http://a:4318/v1/traces'],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'https://a/otlp/' }, 'https://a/otlp/v1/traces'],
  [{ ...AT, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://b:1/own?x=1' }, 'http://b:1/own?x=1'],
])('when the environment has %j then spans go to %s', (environment, url) => {
  expect(collectorOf(environment).url).toBe(url);
});

test('when headers and a time limit are given then those for traces come first', () => {
  const all = {
    OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20a%2Cb, x-team=core',
    OTEL_EXPORTER_OTLP_TIMEOUT: '70',
  };
  expect(collectorOf({ ...AT, ...all })).toMatchObject({
    headers: { authorization: 'Bearer a,b', 'x-team': 'core' },
    timeoutMs: 70,
  });
  const own = { OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'x-own=1', OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: '80' };
  expect(collectorOf({ ...AT, ...all, ...own })).toMatchObject({ headers: { 'x-own': '1' }, timeoutMs: 80 });
  expect(collectorOf(AT)).toMatchObject({ headers: {}, timeoutMs: 10_000 });
});

test.each([
  [{}, 'portia'],
  [{ OTEL_RESOURCE_ATTRIBUTES: 'service.name=shop,team=core' }, 'shop'],
  [{ OTEL_RESOURCE_ATTRIBUTES: 'service.name=shop', OTEL_SERVICE_NAME: 'till' }, 'till'],
  [{ OTEL_RESOURCE_ATTRIBUTES: 'service.name=shop,broken' }, 'portia'],
])('when the environment has %j then spans come from %s', (environment, name) => {
  expect(readResource(environment)['service.name']).toBe(name);
});

test.each([
  [
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'localhost:4318' },
    'OTEL_EXPORTER_OTLP_ENDPOINT is localhost:4318, and that is not an address of HTTP',
  ],
  [
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'ftp://a' },
    'OTEL_EXPORTER_OTLP_ENDPOINT is ftp://a, and that is not an address of HTTP',
  ],
  [
    { ...AT, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf' },
    'OTEL_EXPORTER_OTLP_PROTOCOL is http/protobuf, and portia speaks http/json only',
  ],
  [
    { ...AT, OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'grpc', OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' },
    'OTEL_EXPORTER_OTLP_TRACES_PROTOCOL is grpc, and portia speaks http/json only',
  ],
  [{ ...AT, OTEL_EXPORTER_OTLP_HEADERS: 'secret' }, 'OTEL_EXPORTER_OTLP_HEADERS is not a list of headers'],
  [{ ...AT, OTEL_EXPORTER_OTLP_HEADERS: 'a=b%0Ac' }, 'OTEL_EXPORTER_OTLP_HEADERS is not a list of headers'],
  [{ ...AT, OTEL_EXPORTER_OTLP_TIMEOUT: 'soon' }, 'the time limit of OTLP is soon, and not milliseconds'],
])('when the environment has %j then nothing can be sent, and that is said', (environment, problem) => {
  expect(readTraceSettings(environment)).toMatchObject({ kind: 'unusable', problem });
});

test.each([
  {},
  { OTEL_EXPORTER_OTLP_ENDPOINT: ' ' },
  { ...AT, OTEL_SDK_DISABLED: 'TRUE' },
  { ...AT, OTEL_TRACES_EXPORTER: 'none' },
])('when the environment has %j then traces are off', (environment) => {
  expect(readTraceSettings(environment)).toEqual({ kind: 'off' });
});
