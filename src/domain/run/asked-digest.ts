import { asAgreed, changedArguments, isRefused } from './approval-answers.js';
import {
  isUnknownOutcome,
  isWithdrawn,
  type Answer,
  type Clarification,
  type ClarificationRequest,
} from './clarification.js';
import { digestValue } from '../values/digest.js';
import { assertNever } from '../errors.js';
import type { EventBody } from './events.js';
import type { Json, JsonObject } from '../values/json.js';
import { valueChanges, type ValueChange } from '../values/json-changes.js';

/** A question as it is raised, or as it is recorded. */
type Question = Clarification | ClarificationRequest;

/** Who asks whether a call may be made. The same questions of tools have texts of their own. */
export const APPROVAL_SOURCE = 'portia';

/**
 * The digest of what an answer to the question agrees to. It goes with the answer, and is compared when the answer is
 * used. Undefined for an input: its answer has its whole meaning.
 */
function askedDigest(question: Question): string | undefined {
  const agreed = whatIsAgreedTo(question);
  return agreed === undefined ? undefined : digestValue(agreed);
}

function whatIsAgreedTo(question: Question): unknown[] | undefined {
  const { category, user_guidance: text } = question;
  switch (category) {
    case 'Input':
      return undefined;
    case 'Action':
      return [category, text, question.action_url];
    case 'Multiple Choice':
      // How a call ended may be worded differently each time; the call is the same.
      if (question.unknown_outcome === true)
        return ['outcome', question.options, ...callOf(question), ...whoIsAsked(question)];
      return [category, text, question.argument_name, question.options];
    case 'Value Confirmation':
      return [category, text, question.argument_name, question.value ?? null];
    case 'User Verification':
      // The text of an approval adds nothing to its arguments and facts.
      if (isOwnApproval(question)) {
        const onlyThis = question.only_this === true ? ['only this'] : [];
        return ['approval', ...callOf(question), ...onlyThis, ...whoIsAsked(question)];
      }
      return [category, text, ...callOf(question), ...whoIsAsked(question)];
    case 'Custom':
      return [category, text, question.name, question.data ?? {}];
    default:
      return assertNever(question);
  }
}

interface Call {
  tool_id?: string | undefined;
  args?: JsonObject | undefined;
  facts?: JsonObject | undefined;
  tool_fingerprint?: string | undefined;
}

function callOf({ tool_id: toolId, args, facts, tool_fingerprint: fingerprint }: Call): unknown[] {
  return [toolId ?? null, args ?? null, facts ?? {}, fingerprint ?? null];
}

/** Who agrees is a part of what is agreed to, where the plan names people. */
function whoIsAsked({ assignees, approvers }: Question): unknown[] {
  return assignees === undefined && approvers === undefined ? [] : [assignees ?? null, approvers ?? null];
}

/** Whether it asks if a call may be made, in portia's own words. */
export function isOwnApproval(question: Question): boolean {
  return (
    question.category === 'User Verification' && question.tool_id !== undefined && question.source === APPROVAL_SOURCE
  );
}

/** An answer as the event that records it, with what was asked. */
export function answerEvent(
  { id, response, channel, by, given, reason }: Answer,
  questions: Iterable<Clarification>,
): EventBody & { type: 'clarification.resolved' } {
  let asked: string | undefined;
  // A yes to a call with other arguments agrees to these.
  for (const question of questions) if (question.id === id) asked = askedDigest(asAgreed({ ...question, response }));
  return {
    type: 'clarification.resolved',
    id,
    response,
    channel,
    ...(asked !== undefined && { asked }),
    ...(given !== undefined && { given }),
    ...(reason !== undefined && { reason }),
    ...(by && { by }),
  };
}

/**
 * Whether a recorded question, with its answer if it has one, is about what is asked now. Both the record and the
 * digest in the answer must match. An answer without a digest, from an older version, is bound to the record only.
 */
export function isAbout(question: Clarification, request: ClarificationRequest): boolean {
  return askedDigest(question) === askedDigest(asRecorded(question, request)) && isAsAnswered(question);
}

/** Whether a recorded question still is what its answer was given to. */
export function isAsAnswered(question: Clarification): boolean {
  return question.asked === undefined || question.asked === askedDigest(asAgreed(question));
}

/** The same where it does not matter whether the tool was changed since, or what else could have allowed the call. */
export function isAboutSameCall(question: Clarification, request: ClarificationRequest): boolean {
  const same = withFingerprint(request, fingerprintIn(question));
  if (question.category !== 'User Verification' || same.category !== 'User Verification')
    return isAbout(question, same);
  const { only_this: _own, ...others } = same;
  return isAbout(question, question.only_this === true ? { ...others, only_this: true } : others);
}

/** Questions of older versions do not name the fingerprint of their tool; that of the run is compared when it resumes. */
function asRecorded(question: Clarification, request: ClarificationRequest): ClarificationRequest {
  const recorded = fingerprintIn(question);
  // A call that was begun, or is not made, is the same whatever the tool is now.
  const isSame = recorded === undefined || isUnknownOutcome(question) || isRefused(question);
  return isSame ? withFingerprint(request, recorded) : request;
}

function fingerprintIn(question: Question): string | undefined {
  return calledBy(question)?.tool_fingerprint;
}

function withFingerprint(request: ClarificationRequest, fingerprint: string | undefined): ClarificationRequest {
  if (request.category !== 'User Verification' && request.category !== 'Multiple Choice') return request;
  const { tool_fingerprint: _own, ...others } = request;
  return fingerprint === undefined ? others : { ...others, tool_fingerprint: fingerprint };
}

/** The same request, replacing a question about something else: it says what differs. */
export function askAgain(question: Clarification, request: ClarificationRequest): ClarificationRequest {
  const { id: replaces, resolved } = question;
  const isAnswered = resolved && !isWithdrawn(question);
  const call = calledBy(request);
  // Where the text is what is agreed to, it shows the difference itself.
  if (call === undefined) return { ...request, replaces };
  const since = isAnswered ? 'after the answer' : 'while the question waited';
  const why = `This is asked again because it changed ${since}: ${differences(calledBy(question) ?? {}, call)}.`;
  return { ...request, replaces, user_guidance: `${why} ${request.user_guidance}` };
}

/** What a person changed in the arguments of a call before agreeing to it, a text for each place. */
export function changesOfPerson(question: Clarification): string[] {
  const args = changedArguments(question);
  const asked = question.category === 'User Verification' ? question.args : undefined;
  return args === undefined ? [] : valueChanges(asked ?? {}, args).map((change) => sayChange(change, JSON.stringify));
}

/** The call that a question of portia's own is about. */
function calledBy(question: Question): Call | undefined {
  if (question.category === 'User Verification' && isOwnApproval(question)) return question;
  return question.category === 'Multiple Choice' && question.unknown_outcome === true ? question : undefined;
}

function differences(before: Call, now: Call): string {
  const said = [
    ...(before.tool_id === now.tool_id ? [] : [`the tool was ${before.tool_id ?? 'not named'} and is ${now.tool_id}`]),
    ...valueChanges(before.args ?? {}, now.args ?? {}).map((change) => sayChange(change, brief)),
    ...(valueChanges(before.facts ?? {}, now.facts ?? {}).length > 0 ? ['what the call would act upon'] : []),
    ...(before.tool_fingerprint === now.tool_fingerprint ? [] : ['the code, description or settings of the tool']),
  ];
  return said.length === 0 ? 'the recorded question' : said.join('; ');
}

function sayChange({ pointer, old, new: now }: ValueChange, write: (value: Json) => string): string {
  const name = pointer.slice(1);
  if (old === undefined) return `${name} is new: ${write(now ?? null)}`;
  return now === undefined ? `${name} is gone: ${write(old)}` : `${name} was ${write(old)} and is ${write(now)}`;
}

/** Long values are shown whole below the question. */
function brief(value: Json): string {
  const text = JSON.stringify(value);
  return text.length > 80 ? 'another value' : text;
}
