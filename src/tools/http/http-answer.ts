import { ExpressionError, describeFailure, resultAsJson } from '../../domain/expressions/expression-error.js';
import { toJson, type Json, type JsonObject } from '../../domain/values/json.js';
import { cutText } from '../../domain/values/cut-text.js';
import { decodeText } from '../../domain/values/decode-text.js';
import { keptDigitsOf } from '../../domain/values/whole-numbers.js';
import type { ToolEffect } from '../../domain/values/tool-effects.js';
import type { GuardedAnswer, RequestFault } from '../guarded-fetch.js';
import { notDone } from '../not-done.js';
import type { Evaluate } from '../setting-templates.js';
import type { ToolResult } from '../tool.js';

type Failure = ToolResult & { kind: 'failure' };

const MOST_WORDS = 500;

/** What a call that was answered with success gave. */
export async function resultOf(
  answer: GuardedAnswer,
  { output, effect, evaluate }: { output: string | undefined; effect: ToolEffect; evaluate: Evaluate },
): Promise<ToolResult> {
  const unusable = (message: string): Failure => ({ kind: 'failure', message, retryable: effect === 'read' });
  const read = readBody(answer);
  if (!read.ok) return unusable(read.problem);
  if (output === undefined) return { kind: 'output', value: read.value };
  const variables: JsonObject = { body: read.value, status: answer.status, headers: headersOf(answer) };
  try {
    const value = await evaluate(output, variables);
    if (value !== undefined || effect === 'read') return { kind: 'output', value: resultAsJson(value, output) };
    // It has acted: what it was asked for is done, whatever the server says of it.
    return {
      kind: 'output',
      value: null,
      warnings: [`The output ${output} gives nothing for the answer of ${hostOf(answer)}.`],
    };
  } catch (error) {
    if (error instanceof ExpressionError) return unusable(describeFailure(error, output));
    throw error;
  }
}

type ReadBody = { ok: true; value: Json } | { ok: false; problem: string };

function readBody(answer: GuardedAnswer): ReadBody {
  const { body, headers } = answer;
  const type = headers['content-type'] ?? '';
  if (body.length === 0) return { ok: true, value: null };
  const decoded = decodeText(body);
  if (!decoded.ok) {
    return {
      ok: false,
      problem: `${hostOf(answer)} answered with ${body.length} bytes that are not text (${type || 'of no type'})`,
    };
  }
  const { text } = decoded;
  if (!/[/+]json\b/i.test(type)) return { ok: true, value: text };
  const json = keptDigitsOf(text);
  if (json !== undefined) return { ok: true, value: json.value };
  return { ok: false, problem: `${hostOf(answer)} answered with something that is not JSON: ${cutText(text, 100)}` };
}

function headersOf({ headers }: GuardedAnswer): Json {
  const json = toJson(headers);
  return json.ok ? json.value : {};
}

/** A status that is an error, with the server's words. */
export function failureOf(answer: GuardedAnswer, effect: ToolEffect): Failure {
  const { status, body } = answer;
  const decoded = decodeText(body);
  const words = decoded.ok ? decoded.text.replaceAll(/\s+/g, ' ').trim() : '';
  const said = words === '' ? '' : `: ${cutText(words, MOST_WORDS)}`;
  const isPassing = status === 408 || status === 425 || status === 429 || status >= 500;
  // The server says that it did not do it, and why.
  const isRefused = status >= 400 && status < 500;
  return {
    kind: 'failure',
    message: `${hostOf(answer)} answered with status ${status}${said}`,
    retryable: isPassing,
    ...(isRefused && { notDone: true }),
    ...(isPassing && (effect !== 'once' || isRefused) && { unavailable: true }),
  };
}

const hostOf = ({ url }: GuardedAnswer): string => url.host;

/** A call that was not answered. Throws for one that may have acted, and whose outcome a person must tell. */
export function failureOfFault(fault: RequestFault, effect: ToolEffect): Failure {
  const { kind, message } = fault;
  switch (kind) {
    case 'refused':
      return notDone(message);
    case 'unreached':
      return { ...notDone(message, true), unavailable: true };
    case 'unusable':
      return { kind: 'failure', message, retryable: false };
    case 'broken':
      if (effect === 'once') throw fault;
      return { kind: 'failure', message, retryable: true, unavailable: true };
  }
}
