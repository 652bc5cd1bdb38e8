import { ALWAYS, argumentsSchema, asksAboutCall, FOR_THIS_RUN, mayHoldForRun } from '../domain/run/approval-answers.js';
import {
  isUnknownOutcome,
  type Approval,
  type Clarification,
  type ClarificationOf,
} from '../domain/run/clarification.js';
import { SKIPPED } from '../domain/run/readiness-questions.js';
import { answerSchema } from '../domain/run/secret-answers.js';
import { assertNever } from '../domain/errors.js';
import type { JsonSchema } from '../domain/values/json.js';
import { typeOfValue } from '../domain/values/value-types.js';

/** JSON Schema of the answers that a question takes as JSON, in the form in which they are recorded. */
export function responseSchema(question: Clarification): JsonSchema {
  switch (question.category) {
    case 'Input':
      return answerSchema(question) ?? { type: 'string' };
    case 'Custom':
      return answerSchema(question) ?? {};
    case 'Multiple Choice':
      return isUnknownOutcome(question)
        ? { anyOf: [{ enum: question.options }, HAPPENED_WITH_RESULT] }
        : { enum: question.options };
    case 'Value Confirmation':
      return { anyOf: [{ type: 'boolean' }, confirmedSchema(question) ?? {}] };
    case 'User Verification':
      return asksAboutCall(question) ? approvalSchema(question) : { type: 'boolean' };
    case 'Action':
      return question.may_skip === true ? { enum: [true, SKIPPED] } : { const: true };
    default:
      return assertNever(question);
  }
}

const HAPPENED_WITH_RESULT = objectWith('happened', {});

/** The answers to the question whether a call may be made. */
function approvalSchema(question: Approval): JsonSchema {
  const args = argumentsSchema(question);
  const words = [
    true,
    false,
    ...(mayHoldForRun(question) ? [FOR_THIS_RUN] : []),
    ...(question.may_keep === true ? [ALWAYS] : []),
  ];
  const reason = { type: 'string', minLength: 1 };
  // A reference in it means its own root, which it is not here.
  const changed = args === undefined || JSON.stringify(args).includes('"$ref"') ? { type: 'object' } : args;
  return { anyOf: [{ enum: words }, objectWith('no', reason), objectWith('yes', changed)] };
}

function objectWith(name: string, schema: JsonSchema): JsonSchema {
  return { type: 'object', properties: { [name]: schema }, required: [name], additionalProperties: false };
}

/** The schema of a replacement: the argument's own, else the type of the value that is asked about. */
export function confirmedSchema({ schema, value }: ClarificationOf<'Value Confirmation'>): JsonSchema | undefined {
  if (schema !== undefined) return schema;
  return value === undefined || value === null ? undefined : { type: typeOfValue(value) };
}
