import { extname } from 'node:path';

import { parseJson } from '../../documents/parse-json.js';
import { PortiaError } from '../../domain/errors.js';
import { decodeText } from '../../domain/values/decode-text.js';
import { depthOf, MAX_DEPTH, type Json } from '../../domain/values/json.js';
import { shownUrl } from '../../domain/values/secret-names.js';
import { keptDigitsOf } from '../../domain/values/whole-numbers.js';
import { guardedFetch, RequestFault } from '../../tools/guarded-fetch.js';

/** The longest document that is fetched; a file may be as long as any that a command reads. */
const MAX_BYTES = 64 * 1024 * 1024;
const TIMEOUT_MS = 60_000;

/** The text of a document, and the address where it is. Rejects with a PortiaError, or the reason of the signal. */
export async function fetchDocument(url: URL, signal: AbortSignal): Promise<{ text: string; base: URL }> {
  const shown = shownUrl(url.href);
  const headers = { accept: 'application/json, application/yaml, text/yaml, */*;q=0.5' };
  try {
    // Whoever typed the address means it, also in a private network.
    const answer = await guardedFetch({
      url,
      signal,
      headers,
      mayBePrivate: true,
      timeoutMs: TIMEOUT_MS,
      maxBytes: MAX_BYTES,
    });
    if (answer.status < 200 || answer.status > 299) {
      throw unfetched(shown, `${answer.url.host} answered with status ${answer.status}.`);
    }
    const decoded = decodeText(answer.body);
    if (!decoded.ok) throw new PortiaError('unreadable', `${shown} cannot be read.`, decoded);
    return { text: decoded.text, base: answer.url };
  } catch (error) {
    if (error instanceof RequestFault) throw unfetched(shown, `${error.message}.`);
    throw error;
  }
}

function unfetched(shown: string, why: string): PortiaError {
  return new PortiaError('unavailable', `${shown} cannot be fetched.`, {
    why,
    fix: 'Open the address in a browser, or give the document as a file.',
    retryable: true,
  });
}

/** A JSON or YAML document from elsewhere. Whole numbers that a number cannot keep are texts. Rejects with `unreadable`. */
export async function parseApiText(text: string, name: string): Promise<Json> {
  const plain = text.replace(/^\uFEFF/, '');
  const fail = (why: string, fix: string) => new PortiaError('unreadable', `${name} cannot be read.`, { why, fix });
  if (/^\s*<(?:!doctype|html)/i.test(plain)) {
    throw fail('It is a web page.', 'Give the address of the document itself, which often ends in openapi.json.');
  }
  if (/^\s*[{[]/.test(plain) || extname(name) === '.json') {
    const kept = keptDigitsOf(plain);
    if (kept !== undefined && depthOf(kept.value) <= MAX_DEPTH) return kept.value;
    if (kept !== undefined)
      throw fail(`It is nested deeper than ${MAX_DEPTH} levels.`, 'Give a document without such a part.');
    const parsed = parseJson(plain);
    if (parsed.ok) return parsed.value;
    throw fail(`It is not JSON. Line ${parsed.line}, column ${parsed.column}: ${parsed.problem}.`, parsed.fix);
  }
  const { parseYaml } = await import('../../documents/parse-yaml.js');
  const limits = { maxDepth: MAX_DEPTH, plainNames: true, keptDigits: () => {}, onLostZero: () => {} };
  const parsed = parseYaml(plain, limits);
  if (parsed.ok) return parsed.value;
  const { line, column, problem, fix = `Correct line ${line}.` } = parsed;
  throw fail(`It is not YAML. Line ${line}, column ${column}: ${problem}.`, fix);
}
