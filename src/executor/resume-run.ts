import { answerEvent } from '../domain/run/asked-digest.js';
import { openClarifications, selectorName, type Answer, type Clarification } from '../domain/run/clarification.js';
import { stepNumber } from '../domain/plan/step-path.js';
import { keptAnswerEvent, keptAnswers, type EarlyAnswer } from '../domain/run/early-answers.js';
import { PortiaError } from '../domain/errors.js';
import type { EventBody, EventOf } from '../domain/run/events.js';
import type { RunId } from '../domain/values/ids.js';
import type { Json } from '../domain/values/json.js';
import type { Person } from '../domain/run/person.js';
import { planDigest } from '../domain/plan/plan-digest.js';
import type { Plan } from '../domain/plan/plan.js';
import { isFinal, type Run } from '../domain/run/run.js';
import { asksForSecret } from '../domain/run/secret-answers.js';
import { shellCommand } from '../domain/values/shell-quote.js';
import type { RunLog, Store, StoredRun } from '../storage/store.js';
import { subPlanDigests } from '../domain/plan/sub-plans.js';
import type { EarlyAnswers } from './services.js';
import { acceptedChanges, type ChangesOptions, type OpenedRun } from './changed-tools.js';
import { ConsentCheck } from './consent-check.js';
import { driveRun, driveSubRun } from './drive-run.js';
import { holdAnswer, type RunSecrets, type Secrets } from './held-secrets.js';
import { contextFor, withLog, type DriveOptions } from './open-run.js';

/** Chooses answers for a run; rejects with a PortiaError `answer-refused` for one that does not fit. */
export type ChooseAnswers = (run: Run) => Promise<Answer[]>;

export interface ResumeOptions extends DriveOptions, Omit<ChangesOptions, 'services'> {
  answers: ChooseAnswers;
}

/**
 * Continues a run where it stopped: with the answers given, then with those that can be asked for. A run that is
 * complete is given back as it is; one that still waits for answers is given back waiting.
 */
export async function resumeRun(id: RunId, options: ResumeOptions): Promise<Run> {
  const { store } = options;
  const stored = options.takeOver === true ? await readExisting(store, id) : await readFree(store, id);
  const { run } = stored;
  refusePart(run);
  // Everything that can be refused is refused before the run is touched.
  await options.answers(run);
  if (isFinal(run) && stored.isBehind && stored.owner === undefined) await refreshSnapshot(store, id);
  if (run.state === 'COMPLETE') return run;
  refuseFinal(run);
  const plan = await planOf(store, run);
  options.answering.early?.check(plan);
  const subPlans = await options.readSubPlans(plan);
  const log = await store.openRun(id, { takeOver: options.takeOver ?? false });
  return withLog(log, () => resumeOwned({ plan, subPlans, log }, options));
}

/** A run that ended and was killed before its snapshot was written shows in its file how it ended. */
async function refreshSnapshot(store: Store, id: RunId): Promise<void> {
  const log = await store.openRun(id);
  await log.close();
}

async function resumeOwned({ plan, subPlans, log }: Opened, options: ResumeOptions): Promise<Run> {
  if (log.run.state === 'COMPLETE') return log.run;
  refuseFinal(log.run);
  refuseChangedPlans({ plan, subPlans, log });
  const consents = new ConsentCheck(options);
  await consents.check(log, (body) => options.listener(log.append(body)));
  const changes = await acceptedChanges({ plan, subPlans, log }, options);
  const kept = keptAnswers(log.events);
  const context = contextFor(plan, log, { ...options, consents, subPlans, driveSubRun, runId: log.run.id });
  const { by, early, inAdvance } = options.answering;
  const record = (body: EventBody) => context.recorder.append(body);
  for (const change of changes) record({ ...change, ...(by && { by }) });
  const declined = log.run.steps.find(({ error }) => error?.code === 'declined')?.error;
  if (declined !== undefined) {
    // A person said no, and the run was killed before it could end with that.
    record({ type: 'run.failed', error: declined });
    return log.run;
  }
  const secrets = recordAllButSecrets(record, log.run, { answers: await options.answers(log.run), by });
  early?.keep(plan, kept, (answer) => context.recorder.append(keptAnswerEvent({ by, ...answer })).seq);
  // The run may have been stopped between a question and the answer that was there for it.
  const waiting = openBut(log.run, secrets);
  const before = consents.usable((await inAdvance?.(waiting)) ?? [], waiting);
  secrets.push(...recordAllButSecrets(record, log.run, { answers: before, by }));
  recordAnswers(record, log.run, { answers: decidedApprovals(log.run, options), by });
  // A run that was stopped while it asked has perhaps not asked everything: it gets there again by itself.
  if (log.run.state === 'NEED_CLARIFICATION') {
    const asked = await askHandler(log, options, secrets);
    secrets.push(...recordAllButSecrets(record, log.run, { answers: asked, by }));
    await log.flush();
    const open = openBut(log.run, secrets);
    if (open.length > 0) {
      if (secrets.length > 0) record({ type: 'warning', message: notKept(log.run, secrets) });
      return log.run;
    }
  }
  recordAnswers(record, log.run, { answers: secrets, by });
  return driveRun(context);
}

/** Secrets are recorded as given only when the run continues with them: this process is the only one that has them. */
function recordAllButSecrets(
  record: (body: EventBody) => void,
  run: Run,
  { answers, by }: { answers: Answer[]; by: Person | undefined },
): Answer[] {
  const asking = new Set(run.outputs.clarifications.filter(asksForSecret).map(({ id }) => id));
  recordAnswers(record, run, { answers: answers.filter(({ id }) => !asking.has(id)), by });
  return answers.filter(({ id }) => asking.has(id));
}

function openBut(run: Run, answers: Answer[]): Clarification[] {
  const answered = new Set(answers.map(({ id }) => id));
  return openClarifications(run).filter(({ id }) => !answered.has(id));
}

function notKept(run: Run, secrets: Answer[]): string {
  const names = run.outputs.clarifications
    .filter(({ id }) => secrets.some((answer) => answer.id === id))
    .map(selectorName);
  return `Not kept, because other questions are still open: ${names.join(', ')}. A secret is given together with all other answers.`;
}

interface Opened extends OpenedRun {
  log: RunLog;
}

/** Whether a call may be made is no longer an open question when the user has decided about its tool since. */
function decidedApprovals(run: Run, { services }: ResumeOptions): Answer[] {
  return openClarifications(run).flatMap((question): Answer[] => {
    if (question.category !== 'User Verification' || question.tool_id === undefined) return [];
    const policy = services.policy(question.tool_id);
    if (policy !== 'allow' && policy !== 'deny') return [];
    return [{ id: question.id, response: policy === 'allow', channel: 'flag' }];
  });
}

async function askHandler(log: RunLog, options: ResumeOptions, given: Answer[]): Promise<Answer[]> {
  await log.flush();
  const open = openBut(log.run, given);
  if (open.length === 0) return [];
  return (await options.answering.handler?.ask(open, { signal: options.signal })) ?? [];
}

export interface AnswerOptions {
  answers: ChooseAnswers;
  /** A copy without secrets. */
  redact(response: Json): Json;
  /** Who gives them. */
  by?: Person | undefined;
  /** Who keeps secrets until the run is resumed; without, they are refused. */
  secrets?: Secrets | undefined;
  early?: EarlyAnswers | undefined;
}

/** Records answers without running: the run is ready to resume once none is open. */
export async function answerRun(store: Store, id: RunId, options: AnswerOptions): Promise<Run> {
  const { answers, redact, by, secrets, early } = options;
  const choose = async (run: Run) => {
    if (run.state === 'FAILED') refuseFinal(run);
    const chosen = await answers(run);
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
    recordAnswers((body) => log.append(body), log.run, {
      answers: chosen.map((answer) => ({ ...answer, response: redact(answer.response) })),
      by,
    });
    await log.flush();
    return log.run;
  });
}

/** Nothing but a process can keep a secret: where none will, the answer is refused. */
function withoutSecret(answer: Answer, run: Run, secrets: RunSecrets | undefined): Answer {
  const question = run.outputs.clarifications.find(({ id }) => id === answer.id);
  if (question === undefined || !asksForSecret(question)) return answer;
  if (secrets !== undefined) return holdAnswer(secrets, question, answer);
  const name = selectorName(question);
  throw new PortiaError('usage', `The answer ${name} is a secret, and cannot be recorded without running.`, {
    why: 'Secrets are never written to a file, so only the process that uses one can be given it.',
    fix: shellCommand(['portia', 'resume', run.id, '--answer', `${name}=@FILE`]),
    runId: run.id,
  });
}

/** Each answer with what the run asks at this moment. */
function recordAnswers(
  record: (body: EventBody) => void,
  run: Run,
  { answers, by }: { answers: Answer[]; by: Person | undefined },
): void {
  for (const answer of answers) record(answerEvent({ by, ...answer }, run.outputs.clarifications));
}

export async function readExisting(store: Store, id: RunId): Promise<StoredRun> {
  const stored = await store.readRun(id);
  if (stored !== undefined) return stored;
  throw new PortiaError('not-found', `There is no run ${id}.`, { fix: 'portia list runs', runId: id });
}

/** Whoever comes second hears who drives the run, and not that its question is answered, or not asked yet. */
async function readFree(store: Store, id: RunId): Promise<StoredRun> {
  const stored = await readExisting(store, id);
  const { run, owner } = stored;
  if (owner === undefined || run.state === 'COMPLETE' || isFinal(run) || run.parent_run !== undefined) return stored;
  const log = await store.openRun(id);
  // Its owner has just ended.
  await log.close();
  return readExisting(store, id);
}

/** A run inside another continues with that one only: it alone knows what was asked and answered. */
export function refusePart({ id, parent_run: parent }: Run): void {
  if (parent === undefined) return;
  throw new PortiaError('usage', `${id} is a part of another run.`, {
    why: `Step ${stepNumber(parent.path)} of ${parent.id} runs it.`,
    fix: `portia resume ${parent.id}`,
    runId: parent.id,
  });
}

function refuseFinal(run: Run): void {
  if (!isFinal(run)) return;
  throw new PortiaError('declined', `${run.id} was ended by a person: ${run.error?.message ?? 'declined'}`, {
    why: 'A run that a person declined or cancelled cannot continue.',
    fix: `portia run-plan ${run.plan_id}`,
    runId: run.id,
    planId: run.plan_id,
  });
}

async function planOf(store: Store, run: Run): Promise<Plan> {
  const plan = await store.readPlan(run.plan_id);
  if (plan === undefined) {
    throw new PortiaError('plan-missing', `The plan of ${run.id} is not here: ${run.plan_id}.`, {
      why: 'A run continues only with exactly the plan that it was started from.',
      fix: `Put the plan's file back as plans/${run.plan_id}.json; portia show ${run.id} still shows the run.`,
      runId: run.id,
      planId: run.plan_id,
    });
  }
  if (run.plan_digest !== '' && planDigest(plan) !== run.plan_digest) {
    throw new PortiaError('stale', `The plan ${plan.id} is not the one that ${run.id} was started from.`, {
      why: 'Its content has changed since, and nothing but the approved plan is run.',
      fix: `Restore plans/${plan.id}.json, or start over with: portia run-plan ${plan.id}`,
      runId: run.id,
      planId: plan.id,
    });
  }
  return plan;
}

/** Only what was approved with the run is run: the plans inside its plan as they were then. */
function refuseChangedPlans({ plan, subPlans, log }: OpenedRun): void {
  const created = log.events.find((event): event is EventOf<'run.created'> => event.type === 'run.created');
  if (created === undefined) return;
  const plans = differences(created.plans ?? {}, subPlanDigests(subPlans));
  if (plans.length === 0) return;
  throw new PortiaError('stale', `These plans inside the plan are not as they were: ${plans.join(', ')}.`, {
    why: 'Their content has changed since the run was started, and nothing but the approved plan is run.',
    fix: `Restore their files, or start over with: portia run-plan ${plan.id}`,
    runId: log.run.id,
    planId: plan.id,
  });
}

/** Names whose digest differs from the recorded one, in either direction. */
function differences(recorded: Record<string, string>, current: Record<string, string>): string[] {
  const names = new Set([...Object.keys(recorded), ...Object.keys(current)]);
  return [...names].filter((name) => recorded[name] !== current[name]).sort();
}
