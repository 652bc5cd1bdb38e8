import type { InputRequests } from '@modelcontextprotocol/server';

import { answerChecks } from '../../app/answer-checks.js';
import { elicitationsOf, hearAnswer } from '../../clarifications/elicit-answer.js';
import type { Elicitation, ElicitationModes } from '../../clarifications/elicitation.js';
import { openClarifications, type Answer, type Clarification } from '../../domain/run/clarification.js';
import type { Run } from '../../domain/run/run.js';

/** What a client said to the questions of a run. */
export interface HeardAnswers {
  answers: Answer[];
  /** Questions that the client declined or cancelled, perhaps without asking anybody. */
  left: Set<string>;
  /** Why an answer was not taken, by question. */
  refused: Map<string, string>;
}

/** Whether a question of the run can be put to a person through this client. */
export function canAsk(run: Run, modes: ElicitationModes): boolean {
  return openClarifications(run).some((question) => elicitationsOf(question, modes) !== undefined);
}

/** The open questions that a client can put to a person, each with why the last answer to it was not taken. */
export function elicitationsOfRun(
  run: Run,
  modes: ElicitationModes,
  refused: ReadonlyMap<string, string> = new Map(),
): Record<string, Elicitation> {
  const asked = openClarifications(run).map((question) => {
    const why = refused.get(question.id);
    const elicitations = Object.entries(elicitationsOf(question, modes) ?? {});
    return elicitations.map(([key, elicitation]) => [
      key,
      why === undefined ? elicitation : repeated(elicitation, why),
    ]);
  });
  return Object.fromEntries(asked.flat());
}

function repeated(elicitation: Elicitation, why: string): Elicitation {
  return { ...elicitation, message: `${why}\n\n${elicitation.message}` };
}

/** The same as the protocol has them inside a result. */
export function inputRequestsOf(elicitations: Record<string, Elicitation>): InputRequests {
  return Object.fromEntries(
    Object.entries(elicitations).map(([key, params]) => [key, { method: 'elicitation/create', params }]),
  ) as InputRequests;
}

/** Reads what a client sent for the open questions of a run, by the keys of `elicitationsOfRun`. */
export async function hearAnswers(run: Run, results: Readonly<Record<string, unknown>>): Promise<HeardAnswers> {
  const heard: HeardAnswers = { answers: [], left: new Set(), refused: new Map() };
  const open = openClarifications(run);
  const validate = await answerChecks(open);
  for (const question of open) take(question, hearAnswer(question, results, { validate }), heard);
  return heard;
}

function take({ id }: Clarification, said: ReturnType<typeof hearAnswer>, heard: HeardAnswers): void {
  if (said.kind === 'answered') heard.answers.push({ id, response: said.value, channel: 'form' });
  else if (said.kind === 'refused') {
    heard.refused.set(id, `The last answer ${said.problem}. Allowed: ${said.allowed}`);
  } else if (said.why !== 'silent') heard.left.add(id);
}
