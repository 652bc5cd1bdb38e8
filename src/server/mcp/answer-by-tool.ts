import type { CallToolResult } from '@modelcontextprotocol/server';

import { answerChecks } from '../../app/answer-checks.js';
import type { GivenAnswer } from '../../clarifications/answer-flags.js';
import { selects } from '../../clarifications/answer-selectors.js';
import { combineProblems, matchAnswers } from '../../clarifications/match-answers.js';
import { PortiaError } from '../../domain/errors.js';
import { adviceLines } from '../../domain/next-step.js';
import { mustBeAskedFirst, openClarifications, type Clarification } from '../../domain/run/clarification.js';
import { isFinal, type Run } from '../../domain/run/run.js';
import { asksForSecret } from '../../domain/run/secret-answers.js';
import type { RunId } from '../../domain/values/ids.js';
import { toJson } from '../../domain/values/json.js';
import { answerRun } from '../../executor/answer-run.js';
import { answerCommands } from '../../clarifications/answer-commands.js';
import { runResult } from './results.js';
import type { Serving } from './serving.js';

/** Records answers that a model gives for a person. Nothing is run. */
export async function answerByTool(
  id: RunId,
  answers: Readonly<Record<string, unknown>>,
  serving: Serving,
): Promise<CallToolResult> {
  const { store, redactor } = serving.services;
  const given = Object.entries(answers).map(([selector, value]) => readGiven(selector, value));
  const run = await answerRun(store, id, {
    answers: async (asking) => choose(given, asking),
    redact: redactor().json,
    by: serving.by,
  });
  return runResult(run, serving);
}

function readGiven(selector: string, value: unknown): GivenAnswer {
  const read = toJson(value);
  if (!read.ok) throw new PortiaError('usage', `The answer ${selector} is not JSON.`, { why: read.problem });
  return { selector, origin: selector, channel: 'api', form: 'json', json: read.value };
}

async function choose(given: GivenAnswer[], run: Run) {
  const open = openClarifications(run);
  refuseThoseOfAPerson(given, run, open);
  const validate = await answerChecks(open);
  const matched = matchAnswers(given, { open, all: run.outputs.clarifications }, { validate, isOver: isFinal(run) });
  const problem = combineProblems([...matched.problems, ...matched.undecided.values()]);
  if (problem !== undefined) throw problem;
  return matched.answers;
}

/** What a model wrote is never an agreement of a person, and a secret does not pass through a model. */
function refuseThoseOfAPerson(given: GivenAnswer[], run: Run, open: Clarification[]): void {
  const refused = open.filter(
    (question) => isOfAPerson(question) && given.some(({ selector }) => selects(selector, question)),
  );
  if (refused.length === 0) return;
  throw new PortiaError('answer-refused', 'Only the person can answer this, not a call of a tool.', {
    why: refused.map(({ user_guidance: asked }) => asked).join('\n'),
    fix: adviceLines(refused.flatMap((question) => answerCommands(run, question, open))),
    runId: run.id,
  });
}

function isOfAPerson(question: Clarification): boolean {
  return question.category === 'User Verification' || mustBeAskedFirst(question) || asksForSecret(question);
}
