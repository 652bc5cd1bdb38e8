import { schemaOfAnswer } from '../clarifications/check-answers.js';
import type { Clarification } from '../domain/run/clarification.js';
import type { ValidateValue } from './inputs/check-inputs.js';
import { createSchemaChecks } from './inputs/schema-checks.js';

/** Checks answers to these questions, which are given together, by the schemas that they must fit. */
export async function answerChecks(
  questions: readonly Clarification[],
  checks = createSchemaChecks(),
): Promise<ValidateValue> {
  await checks.prepare(questions.map(schemaOfAnswer).filter((schema) => schema !== undefined));
  return checks.validateTogether();
}
