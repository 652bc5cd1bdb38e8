import { secretInUrl, shownUrl } from '../../domain/values/secret-names.js';
import type { Json } from '../../domain/values/json.js';
import { LONGEST_TIMER_MS } from '../../timing/limit.js';
import { fetchJson, readBaseUrl, type BoundedReply } from '../bounded-fetch.js';
import type { Readiness, ToolContext, ToolEnvironment } from '../tool.js';

const KEY = 'TAVILY_API_KEY';
const BASE_URL_VARIABLE = 'TAVILY_BASE_URL';
const STANDARD_URL = 'https://api.tavily.com/';

/** The tool whose settings say where Tavily is, for all of its tools. */
const SETTINGS_OF = 'search_tool';

/** Some pages are long, and a crawl gives hundreds. */
const MAX_BYTES = 20_000_000;

/** Whether Tavily can be asked: there is a key, and an address to which it may go. */
export function tavilyReadiness(environment: ToolEnvironment): Readiness {
  if (environment.variable(KEY)) {
    const address = readAddress(environment);
    return 'url' in address ? { ready: true } : { ready: false, why: address.why, fix: address.fix };
  }
  const why = `${KEY} is not set; the web is searched and read by Tavily.`;
  return { ready: false, why, fix: `export ${KEY}=tvly-…   # a key from https://tavily.com` };
}

interface TavilyRequest {
  endpoint: 'search' | 'extract' | 'crawl' | 'map';
  /** What is undefined is not sent. */
  body: Record<string, Json | undefined>;
  /** Default: the time of the call is the only limit. */
  timeoutMs?: number;
}

/** What Tavily answers. */
export async function askTavily(
  { environment, signal }: ToolContext,
  { endpoint, body, timeoutMs = LONGEST_TIMER_MS }: TavilyRequest,
): Promise<BoundedReply> {
  const ready = tavilyReadiness(environment);
  if (!ready.ready) return unready(ready);
  const address = readAddress(environment);
  if (!('url' in address)) return unready(address);
  return fetchJson({
    url: new URL(endpoint, address.url),
    signal,
    service: 'Tavily',
    method: 'POST',
    headers: { authorization: `Bearer ${environment.variable(KEY) ?? ''}` },
    body: Object.fromEntries(
      Object.entries(body).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
    ),
    timeoutMs,
    maxBytes: MAX_BYTES,
  });
}

function unready({ why, fix }: { why: string; fix: string }): BoundedReply {
  return { ok: false, failure: { kind: 'failure', message: `${why} ${fix}`, retryable: false } };
}

type Address = { url: URL } | { why: string; fix: string };

/** Where to ask. The key goes to Tavily, or where whoever gave it says: no file sends on the shell's key. */
function readAddress(environment: ToolEnvironment): Address {
  const variable = environment.variable(BASE_URL_VARIABLE);
  const setting = environment.setting(SETTINGS_OF, 'base_url');
  const where = variable === undefined ? `The base_url of ${SETTINGS_OF}` : BASE_URL_VARIABLE;
  const url = readBaseUrl(variable ?? setting, STANDARD_URL);
  if (url === undefined) return { why: `${where} is not an address.`, fix: `Write for example ${STANDARD_URL}` };
  const secret = secretInUrl(url);
  if (secret !== undefined) {
    return { why: `${where} ${secret}.`, fix: `Write the address without it; the key goes in ${KEY}.` };
  }
  const from = variable === undefined ? { toolId: SETTINGS_OF, setting: 'base_url' } : { variable: BASE_URL_VARIABLE };
  const isTavily = url.origin === new URL(STANDARD_URL).origin;
  if (isTavily || environment.mayReceiveKey(KEY, { url: url.href, ...from })) return { url };
  const origin = variable === undefined ? undefined : environment.variableOrigin(BASE_URL_VARIABLE);
  const missing = origin === 'shell' ? `${KEY}=tvly-…` : `${BASE_URL_VARIABLE}=${shownUrl(url.href)}`;
  return {
    why: `${origin === 'dotenv' ? '.env' : where} would send ${KEY} to ${url.origin}, but the key and the address come from different places.`,
    fix: `If that is right: export ${missing}`,
  };
}
