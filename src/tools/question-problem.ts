import { messageOf } from '../domain/errors.js';
import { problemsOfIssues } from '../domain/schema-problems.js';
import { isJsonObject, toJson } from '../domain/values/json.js';

const ANY_ID = 'clar-00000000-0000-8000-8000-000000000000';

/** What is wrong with a question that code of others asks, if anything; one that nobody can answer must not be asked. */
export async function questionProblem(question: unknown): Promise<string | undefined> {
  const json = toJson(question);
  const complete = json.ok && isJsonObject(json.value) ? { ...json.value, id: ANY_ID } : question;
  const { clarificationSchema } = await import('../domain/run/clarification-schema.js');
  const result = clarificationSchema.safeParse(complete);
  if (!result.success) {
    const problems = problemsOfIssues(result.error.issues);
    return problems.map(({ pointer, message }) => (pointer === '' ? message : `${pointer}: ${message}`)).join('; ');
  }
  const asked = result.data;
  const schema = asked.category === 'Custom' ? asked.data['schema'] : 'schema' in asked ? asked.schema : undefined;
  if (!isJsonObject(schema)) return undefined;
  const { compileSchema } = await import('./json-schema.js');
  try {
    await compileSchema(schema);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}
