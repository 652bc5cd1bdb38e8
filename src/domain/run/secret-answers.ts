import { isJsonObject, type Json, type JsonSchema } from '../values/json.js';
import { isSecretSchema, shownSecret } from '../values/secret-values.js';
import { selectorName, type Clarification } from './clarification.js';

/** Names the file of the key that seals secret answers. From the shell only: a project must not say which key it is. */
export const SEAL_VARIABLE = 'PORTIA_SEAL_KEY_FILE';

/** The schema that the answer to a question must fit, when the question has one. */
export function answerSchema(question: Clarification): JsonSchema | undefined {
  if (question.category === 'Custom') {
    const schema = question.data['schema'];
    return isJsonObject(schema) ? schema : undefined;
  }
  return 'schema' in question ? (question.schema as JsonSchema | undefined) : undefined;
}

/** Whether the answer to the question is a secret: it is never recorded. */
export function asksForSecret(question: Clarification): boolean {
  return isSecretSchema(answerSchema(question));
}

/** What is recorded as the answer to a question that asks for a secret. A yes or no is not a secret. */
export function recordedAnswer(question: Clarification, response: Json): Json {
  const isWord = question.category === 'Value Confirmation' && typeof response === 'boolean';
  return isWord ? response : shownSecret(selectorName(question));
}
