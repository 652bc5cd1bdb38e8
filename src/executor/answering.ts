import type { ClarificationHandler } from '../clarifications/clarification-handler.js';
import { answerEvent } from '../domain/run/asked-digest.js';
import type { Answer, Clarification } from '../domain/run/clarification.js';
import type { EarlyAnswer, KeptAnswer } from '../domain/run/early-answers.js';
import type { Person } from '../domain/run/person.js';
import type { Plan } from '../domain/plan/plan.js';
import { interruptionOf } from './interruption.js';
import type { RunContext } from './run-context.js';

/** Where answers come from while a run is driven. */
export interface Answering {
  /** Answers that were given before their question was asked; each is used once. */
  inAdvance?: ((open: Clarification[]) => Promise<Answer[]>) | undefined;
  early?: EarlyAnswers | undefined;
  /** Who can be asked while the run is driven; without one the run pauses. */
  handler?: ClarificationHandler | undefined;
  /** Who gives these answers. */
  by?: Person | undefined;
}

/** Answers to questions that are not asked yet: they are recorded, so that the next process has them, too. */
export interface EarlyAnswers {
  /** Throws a PortiaError `answer-refused` for one that no step of the plan can ask for. */
  check(plan: Plan): void;
  /** Takes those that the run has recorded, and records those that are new; `record` gives the `seq` of the event. */
  keep(plan: Plan, kept: KeptAnswer[], record: (answer: EarlyAnswer) => number): void;
}

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
