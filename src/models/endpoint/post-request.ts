import type { Usage } from '../../domain/plan/plan.js';
import { readErrorBody } from '../faults/error-body.js';
import { noModelThere } from '../faults/fault-errors.js';
import { FaultError, type StatusFault } from '../faults/faults.js';
import type { CompleteOptions, ModelRequest } from '../model.js';
import { inWords } from '../protocols/tools-in-words.js';
import { readUsage } from '../reply/read-usage.js';
import { PLAINEST_DIALECT } from '../schemas/schema-dialects.js';
import { inDialect } from '../schemas/wire-schema.js';
import { broken } from '../unusable-reply.js';
import { lessStreaming, type Streaming } from './streaming.js';
import { withFields } from './with-fields.js';
import type { Endpoint } from './endpoint.js';

/** A request as one of the protocols spells it. */
export interface Post {
  /** Below the base URL. */
  path: string;
  /** Of its JSON, but for what the user adds. */
  fields: Record<string, unknown>;
  /** Learns from a refusal what the endpoint does not take; whether the request will be spelt differently for it. */
  learns(refusal: StatusFault): boolean;
}

/** What one request needs beside itself. */
export interface AskOptions {
  signal: AbortSignal;
  /** Asks for a stream, unless the endpoint gives none, and is called with the text of the reply as it comes. */
  onText?: CompleteOptions['onText'];
  /** Called with the headers of an answer with a reply. */
  onHeaders?: ((headers: Headers) => void) | undefined;
}

interface Asking extends AskOptions {
  request: ModelRequest;
  spell(request: ModelRequest, endpoint: Endpoint, streaming: Streaming | undefined): Post;
}

/**
 * The JSON with which an endpoint answers a request, asked again for as long as its refusals teach something. Throws a
 * FaultError, or a PortiaError that another try would not change.
 */
export async function postRequest(endpoint: Endpoint, asking: Asking): Promise<unknown> {
  const answer = await post(endpoint, asking);
  if (typeof answer !== 'string') return answer;
  const { words, isPage } = readErrorBody(answer);
  throw noModelThere(endpoint, isPage ? words : `plain text (${words})`);
}

async function post(endpoint: Endpoint, asking: Asking): Promise<unknown> {
  const { request, signal, spell, onText, onHeaders } = asking;
  const client = await endpoint.client(onText);
  const { toolsInWords, dialects, extra, modelId } = endpoint;
  const streaming = onText === undefined ? undefined : endpoint.streaming;
  const spelt = inDialect(toolsInWords ? inWords(request) : request, dialects);
  const { path, fields, learns } = spell(spelt, endpoint, streaming);
  const body = withFields(fields, extra);
  try {
    const { data, response } = await client.post<unknown>(path, { body, signal }).withResponse();
    onHeaders?.(response.headers);
    return data;
  } catch (error) {
    const reason = unwrapFault(error, modelId, readUsage(undefined, { sent: body, received: '' }));
    if (!(reason instanceof FaultError) || reason.fault.kind !== 'status') throw reason;
    const { fault } = reason;
    const isLearned = [400, 422].includes(fault.status) && (streamsLess(endpoint, fault, streaming) || learns(fault));
    const hasTools = (request.tools ?? []).length > 0;
    if (!isLearned && !(hasTools && writesPlainly(endpoint, fault))) throw reason;
    return post(endpoint, asking);
  }
}

/** From now on streams are asked for with less, or not at all, if a refusal was about that; whether it was. */
function streamsLess(endpoint: Endpoint, { body }: StatusFault, asked: Streaming | undefined): boolean {
  if (asked === undefined || asked === 'none') return false;
  const less = lessStreaming(asked, body);
  if (less !== asked) endpoint.streaming = less;
  return less !== asked;
}

/** From now on functions are described in what every endpoint takes, if a refusal was about that; whether it was. */
function writesPlainly({ dialects }: Endpoint, { verdict, said }: StatusFault): boolean {
  const isAbout = ['refused', 'down'].includes(verdict) && SCHEMA_WORDS.test(said.words);
  if (!isAbout || dialects.tools === PLAINEST_DIALECT) return false;
  dialects.tools = PLAINEST_DIALECT;
  return true;
}

const SCHEMA_WORDS =
  /schema|grammar|samplers|parameters|\$ref|\$defs|(any|one|all)Of|additionalProperties|propertyNames/i;

/** The fault that the `openai` package has wrapped, or a reply that is broken. */
function unwrapFault(error: unknown, modelId: string, usage: Usage): unknown {
  if (error instanceof FaultError) return error;
  if (error instanceof SyntaxError)
    return broken(modelId, `It is not JSON: ${error.message}.`, { usage, cause: error });
  if (error instanceof Error && error.cause instanceof FaultError) return error.cause;
  return error;
}
