import { portia } from '../domain/next-step.js';
import { selectorName, type Answer } from '../domain/run/clarification.js';
import { keptAnswerEvent, keptAnswers, type EarlyAnswer } from '../domain/run/early-answers.js';
import { PortiaError } from '../domain/errors.js';
import type { Person } from '../domain/run/person.js';
import type { Run } from '../domain/run/run.js';
import { asksForSecret } from '../domain/run/secret-answers.js';
import type { RunId } from '../domain/values/ids.js';
import { asText, type Json } from '../domain/values/json.js';
import type { Store } from '../storage/store.js';
import { refuseWrongPeople } from './answer-rule.js';
import { answeringTime } from './expiry.js';
import { holdAnswer, type RunSecrets, type Secrets } from './held-secrets.js';
import { withLog } from './open-run.js';
import { keepAlways } from './keep-always.js';
import { recordAnswers } from './record-answers.js';
import type { AlwaysAllowed } from '../domain/values/policies.js';
import type { ChooseAnswers, DrivenLog, EarlyAnswers } from './services.js';
import { SEAL_VARIABLE } from '../domain/run/secret-answers.js';
import type { Seal } from './sealed-answers.js';
import { readFree, refuseFinal, refusePart } from './stale-run.js';

/** What is needed to record answers. */
export interface AnswerOptions {
  answers: ChooseAnswers;
  /** A copy without secrets. */
  redact(response: Json): Json;
  /** Who gives them. */
  by?: Person | undefined;
  /** Who keeps secrets until the run is resumed; without, they are refused. */
  secrets?: Secrets | undefined;
  /** Closes secrets, for other processes. Without it only this one has them. */
  seal?: Seal | undefined;
  early?: EarlyAnswers | undefined;
  /** Where an answer that holds always is kept. */
  always?: AlwaysAllowed | undefined;
}

/** Records answers without running: the run is ready to resume once none is open. */
export async function answerRun(store: Store, id: RunId, options: AnswerOptions): Promise<Run> {
  const { answers, redact, by, secrets, seal, early, always } = options;
  const choose = async (run: Run) => {
    if (run.state === 'FAILED') refuseFinal(run);
    const chosen = await answers(run);
    const now = await answeringTime(store, run.outputs.clarifications);
    refuseWrongPeople(run, chosen, { by, now });
    return chosen.map((answer) => withoutSecret(answer, run, secrets?.ofRun(run.id)));
  };
  const { run: stored } = await readFree(store, id);
  refusePart(stored);
  await choose(stored);
  const plan = await store.readPlan(stored.plan_id);
  if (plan !== undefined) early?.check(plan);
  const log = await store.openRun(id);
  return withLog(log, async () => {
    const chosen = await choose(log.run);
    if (plan !== undefined) {
      const record = (answer: EarlyAnswer) =>
        log.append(keptAnswerEvent({ by, ...answer, value: redact(answer.value) })).seq;
      early?.keep(plan, keptAnswers(log.events), record);
    }
    await keepAlways(always, { answers: chosen, questions: log.run.outputs.clarifications });
    // Before the answers: nothing could use one whose secret is not there.
    if (seal !== undefined) await keepSealed(chosen, log.run, { store, seal, secrets: secrets?.ofRun(id) });
    recordAnswers(log, {
      answers: chosen.map((answer) => redacted(answer, redact)),
      by,
      now: await answeringTime(store, log.run.outputs.clarifications),
    });
    await log.flush();
    return log.run;
  });
}

interface DrivenOptions extends Omit<AnswerOptions, 'early'> {
  store: Store;
  secrets: Secrets;
  /** Asked at the last moment, when nothing is waited for any more. */
  mayRecord(answers: readonly Answer[]): boolean;
}

/** The same for a run that this process drives. False when it does not take them any more. */
export async function answerDriven(log: DrivenLog, options: DrivenOptions): Promise<boolean> {
  const { store, answers, redact, by, secrets, seal, always, mayRecord } = options;
  const { run } = log;
  const given = await answers(run);
  const now = await answeringTime(store, run.outputs.clarifications);
  refuseWrongPeople(run, given, { by, now });
  const own = secrets.ofRun(run.id);
  const chosen = given.map((answer) => withoutSecret(answer, run, own));
  await keepAlways(always, { answers: chosen, questions: run.outputs.clarifications });
  if (seal !== undefined) await keepSealed(chosen, run, { store, seal, secrets: own });
  if (!mayRecord(chosen)) return false;
  recordAnswers(log, { answers: chosen.map((answer) => redacted(answer, redact)), by, now });
  log.answered();
  await log.flush();
  return true;
}

function redacted(answer: Answer, redact: AnswerOptions['redact']): Answer {
  const { response, reason } = answer;
  return { ...answer, response: redact(response), ...(reason !== undefined && { reason: asText(redact(reason)) }) };
}

async function keepSealed(
  answers: readonly Answer[],
  { id: run }: Run,
  { store, seal, secrets }: { store: Store; seal: Seal; secrets: RunSecrets | undefined },
): Promise<void> {
  for (const { id: question } of answers) {
    const held = secrets?.find(question);
    if (held !== undefined) await store.keepSealed(run, question, seal.close(held.value, { run, question }));
  }
}

/** Only a process can keep a secret: where none will, the answer is refused. */
function withoutSecret(answer: Answer, run: Run, secrets: RunSecrets | undefined): Answer {
  const question = run.outputs.clarifications.find(({ id }) => id === answer.id);
  if (question === undefined || !asksForSecret(question)) return answer;
  if (secrets !== undefined) return holdAnswer(secrets, question, answer);
  const name = selectorName(question);
  throw new PortiaError('usage', `The answer ${name} is a secret, and cannot be recorded without running.`, {
    why:
      'Secrets are never written to a file in clear, so only the process that uses one can be given it. ' +
      `With ${SEAL_VARIABLE}, the file of a key that the workers have, too, the answer is kept sealed.`,
    fix: portia('resume', run.id, '--answer', `${name}=@FILE`),
    runId: run.id,
  });
}
