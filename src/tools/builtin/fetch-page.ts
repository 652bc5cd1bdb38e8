import { messageOf } from '../../domain/errors.js';
import { isJsonObject, type Json } from '../../domain/values/json.js';
import { shownUrl } from '../../domain/values/secret-names.js';
import { guardedFetch, RequestFault, type GuardedAnswer, type GuardedRequest } from '../guarded-fetch.js';
import { failureOf, failureOfFault } from '../http/http-answer.js';
import type { ToolResult } from '../tool.js';
import { ContentRefused } from './content-refused.js';
import { decodePage } from './decode-page.js';
import { readInWorker } from './read-in-worker.js';

type Fetch = (request: GuardedRequest) => Promise<GuardedAnswer>;

/** What people read at an address of the public web. Rejects with the reason of the signal only. */
export async function fetchPage(
  address: string,
  signal: AbortSignal,
  fetch: Fetch = guardedFetch,
): Promise<ToolResult> {
  if (!URL.canParse(address)) {
    return failure(`${JSON.stringify(address)} is not an address. Write it whole, such as https://example.org/page.`);
  }
  try {
    const answer = await fetch({ url: new URL(address), headers: { accept: ACCEPT }, signal });
    if (answer.status < 200 || answer.status > 299) return failureOf(answer, 'read');
    return await readAnswer(answer, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof RequestFault) return failureOfFault(error, 'read');
    throw error;
  }
}

const ACCEPT = 'text/html, application/xhtml+xml, text/*, application/json, */*;q=0.5';

const HTML = /^(?:text\/html|application\/xhtml\+xml)$/;
const TEXT = /^text\/|[/+](?:json|xml|yaml|javascript|x-ndjson)$/;

async function readAnswer({ url, headers, body }: GuardedAnswer, signal: AbortSignal): Promise<ToolResult> {
  const said = headers['content-type'] ?? 'text/html';
  const type = said.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  const encoding = /;\s*charset\s*=\s*"?([\w-]+)/i.exec(said)?.[1];
  try {
    if (HTML.test(type)) {
      const job = { kind: 'page', content: body, options: { encoding }, address: url.href } as const;
      const { value } = await readInWorker(job, signal);
      return found(url, value);
    }
    if (TEXT.test(type)) return found(url, { title: null, text: decodePage(body, encoding) });
    return failure(`${shownUrl(url.href)} is ${type}, and only text is read.`);
  } catch (error) {
    if (!(error instanceof ContentRefused)) throw error;
    return failure(`${shownUrl(url.href)} cannot be read: ${messageOf(error)}.`);
  }
}

function found(url: URL, page: Json): ToolResult {
  const { title = null, text = '' } = isJsonObject(page) ? page : {};
  return { kind: 'output', value: { url: url.href, title, text } };
}

function failure(message: string): ToolResult {
  return { kind: 'failure', message, retryable: false };
}
