import { exactSelector, selects } from '../clarifications/answer-selectors.js';
import { PortiaError } from '../domain/errors.js';
import type { Clarification } from '../domain/run/clarification.js';
import type { ClarificationId, RunId } from '../domain/values/ids.js';
import type { Json } from '../domain/values/json.js';

/** The open question that each name means, with its answer. Throws `answer-refused` or `ambiguous`. */
export function answersByName(
  answers: Readonly<Record<string, Json>>,
  open: Clarification[],
  runId: RunId,
): { id: ClarificationId; response: Json }[] {
  return Object.entries(answers).map(([name, response]) => {
    const [question, ...others] = open.filter((each) => selects(name, each));
    if (question !== undefined && others.length === 0) return { id: question.id, response };
    const names = (question === undefined ? open : [question, ...others]).map((each) => exactSelector(each, open));
    if (question === undefined) {
      throw new PortiaError('answer-refused', `${runId} asks nothing called ${JSON.stringify(name)}.`, {
        why: names.length === 0 ? 'No question is open.' : `Open questions: ${names.join(', ')}.`,
        fix: `portia.listQuestions()`,
        runId,
      });
    }
    throw new PortiaError(
      'ambiguous',
      `${JSON.stringify(name)} means ${others.length + 1} open questions of ${runId}.`,
      {
        why: `They are: ${names.join(', ')}.`,
        fix: `answer(run, { ${JSON.stringify(names[0])}: … })`,
        runId,
      },
    );
  });
}
