import type { IncomingMessage } from 'node:http';

import { onTestFinished } from 'vitest';

import type { JsonSchema } from '../../../src/domain/values/json.js';
import type { ModelTool } from '../../../src/models/model.js';
import { startFaultServer, type Handler } from '../fault-server.js';

/** One thing that a real server does, and what portia must make of it. */
export interface Habit {
  /** Who does it. */
  server: string;
  /** What it does, as the end of "when it …". */
  does: string;
  /** How it answers; the last one answers all that follow. */
  answers: [Handler, ...Handler[]];
  /** Functions that the request offers. */
  tools?: ModelTool[];
  /** What it accepts beside what every server accepts: why a request is refused, or undefined. */
  rule?: (body: ChatBody) => string | undefined;
  expected: Expected;
}

export type Expected =
  /** The text of the reply. */
  | { text: string; requests?: number; waits?: number[] }
  /** Its calls as `name arguments`. */
  | { calls: string[]; requests?: number; waits?: number[] }
  | {
      /** Of the PortiaError. */
      code: string;
      /** In its reason. */
      why: RegExp;
      /** In its advice. */
      fix?: RegExp;
      requests?: number;
      waits?: number[];
    };

export interface ChatBody {
  model: string;
  messages: { role: string; content: unknown; tool_calls?: unknown; tool_call_id?: unknown }[];
  tools?: { type: string; function: { name: string; description: string; parameters: JsonSchema } }[];
  response_format?: { type: string; json_schema?: { name: string; schema: JsonSchema; strict?: boolean } };
  stream?: boolean;
}

/** A server that answers in turn, and only requests that it would take: `refused` says why it did not take some. */
export interface StrictServer {
  /** Ends in `/v1`. */
  baseUrl: string;
  bodies: ChatBody[];
  refused: string[];
}

export async function startStrictServer(
  { answers, rule }: Pick<Habit, 'answers' | 'rule'>,
  key: string,
): Promise<StrictServer> {
  const bodies: ChatBody[] = [];
  const refused: string[] = [];
  const { baseUrl, close } = await startFaultServer((response, request, text) => {
    const body = JSON.parse(text) as ChatBody;
    const problem = requestProblem(request, body, key) ?? rule?.(body);
    if (problem !== undefined) refused.push(problem);
    bodies.push(body);
    const answer = answers[Math.min(bodies.length, answers.length) - 1] ?? answers[0];
    answer(response, request, text);
  });
  onTestFinished(close);
  return { baseUrl, bodies, refused };
}

const KNOWN_KEYS = new Set(['model', 'messages', 'tools', 'response_format', 'stream']);
const FUNCTION_NAME = /^[a-zA-Z0-9_-]{1,64}$/;

/** Why no server accepts a request; undefined when one may. */
export function requestProblem(
  { method, url, headers }: IncomingMessage,
  body: ChatBody,
  key: string,
): string | undefined {
  if (`${method} ${url}` !== 'POST /v1/chat/completions') return `${method} ${url}`;
  if (headers.authorization !== `Bearer ${key}`) return 'another key';
  if (headers['content-type'] !== 'application/json') return `content type ${headers['content-type']}`;
  const unknown = Object.keys(body).find((name) => !KNOWN_KEYS.has(name));
  if (unknown !== undefined) return `the field ${unknown}`;
  if (body.messages.length === 0) return 'no messages';
  if (body.messages.some(({ role, content }) => role !== 'assistant' && typeof content !== 'string'))
    return 'no content';
  const wrong = body.tools?.find(
    ({ function: { name, parameters } }) => !FUNCTION_NAME.test(name) || parameters['type'] !== 'object',
  );
  return wrong === undefined ? undefined : `the function ${JSON.stringify(wrong.function)}`;
}
