import { openClarifications, selectorName, type Answer, type Clarification } from '../domain/run/clarification.js';
import { keptAnswerEvent, keptAnswers } from '../domain/run/early-answers.js';
import { asksForReadiness } from '../domain/run/readiness-questions.js';
import { askedModels } from '../domain/plan/asked-models.js';
import { portia } from '../domain/next-step.js';
import { PortiaError } from '../domain/errors.js';
import { isFinal, type Run } from '../domain/run/run.js';
import { asksNamedPeople } from '../domain/run/who-may-answer.js';
import type { RunId } from '../domain/values/ids.js';
import type { RunLog, Store } from '../storage/store.js';
import { acceptedChanges, type ChangesOptions, type OpenedRun } from './changed-tools.js';
import { ConsentCheck } from './consent-check.js';
import { driveRun, driveSubRun } from './drive-run.js';
import { contextFor, driveWithLog, type DriveOptions } from './open-run.js';
import { prepareTools } from './prepare-tools.js';
import { refuseUnpriced } from './prices.js';
import { knownEndUser, type KnownEndUser } from './known-end-user.js';
import { refuseElsewhere } from './keep-to-host.js';
import { keepAlways } from './keep-always.js';
import { answerableBy, refuseWrongPeople, type AnsweredBy } from './answer-rule.js';
import { answeringTime, hasExpired } from './expiry.js';
import { openBut, recordAllButSecrets, recordAnswers, recordDecisions } from './record-answers.js';
import type { RunContext } from './run-context.js';
import { openWithPast, type RunPast } from './run-past.js';
import { ReadyTools } from './ready-tools.js';
import type { ChooseAnswers, ExecutorServices } from './services.js';
import { settledEvent, settledSteps, type Settlement } from './settle-steps.js';
import {
  planOf,
  readFree,
  refuseChangedPlans,
  refuseFinal,
  refuseLostInputs,
  refuseLostOutputs,
  refusePart,
} from './stale-run.js';

interface Opened extends OpenedRun {
  log: RunLog;
  past: RunPast;
  consents: ConsentCheck;
}

/** What is needed to continue a run; `answers` are those that are given for it. */
export interface ResumeOptions extends DriveOptions, Omit<ChangesOptions, 'services' | 'settled'> {
  answers: ChooseAnswers;
  /** Also where the files that the run made are on another machine. */
  anyHost?: boolean | undefined;
  /** Steps that a person did or skipped by hand. */
  settlements?: readonly Settlement[] | undefined;
}

/**
 * Continues a run where it stopped: with the answers given, then with those that can be asked for. A run that is
 * complete is given back as it is; one that still waits for answers is given back waiting.
 */
export async function resumeRun(id: RunId, options: ResumeOptions): Promise<Run> {
  const { store } = options;
  const stored = options.takeOver === true ? await store.requireRun(id) : await readFree(store, id);
  const { run } = stored;
  refusePart(run);
  if (options.anyHost !== true && !isFinal(run)) refuseElsewhere(run, options.services);
  // Everything that can be refused is refused before the run is touched.
  const early = await options.answers(run);
  refuseWrongPeople(run, early, await answeredBy(run, options));
  if (isFinal(run) && stored.isBehind && stored.owner === undefined) await refreshSnapshot(store, id);
  const { settlements = [] } = options;
  if (run.state === 'COMPLETE') return completeRun(run, settlements);
  refuseFinal(run);
  const plan = await planOf(store, run);
  await settledSteps(settlements, { run, plan }, options.services);
  refuseLostOutputs(run, plan);
  refuseLostInputs(run, plan);
  options.answering.early?.check(plan);
  const subPlans = await options.readSubPlans(plan);
  refuseUnpriced(askedModels([plan, ...subPlans.values()]), options.services);
  await prepareTools({ plan, subPlans }, options.services.tools);
  const consents = new ConsentCheck(options);
  const opened = await openWithPast(id, { ...options, consents, takeOver: options.takeOver ?? false });
  return driveWithLog(opened.log, options.services, () =>
    resumeOwned({ plan, subPlans, consents, ...opened }, options),
  );
}

/** The run as it is. Throws `usage` when a person settled a step of it: none is open. */
function completeRun(run: Run, settlements: readonly Settlement[] = []): Run {
  if (settlements.length === 0) return run;
  throw new PortiaError('usage', `${run.id} is complete, so none of its steps can be settled.`, {
    fix: portia('show', run.id),
    runId: run.id,
  });
}

/** When a run had ended and was killed before its snapshot was written, its file now shows how it ended. */
async function refreshSnapshot(store: Store, id: RunId): Promise<void> {
  const log = await store.openRun(id);
  await log.close();
}

/** Continues a run that this process owns now: what was read of it before may be out of date. */
async function resumeOwned({ plan, subPlans, log, past, consents }: Opened, options: ResumeOptions): Promise<Run> {
  if (log.run.state === 'COMPLETE') return completeRun(log.run, options.settlements);
  refuseFinal(log.run);
  refuseChangedPlans({ plan, subPlans, log });
  await consents.check(log, (body) => void log.append(body, options.listener));
  const settled = await settledSteps(options.settlements ?? [], { run: log.run, plan }, options.services);
  const paths = settled.map(({ path }) => path);
  const changes = await acceptedChanges({ plan, subPlans, log }, { ...options, settled: paths });
  const endUser = await knownEndUser(log.run.end_user_id, options.store);
  const readyTools = await askWhatIsLeft({ plan, subPlans, log, endUser }, options.services, paths);
  const kept = keptAnswers(log.events);
  const context = contextFor(plan, log, {
    ...options,
    consents,
    past,
    subPlans,
    driveSubRun,
    readyTools,
    endUser,
    runId: log.run.id,
  });
  const { recorder } = context;
  const { by, early } = options.answering;
  for (const change of changes) recorder.append({ ...change, ...(by && { by }) });
  for (const step of settled) recorder.append({ ...(await settledEvent(step, recorder)), ...(by && { by }) });
  readyTools.record(recorder);
  const declined = log.run.steps.find(({ error }) => error?.code === 'declined')?.error;
  if (declined !== undefined) {
    // A person said no, and the run was killed before it could end with that.
    recorder.append({ type: 'run.failed', error: declined });
    return log.run;
  }
  if (log.run.keeps_to !== undefined) context.keepToHost();
  const { seal } = options.services;
  const warn = (message: string) => void recorder.append({ type: 'warning', message });
  await context.sealed.open(log.run, { seal, secrets: context.secrets, warn });
  const answers = await options.answers(log.run);
  await keepAlways(options.services.always, { answers, questions: log.run.outputs.clarifications });
  const secrets = recordAllButSecrets(recorder, { answers, ...(await answeredBy(log.run, options)) });
  early?.keep(plan, kept, (answer) => recorder.append(keptAnswerEvent({ by, ...answer })).seq);
  return (await takeAnswers(context, log, { options, secrets })) ? driveRun(context) : log.run;
}

/** Asks the tools of the steps that are left, which a person may have settled meanwhile. */
async function askWhatIsLeft(
  { plan, subPlans, log: { run }, endUser }: OpenedRun & { endUser: KnownEndUser },
  services: ExecutorServices,
  settled: readonly string[],
): Promise<ReadyTools> {
  const readyTools = new ReadyTools({ plan, subPlans, services, runId: run.id, endUser });
  const done = run.steps.filter(({ status }) => status === 'completed' || status === 'skipped');
  const finished = new Set([...settled, ...done.map(({ path }) => path)]);
  await readyTools.ask((path) => finished.has(path), { isNew: false });
  return readyTools;
}

/** Takes the answers that are there, then those that can be asked for. Gives whether the run can continue with them. */
async function takeAnswers(
  { recorder, consents }: RunContext,
  log: RunLog,
  { options, secrets }: { options: ResumeOptions; secrets: Answer[] },
): Promise<boolean> {
  const { inAdvance } = options.answering;
  // The run may have been stopped between a question and the answer that was there for it.
  const waiting = openBut(log.run, secrets);
  const before = consents.usable((await inAdvance?.(waiting)) ?? [], waiting);
  secrets.push(...recordAllButSecrets(recorder, { answers: before, ...(await answeredBy(log.run, options)) }));
  recordDecisions(recorder, await decidedApprovals(log.run, options));
  // A run that was stopped while it asked may not have asked everything: continuing it asks the rest.
  if (log.run.state === 'NEED_CLARIFICATION' && !(await hasExpired(options.store, log.run))) {
    const asked = await askHandler(log, options, secrets);
    await keepAlways(options.services.always, { answers: asked, questions: log.run.outputs.clarifications });
    secrets.push(...recordAllButSecrets(recorder, { answers: asked, ...(await answeredBy(log.run, options)) }));
    await log.flush();
    if (questionsBut(log.run, secrets).length > 0) {
      if (secrets.length > 0) recorder.append({ type: 'warning', message: notKept(log.run, secrets) });
      return false;
    }
  }
  recordAnswers(recorder, { answers: secrets, ...(await answeredBy(log.run, options)) });
  return true;
}

/** Who answers, and the time that counts. */
async function answeredBy(run: Run, { store, answering: { by } }: ResumeOptions): Promise<AnsweredBy> {
  return { by, now: await answeringTime(store, openClarifications(run)) };
}

function notKept(run: Run, secrets: Answer[]): string {
  const names = run.outputs.clarifications
    .filter(({ id }) => secrets.some((answer) => answer.id === id))
    .map(selectorName);
  return `Not kept, because other questions are still open: ${names.join(', ')}. A secret is given together with all other answers.`;
}

/** A question about a call is settled when the user has decided about such calls since. */
async function decidedApprovals(run: Run, { services }: ResumeOptions): Promise<Answer[]> {
  const decided = openClarifications(run).map(async (question): Promise<Answer[]> => {
    if (question.category !== 'User Verification' || question.tool_id === undefined) return [];
    const { id, tool_id: toolId, tool_fingerprint: fingerprint = null } = question;
    const { policy } = await services.policy(toolId, question.args ?? {});
    if (policy === 'deny') return [{ id, response: false, channel: 'flag' }];
    // What allows the call is not one of those people.
    if (asksNamedPeople(question)) return [];
    const isKept = question.may_keep === true && services.always?.has({ toolId, fingerprint }) === true;
    const isAllowed = policy === 'allow' || (policy === undefined && isKept);
    return isAllowed && question.only_this !== true ? [{ id, response: true, channel: 'flag' }] : [];
  });
  return (await Promise.all(decided)).flat();
}

/** Those that an answer closes: what tools wait for is seen to when the run is driven. */
function questionsBut(run: Run, given: readonly Answer[]): Clarification[] {
  return openBut(run, given).filter((question) => !asksForReadiness(question));
}

async function askHandler(log: RunLog, options: ResumeOptions, given: Answer[]): Promise<Answer[]> {
  await log.flush();
  const open = answerableBy(questionsBut(log.run, given), await answeredBy(log.run, options));
  if (open.length === 0) return [];
  return (await options.answering.handler?.ask(open, { signal: options.signal })) ?? [];
}
