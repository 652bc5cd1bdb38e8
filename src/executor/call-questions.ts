import type { Clarification, ClarificationRequest, StillActing } from '../domain/run/clarification.js';
import { OUTCOMES, RESULT, sayStillActing } from '../domain/run/unknown-outcome.js';
import { isJsonObject, type Json, type JsonObject } from '../domain/values/json.js';
import type { Tool } from '../tools/tool.js';
import type { StepContext } from './run-context.js';
import { fingerprintTool } from './tool-fingerprints.js';

/** What is known of a call that has no result. */
export interface KnownEnd {
  /** How it ended. */
  heard?: string | undefined;
  /** Until when it may be under way. */
  still?: StillActing | undefined;
}

/** The question what happened to a call. */
export function outcomeQuestion(
  { tool, args }: { tool: Tool; args: JsonObject },
  { heard, still }: KnownEnd,
): ClarificationRequest {
  const fingerprint = fingerprintTool(tool);
  return {
    category: 'Multiple Choice',
    user_guidance:
      `The call of ${tool.id} was begun, but ${heard === undefined ? 'how it ended is not recorded' : `it ended with: ${heard.replace(/\.$/, '')}`}. ` +
      (still === undefined ? '' : `${sayStillActing(still)} `) +
      'Check whether it took effect: happened=RESULT (it did, and gave RESULT), not_done (it did not, make it now) or stop (end the run).',
    argument_name: 'outcome',
    options: [...OUTCOMES],
    unknown_outcome: true,
    ...(still && { still_acting: still }),
    tool_id: tool.id,
    args,
    ...(fingerprint !== undefined && { tool_fingerprint: fingerprint }),
    source: 'portia',
  };
}

/** The question what a call that took effect gave. */
export function resultQuestion({ id }: Tool): ClarificationRequest {
  return questionFor(`What did ${id} return?`);
}

/** The question what to take as the result of a call that gave more than a run keeps. */
export function replacementQuestion({ id }: Tool): ClarificationRequest {
  return questionFor(
    `${id} was called and gave more than a run keeps, so it is not called again. What is its result instead?`,
  );
}

function questionFor(result: string): ClarificationRequest {
  return {
    category: 'Input',
    user_guidance:
      `${result} Later steps use it as its result. ` +
      'A text is taken as it is; anything else is given as JSON with result:=JSON.',
    argument_name: RESULT,
    source: 'portia',
  };
}

/** The key of a call's own questions, after the call was begun this many times. */
export const askKey = (starts: number) => `ask:${starts}`;

/** The answers to what the call itself asked, each time that it was begun. */
export function ownAnswers({ recorder }: StepContext, { key }: { key: string }): Clarification[] {
  const rounds = Array.from({ length: recorder.index.effect(key).starts }, (_, index) => askKey(index + 1));
  return rounds.flatMap((round) => recorder.questions.under(`${key}:${round}`)).filter(({ resolved }) => resolved);
}

/**
 * The arguments with the answers filled in; undefined when a person said no. An answer that is not an argument of the tool
 * reaches it with its context only.
 */
export function applyAnswers(tool: Tool, args: JsonObject, answers: Clarification[]): JsonObject | undefined {
  let result: JsonObject = { ...args };
  const { properties, additionalProperties } = tool.inputSchema();
  const set = (name: string, value: Json) => {
    const isArgument = isJsonObject(properties) && Object.hasOwn(properties, name);
    if (isArgument || isJsonObject(additionalProperties)) result = { ...result, [name]: value };
  };
  for (const answer of answers) {
    switch (answer.category) {
      case 'User Verification':
        if (answer.response !== true) return undefined;
        if (answer.args !== undefined) result = { ...answer.args };
        break;
      case 'Value Confirmation':
        if (answer.response === false) return undefined;
        set(answer.argument_name, answer.response === true ? (answer.value ?? null) : answer.response);
        break;
      case 'Input':
      case 'Multiple Choice':
        set(answer.argument_name, answer.response);
        break;
      case 'Action':
      case 'Custom':
        break;
    }
  }
  return result;
}

/** Fills in what a tool need not say: who asks, and that a value to be confirmed is the one that it was called with. */
export function withDefaults(
  request: ClarificationRequest,
  { tool, args }: { tool: Tool; args: JsonObject },
): ClarificationRequest {
  const asked = { ...request, source: request.source ?? tool.name };
  // The tool does not decide the name by which answers select the question.
  if (asked.category === 'Input') delete asked.output;
  if (asked.category !== 'Value Confirmation' || asked.value !== undefined) return asked;
  return { ...asked, value: args[asked.argument_name] ?? null };
}
