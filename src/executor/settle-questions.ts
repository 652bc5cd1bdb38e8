import type { Answer, Clarification } from '../domain/run/clarification.js';
import { asksForReadiness } from '../domain/run/readiness-questions.js';
import { firstExpiry, isExpired } from '../domain/run/who-may-answer.js';
import type { ClarificationHandler, UntilDone } from '../clarifications/clarification-handler.js';
import { limitTime } from '../timing/limit.js';
import { answerableBy, refusalOf } from './answer-rule.js';
import { answeringTime } from './expiry.js';
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
  const { recorder, answering, runSignal, store } = context;
  const { by } = answering;
  const record = async (answers: Answer[]) => {
    await keepAlways(context.services.always, { answers, questions: waiting });
    recordAnswers(recorder, { answers, by, now: await answeringTime(store, waiting) });
  };
  const early = context.consents.usable((await answering.inAdvance?.(waiting)) ?? [], waiting);
  await record(countingAnswers(context, early, await answeringTime(store, waiting)));
  const open = waiting.filter((question) => !question.resolved);
  const askable = answerableBy(open, { by, now: await answeringTime(store, open) });
  // Nobody is asked before the question is safe: an answer must never outlive it.
  if (askable.length > 0 && answering.handler !== undefined) {
    await recorder.flush();
    await askHandler(context, askable, { handler: answering.handler, record, untilDone });
    const interruption = interruptionOf(runSignal);
    if (interruption !== undefined) throw interruption;
  }
  await recorder.flush();
  const now = await answeringTime(store, asked);
  return asked.every((question) => question.resolved || isExpired(question, now));
}

/** Those that were given before their question, by people who may answer it. Of the others, the question stays open. */
function countingAnswers({ recorder, answering }: RunContext, early: readonly Answer[], now: Date): Answer[] {
  return early.filter((answer) => {
    const refusal = refusalOf(recorder.run, answer, { by: answering.by, now });
    if (refusal === undefined) return true;
    const message = `An answer that was given before its question does not count. ${refusal.details.why ?? refusal.message}`;
    const { path } = recorder.run.outputs.clarifications.find(({ id }) => id === answer.id) ?? {};
    recorder.append({ type: 'warning', message, ...(path !== undefined && { path }) });
    return false;
  });
}

/** Asks until the first of the questions expires: what is answered later does not count. */
async function askHandler(
  { recorder, runSignal, store }: RunContext,
  questions: Clarification[],
  {
    handler,
    record,
    untilDone,
  }: {
    handler: ClarificationHandler;
    record: (answers: Answer[]) => Promise<void>;
    untilDone: UntilDone | undefined;
  },
): Promise<void> {
  const until = firstExpiry(questions);
  const left = until === undefined ? undefined : Date.parse(until) - (await store.clock()).getTime();
  // A timer may end a little early.
  const limit = left === undefined ? undefined : limitTime(runSignal, left + 1);
  try {
    const signal = limit?.signal ?? runSignal;
    const answers = await handler.ask(questions, { signal, run: recorder.run, untilDone });
    const now = await answeringTime(store, questions);
    const late = new Set(questions.filter((question) => isExpired(question, now)).map(({ id }) => id));
    await record(answers.filter(({ id }) => !late.has(id)));
  } finally {
    limit?.clear();
  }
}
