import type { Environment } from '../domain/environment.js';
import { shownUrl } from '../domain/values/secret-names.js';

/** Where spans are sent, and with what. */
export interface Collector {
  url: URL;
  headers: Readonly<Record<string, string>>;
  /** How long one request may take, in milliseconds. */
  timeoutMs: number;
}

export interface TraceSettings {
  collector: Collector;
  /** What the spans come from, apart from its version. */
  resource: Readonly<Record<string, string>>;
  /** Whether arguments, results and questions are part of the spans. */
  hasContent: boolean;
}

/** `off`: nobody wants traces. A `problem` is a sentence. */
export type TracesRead =
  | { kind: 'off' }
  | { kind: 'unusable'; problem: string; fix: string }
  | { kind: 'on'; settings: TraceSettings };

const TIMEOUT_MS = 10_000;
const PROTOCOL = 'http/json';

/** What the variables of OpenTelemetry say. Those that are for traces come before those for everything. */
export function readTraceSettings(environment: Environment): TracesRead {
  const find = (name: string) => environment[name]?.trim() || undefined;
  const endpoint = endpointIn(find);
  if (endpoint === undefined || isOff(find)) return { kind: 'off' };
  try {
    const timeout = find('OTEL_EXPORTER_OTLP_TRACES_TIMEOUT') ?? find('OTEL_EXPORTER_OTLP_TIMEOUT');
    refuseOtherProtocols(find);
    const settings: TraceSettings = {
      collector: {
        url: readUrl(endpoint),
        headers: readHeaders(find),
        timeoutMs: timeout === undefined ? TIMEOUT_MS : readMs(timeout),
      },
      resource: readResource(environment),
      hasContent: /^(?:true|span_only|span_and_event)$/i.test(
        find('OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT') ?? '',
      ),
    };
    return { kind: 'on', settings };
  } catch (error) {
    if (!(error instanceof Unusable)) throw error;
    return { kind: 'unusable', problem: error.message, fix: error.fix };
  }
}

/** `service.name` and whatever else the variables say of what the spans come from. */
export function readResource(environment: Environment): Record<string, string> {
  const given = environment['OTEL_RESOURCE_ATTRIBUTES'] ?? '';
  const name = environment['OTEL_SERVICE_NAME']?.trim() || undefined;
  // The specification says that a list with a part that cannot be read is ignored as a whole.
  const attributes = readPairs(given) ?? {};
  return { 'service.name': 'portia', ...attributes, ...(name !== undefined && { 'service.name': name }) };
}

type Find = (name: string) => string | undefined;

class Unusable extends Error {
  readonly fix: string;

  constructor(problem: string, fix: string) {
    super(problem);
    this.fix = fix;
  }
}

interface Endpoint {
  name: string;
  text: string;
  /** What is added to it. */
  path: string;
}

function endpointIn(find: Find): Endpoint | undefined {
  const own = 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT';
  const forAll = 'OTEL_EXPORTER_OTLP_ENDPOINT';
  const text = find(own);
  if (text !== undefined) return { name: own, text, path: '' };
  const base = find(forAll);
  return base === undefined ? undefined : { name: forAll, text: base, path: 'v1/traces' };
}

function isOff(find: Find): boolean {
  return find('OTEL_SDK_DISABLED')?.toLowerCase() === 'true' || find('OTEL_TRACES_EXPORTER')?.toLowerCase() === 'none';
}

function refuseOtherProtocols(find: Find): void {
  const name = ['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', 'OTEL_EXPORTER_OTLP_PROTOCOL'].find((each) => find(each));
  const protocol = name && find(name);
  if (name === undefined || protocol === PROTOCOL) return;
  throw new Unusable(
    `${name} is ${protocol ?? ''}, and portia speaks ${PROTOCOL} only`,
    `${name}=${PROTOCOL}, and the port of the collector for HTTP, which is usually 4318`,
  );
}

function readUrl({ name, text, path }: Endpoint): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    const fix = `${name}=http://localhost:4318, or where your collector is`;
    throw new Unusable(`${name} is ${shownUrl(text)}, and that is not an address of HTTP`, fix);
  }
  if (path !== '') url.pathname = `${url.pathname.replace(/\/$/, '')}/${path}`;
  return url;
}

function readHeaders(find: Find): Record<string, string> {
  const own = 'OTEL_EXPORTER_OTLP_TRACES_HEADERS';
  const name = find(own) === undefined ? 'OTEL_EXPORTER_OTLP_HEADERS' : own;
  const headers = readPairs(find(name) ?? '');
  const isUsable =
    headers !== undefined &&
    Object.entries(headers).every(
      ([key, value]) => /^[!#$%&'*+.^_`|~\w-]+$/.test(key) && /^[\t\x20-\xff]*$/.test(value),
    );
  if (isUsable) return headers;
  throw new Unusable(
    `${name} is not a list of headers`,
    `${name}='name=value,other=value', with %2C for a comma in a value`,
  );
}

/** `a=1,b=2`, with percent-encoding. */
function readPairs(text: string): Record<string, string> | undefined {
  const pairs = text.split(',').filter((pair) => pair.trim() !== '');
  const read = pairs.map((pair) => {
    const place = pair.indexOf('=');
    return place < 1 ? [] : [pair.slice(0, place), pair.slice(place + 1)].map((part) => decoded(part.trim()));
  });
  const isWhole = (entry: (string | undefined)[]): entry is [string, string] =>
    entry.length === 2 && entry.every((part) => part !== undefined) && entry[0] !== '';
  return read.every(isWhole) ? Object.fromEntries(read) : undefined;
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function readMs(text: string): number {
  const ms = Number(text);
  if (Number.isInteger(ms) && ms > 0) return ms;
  throw new Unusable(`the time limit of OTLP is ${text}, and not milliseconds`, 'OTEL_EXPORTER_OTLP_TIMEOUT=10000');
}
