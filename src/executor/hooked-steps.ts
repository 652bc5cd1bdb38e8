import { PortiaError } from '../domain/errors.js';
import { isConsent } from '../domain/run/consents.js';
import { asksNamedPeople } from '../domain/run/who-may-answer.js';
import type { Answer, Clarification } from '../domain/run/clarification.js';
import { asksForSecret } from '../domain/run/secret-answers.js';
import { askHook, failureOf, runAbout, stepAbout, tellHook } from './hook-calls.js';
import type { StepOutcome } from './outcomes.js';
import type { StepContext } from './run-context.js';

/** How the attempt ends when the hook `beforeStep` skips the step. Rejects with `hook-failed`. */
export async function skippedByHook(context: StepContext): Promise<StepOutcome | undefined> {
  const key = keyOf(context, 'beforeStep');
  const reply = await askHook(context, { hook: 'beforeStep', key, path: context.path, about: stepAbout(context) });
  return reply && { kind: 'skipped', reason: `by the hook beforeStep: ${reply.skip}` };
}

/** Tells the hook `afterStep` how an attempt ended that was done or failed. Rejects with `hook-failed`. */
export async function tellStepEnd(context: StepContext, end: StepOutcome): Promise<void> {
  const call = { hook: 'afterStep', key: keyOf(context, 'afterStep'), path: context.path } as const;
  const about = stepAbout(context);
  switch (end.kind) {
    case 'completed':
      return tellHook(context, { ...call, about: { ...about, output: end.value } });
    case 'passed':
    case 'exited':
      return tellHook(context, { ...call, about });
    case 'failed':
      return tellFailure(context, { ...call, about: { ...about, error: end.error } });
    case 'skipped':
    case 'suspended':
    case 'ended':
      return undefined;
  }
}

/** What the step failed with stays its failure, also when the time of the step is over or the hook fails as well. */
async function tellFailure(context: StepContext, call: Parameters<typeof tellHook>[1]): Promise<void> {
  try {
    await tellHook({ ...context, signal: context.runSignal }, call);
  } catch (error) {
    if (!isHookFailure(error)) throw error;
    context.recorder.append({ type: 'warning', path: context.path, message: error.message });
  }
}

/** The answers that the hook `onQuestion` gives to what a step asks. Rejects with `hook-failed`. */
export async function answersByHook(context: StepContext, open: readonly Clarification[]): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (const question of open.filter(mayBeAnswered)) {
    const key = `${context.path}/question/${question.id}`;
    const about = { run: runAbout(context), question };
    const reply = await askHook(context, { hook: 'onQuestion', key, path: context.path, about });
    if (reply === undefined) continue;
    const checked = await context.services.checkAnswer(question, reply.answer);
    if (!checked.ok) throw failureOf(context, 'onQuestion', `gave an answer that does not fit: ${checked.problem}`);
    answers.push({ id: question.id, response: checked.value, channel: 'hook' });
  }
  return answers;
}

/** Only a person agrees to something, knows what became of a call, or has a secret. */
function mayBeAnswered(question: Clarification): boolean {
  return (
    !isConsent(question) &&
    !asksNamedPeople(question) &&
    !asksForSecret(question) &&
    !/:result:\d+$/.test(question.key ?? '')
  );
}

const keyOf = ({ path, attempt }: StepContext, hook: string) => `${path}/${attempt}/${hook}`;

export function isHookFailure(error: unknown): error is PortiaError {
  return error instanceof PortiaError && error.code === 'hook-failed';
}
