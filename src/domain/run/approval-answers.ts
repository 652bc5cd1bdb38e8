import { isJsonObject, type Json, type JsonObject, type JsonSchema } from '../values/json.js';
import { isApproval, type Answer, type Approval, type Channel, type Clarification } from './clarification.js';
import type { Person } from './person.js';

/**
 * What a person may answer to the question whether a call may be made: yes, no, yes for the rest of the run, yes for the
 * project (where the question has `may_keep`), no with a reason, and yes to the call with these arguments instead.
 */
export type ApprovalAnswer = boolean | typeof FOR_THIS_RUN | typeof ALWAYS | { no: string } | { yes: JsonObject };

/** A yes that also holds for later calls of the tool in the same run. */
export const FOR_THIS_RUN = 'run';

/** Whether a yes may hold for later calls of the run, too: not where the plan says who must agree to each. */
export function mayHoldForRun({ approvers }: Clarification): boolean {
  return approvers === undefined;
}

/** A yes that also holds for later calls of the tool, as it is, in every run of the project. */
export const ALWAYS = 'always';

/** What cannot be said by a way that reaches people who answer one question, or a machine of many. */
const NOT_SAID_BY: Partial<Record<Channel, readonly Json[]>> = { link: [FOR_THIS_RUN, ALWAYS], github: [ALWAYS] };

/** Whether a yes of this person can be kept: it is in the settings of whoever started the server, not of who signs in there. */
export function mayKeepYes(person: Person | undefined): boolean {
  return person?.vouched_by !== 'login';
}

/** Whether a yes holds for more calls than whoever gave it may allow, by who they are and by its channel. */
export function allowsTooMuch(
  question: Clarification,
  { response, channel, by }: Pick<Answer, 'response' | 'channel' | 'by'>,
): boolean {
  if (!asksAboutCall(question)) return false;
  return NOT_SAID_BY[channel]?.includes(response) === true || (response === ALWAYS && !mayKeepYes(by));
}

/** Part of the key of each question about a call. */
export const APPROVAL_KEY = ':approval:';

/** Whether the question is portia's own about a call: what a tool asks says nothing of its other calls. */
export function asksAboutCall(question: Clarification): question is Approval {
  return isApproval(question) && question.key?.includes(APPROVAL_KEY) === true;
}

const WORDS_OF_YES: ReadonlySet<Json> = new Set([true, FOR_THIS_RUN, ALWAYS]);

/** Whether a call was agreed to: as it was asked about, with other arguments, or for longer. */
export function isAgreed(question: Clarification): boolean {
  const { response } = question;
  return WORDS_OF_YES.has(response) || changedArguments(question) !== undefined;
}

/** Whether a person said no, with or without a reason. */
export function isRefused(question: Clarification): boolean {
  return question.response === false || reasonOfNo(question) !== undefined;
}

/** Why a person said no to a call; undefined for every other answer. */
export function reasonOfNo(question: Clarification): string | undefined {
  const reason = asksAboutCall(question) ? onlyValue(question.response, 'no') : undefined;
  return typeof reason === 'string' ? reason : undefined;
}

/** The arguments with which a person let the call be made, when they are not those that were asked about. */
export function changedArguments(question: Clarification): JsonObject | undefined {
  const args = asksAboutCall(question) ? onlyValue(question.response, 'yes') : undefined;
  return isJsonObject(args) ? args : undefined;
}

/** A no with its reason. */
export function noBecause(reason: string): Json {
  const said = reason.trim();
  return said === '' ? false : { no: said };
}

/** A yes to the call with these arguments. */
export function yesWith(args: JsonObject): JsonObject {
  return { yes: args };
}

/** The question as if it had been about the call that was agreed to. */
export function asAgreed(question: Clarification): Clarification {
  const args = changedArguments(question);
  return args === undefined ? question : { ...question, args, response: true };
}

/** The schema of the arguments, which changed ones must fit. */
export function argumentsSchema(question: Clarification): JsonSchema | undefined {
  return question.category === 'User Verification' ? question.args_schema : undefined;
}

function onlyValue(response: Json, name: string): Json | undefined {
  if (!isJsonObject(response) || Object.keys(response).length !== 1) return undefined;
  return response[name];
}
