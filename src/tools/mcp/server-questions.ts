import { elicitationResultOf, questionsOf } from '../../clarifications/elicited-questions.js';
import { readElicitation, type Elicitation, type ElicitationResult } from '../../clarifications/elicitation.js';
import { isWithdrawn, type Clarification, type ClarificationRequest } from '../../domain/run/clarification.js';
import { isJsonObject, type Json, type JsonObject } from '../../domain/values/json.js';
import { ServerFault } from './server-fault.js';

/** What a server wants to know before it can give the result of a call. */
export interface ServerQuestions {
  /** Under the key by which the server asks for each answer. */
  requests: { key: string; elicitation: Elicitation }[];
  /** How many of them, from the first, were answered before: a call that is begun anew asks them again. */
  answered: number;
  /** What the server wants back with the answers. */
  state: string | undefined;
  /** The call was broken off to ask. */
  isBrokenOff: boolean;
}

/** Of a call about which the server asks nothing. */
export const NO_QUESTIONS: ServerQuestions = { requests: [], answered: 0, state: undefined, isBrokenOff: false };

/** What a person is asked who has not answered it yet. The same requests always give the same questions, in the same order. */
export function questionsFrom({ requests, answered }: ServerQuestions, source: string): ClarificationRequest[] {
  return requests.slice(answered).flatMap(({ elicitation }) => questionsOf(elicitation, source));
}

/** The answers for the server, by its keys; `answers` are those to all questions of the call, in their order. */
export function answersFor(
  { requests }: ServerQuestions,
  answers: readonly Clarification[],
  source: string,
): Map<string, ElicitationResult> {
  const counts = requests.map(({ elicitation }) => questionsOf(elicitation, source).length);
  const total = counts.reduce((sum, count) => sum + count, 0);
  // What was asked in earlier rounds comes before.
  const left = answers.filter((answer) => answer.source === source && !isWithdrawn(answer)).slice(-total);
  const results = new Map<string, ElicitationResult>();
  for (const [index, { key, elicitation }] of requests.entries()) {
    const result = elicitationResultOf(elicitation, left.splice(0, counts[index]));
    if (result !== undefined) results.set(key, result);
  }
  return results;
}

/** Questions as they are kept in a run. */
export function keptQuestions({ requests, state, isBrokenOff }: ServerQuestions): Json {
  return {
    requests: requests.map(({ key, elicitation }) => ({ key, params: paramsOf(elicitation) })),
    ...(state !== undefined && { state }),
    ...(isBrokenOff && { broken_off: true }),
  };
}

/** An elicitation as the protocol has it. */
export function paramsOf(elicitation: Elicitation): JsonObject {
  const { mode, message } = elicitation;
  if (elicitation.mode === 'url') return { mode, message, url: elicitation.url };
  const { type, properties, required = [] } = elicitation.requestedSchema;
  return { mode, message, requestedSchema: { type, properties, required } };
}

/** The same again; undefined for a call that did not ask. */
export function readKeptQuestions(kept: Json | undefined): ServerQuestions | undefined {
  if (!isJsonObject(kept)) return undefined;
  const { requests, state, broken_off: isBrokenOff } = kept;
  return {
    requests: Array.isArray(requests) ? requests.flatMap(readRequest) : [],
    answered: 0,
    state: typeof state === 'string' ? state : undefined,
    isBrokenOff: isBrokenOff === true,
  };
}

function readRequest(request: Json): ServerQuestions['requests'] {
  if (!isJsonObject(request) || typeof request['key'] !== 'string') return [];
  const elicitation = readElicitation(request['params']);
  return elicitation === undefined ? [] : [{ key: request['key'], elicitation }];
}

/** What a server asks in place of a result, by its keys. Throws a ServerFault for what no person can answer. */
export function readInputRequests(requests: unknown, state: unknown): ServerQuestions {
  const asked = Object.entries(isJsonObject(requests) ? requests : {}).map(([key, request]) => {
    const { method, params } = isJsonObject(request) ? request : {};
    const elicitation = method === 'elicitation/create' ? readElicitation(params) : undefined;
    if (elicitation !== undefined) return { key, elicitation };
    throw new ServerFault(
      'unusable',
      `it asks for ${typeof method === 'string' ? method : 'something'}, which portia does not give`,
    );
  });
  return { requests: asked, answered: 0, state: typeof state === 'string' ? state : undefined, isBrokenOff: false };
}

/** The addresses to which an error of the protocol sends a person before the call can be made; undefined for others. */
export function readAddresses(data: unknown): ServerQuestions | undefined {
  const list = isJsonObject(data) ? data['elicitations'] : undefined;
  if (!Array.isArray(list)) return undefined;
  const requests = list.flatMap((params, index) => {
    const elicitation = readElicitation(isJsonObject(params) ? { mode: 'url', ...params } : undefined);
    return elicitation === undefined ? [] : [{ key: String(index), elicitation }];
  });
  return requests.length === 0 ? undefined : { requests, answered: 0, state: undefined, isBrokenOff: false };
}
