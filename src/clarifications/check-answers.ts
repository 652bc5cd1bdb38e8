import { portia } from '../domain/next-step.js';
import { argumentsSchema } from '../domain/run/approval-answers.js';
import type { Answer, Clarification } from '../domain/run/clarification.js';
import { PortiaError } from '../domain/errors.js';
import { toJson, type Json, type JsonSchema } from '../domain/values/json.js';
import { answerSchema } from '../domain/run/secret-answers.js';
import type { ClarificationHandler } from './clarification-handler.js';
import { checkAnswer } from './parse-answer.js';

/** What is asked at this moment. */
interface Asking {
  /** Undefined when the questions do not say it: questions from other tools may lack it. */
  runId: string | undefined;
  open: readonly Clarification[];
  compileSchema(schema: JsonSchema): Promise<(value: Json) => { pointer: string; message: string }[]>;
}

/** What a program may have answered, whatever its types say. */
type UncheckedAnswer = Omit<Answer, 'response'> & { response: unknown };

/**
 * The answers of a program as they are recorded, all or none. Rejects with `answer-refused` for one of a wrong type or
 * option, one that is not JSON, and one to a question that is not open.
 */
export async function checkAnswers(answers: readonly UncheckedAnswer[], asking: Asking): Promise<Answer[]> {
  const { runId } = asking;
  const unanswered = new Map(asking.open.map((question) => [question.id, question]));
  const checked: Answer[] = [];
  for (const answer of answers) {
    const question = unanswered.get(answer.id);
    if (question === undefined) {
      throw new PortiaError(
        'answer-refused',
        `${answer.id} is not an open question${runId === undefined ? '' : ` of ${runId}`}.`,
        {
          runId,
          ...(runId !== undefined && { fix: portia('show', runId) }),
        },
      );
    }
    unanswered.delete(answer.id);
    checked.push({ ...answer, response: await checkResponse(answer.response, question, asking) });
  }
  return checked;
}

/** The schema that is compiled to check an answer: that of the answer, or of the arguments that it may have. */
export function schemaOfAnswer(question: Clarification): JsonSchema | undefined {
  return answerSchema(question) ?? argumentsSchema(question);
}

/** The answer as it is recorded, or what is wrong with it. */
export async function fitAnswer(
  question: Clarification,
  response: Json,
  compileSchema: Asking['compileSchema'],
): Promise<ReturnType<typeof checkAnswer>> {
  const schema = schemaOfAnswer(question);
  const check = schema === undefined ? undefined : await compileSchema(schema);
  const validate = (_schema: JsonSchema, value: Json) =>
    (check?.(value) ?? []).map(({ pointer, message }) => `${pointer} ${message}`.trimStart());
  return checkAnswer(question, response, { validate });
}

async function checkResponse(
  response: unknown,
  question: Clarification,
  { compileSchema, runId }: Asking,
): Promise<Json> {
  const json = toJson(response);
  if (!json.ok) throw new PortiaError('answer-refused', 'The answer is not JSON.', { why: json.problem, runId });
  const checked = await fitAnswer(question, json.value, compileSchema);
  if (checked.ok) return checked.value;
  throw new PortiaError('answer-refused', `Refused: ${checked.problem}.`, {
    why: `Asked was: ${question.user_guidance}`,
    fix: `Allowed: ${checked.allowed}`,
    runId,
  });
}

/** The same handler, whose answers are checked. */
export function checkedHandler(
  handler: ClarificationHandler,
  compileSchema: Asking['compileSchema'],
): ClarificationHandler {
  return {
    async ask(open, options) {
      const runId = open[0]?.plan_run_id ?? undefined;
      return checkAnswers(await handler.ask(open, options), { open, runId, compileSchema });
    },
  };
}
