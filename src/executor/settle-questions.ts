import type { Answer, Clarification } from '../domain/run/clarification.js';
import { asksForReadiness } from '../domain/run/readiness-questions.js';
import type { UntilDone } from '../clarifications/clarification-handler.js';
import { interruptionOf } from './interruption.js';
import { keepAlways } from './keep-always.js';
import { recordAnswers } from './record-answers.js';
import type { RunContext } from './run-context.js';

/**
 * Has the questions that hold a step back answered, by what was said before or by whoever is there. Gives whether all of
 * them are. With `untilDone` they are what tools that are not ready wait for, which only `ReadyTools` asks.
 */
export async function settleQuestions(
  context: RunContext,
  asked: Clarification[],
  untilDone?: UntilDone,
): Promise<boolean> {
  const waiting = untilDone === undefined ? asked.filter((question) => !asksForReadiness(question)) : asked;
  // The time that a person takes is not that of a step around it.
  if (context.signal !== context.runSignal) return false;
  const { recorder, answering, runSignal } = context;
  const record = async (answers: Answer[]) => {
    await keepAlways(context.services.always, { answers, questions: waiting });
    recordAnswers(recorder, { answers, by: answering.by });
  };
  await record(context.consents.usable((await answering.inAdvance?.(waiting)) ?? [], waiting));
  const open = waiting.filter((question) => !question.resolved);
  // Nobody is asked before the question is safe: an answer must never outlive it.
  if (open.length > 0 && answering.handler !== undefined) {
    await recorder.flush();
    await record(await answering.handler.ask(open, { signal: runSignal, run: recorder.run, untilDone }));
    const interruption = interruptionOf(runSignal);
    if (interruption !== undefined) throw interruption;
  }
  await recorder.flush();
  return asked.every((question) => question.resolved);
}
