import { answerEvent } from '../domain/run/asked-digest.js';
import type { Answer, Clarification } from '../domain/run/clarification.js';
import { interruptionOf } from './interruption.js';
import type { RunContext } from './run-context.js';

/** Whether every question that holds a step back is answered: by what was said before, or by whoever is there. */
export async function isAnswered(context: RunContext, waiting: Clarification[]): Promise<boolean> {
  // The time that a person takes is not that of a step around it.
  return context.signal === context.runSignal && answerQuestions(context, waiting);
}

async function answerQuestions(context: RunContext, waiting: Clarification[]): Promise<boolean> {
  const { recorder, answering, runSignal } = context;
  const resolve = (answers: Answer[]) => {
    for (const answer of answers) recorder.append(answerEvent({ by: answering.by, ...answer }, waiting));
  };
  resolve(context.consents.usable((await answering.inAdvance?.(waiting)) ?? [], waiting));
  const open = waiting.filter((question) => !question.resolved);
  // Nobody is asked before the question is safe: an answer must never outlive it.
  if (open.length > 0 && answering.handler !== undefined) {
    await recorder.flush();
    resolve(await answering.handler.ask(open, { signal: runSignal, run: recorder.run }));
    const interruption = interruptionOf(runSignal);
    if (interruption !== undefined) throw interruption;
  }
  await recorder.flush();
  return waiting.every((question) => question.resolved);
}
