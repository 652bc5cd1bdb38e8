import { advice, portia } from '../domain/next-step.js';
import { answerEvent } from '../domain/run/asked-digest.js';
import { APPROVAL_KEY, asksAboutCall } from '../domain/run/approval-answers.js';
import { isWithdrawn, openClarifications, type Channel, type Clarification } from '../domain/run/clarification.js';
import { openSameAction } from '../domain/run/same-action.js';
import { isConsent } from '../domain/run/consents.js';
import { PortiaError } from '../domain/errors.js';
import type { RunId } from '../domain/values/ids.js';
import type { Json } from '../domain/values/json.js';
import { bareName } from '../domain/values/names.js';
import type { Plan } from '../domain/plan/plan.js';
import { isEndedByExit, isFinal, type Run } from '../domain/run/run.js';
import { sourcesInside } from '../domain/run/value-sources.js';
import { DEFAULT_AGENT } from '../domain/values/agent-types.js';
import { stepNumber } from '../domain/plan/step-path.js';
import { subPlansOf, subRunId } from '../domain/plan/sub-plans.js';
import type { RunLog, Store } from '../storage/store.js';
import { keepToHost } from './keep-to-host.js';
import { createRecorder, withLog } from './open-run.js';
import { SealedAnswers } from './sealed-answers.js';
import { openWithPast, RunPast } from './run-past.js';
import { expiryOf } from './expiry.js';
import { inputHandle, recordCreation } from './record-creation.js';
import type { RunContext, StepContext } from './run-context.js';
import { failed, type Got, type StepOutcome, type Wait } from './outcomes.js';
import type { SecretPlace, SecretUse } from './secret-places.js';

function namesOfInputs(plan: Plan): string[] {
  return plan.plan_inputs.map(({ name }) => bareName(name));
}

/** Starts the run of a plan inside this one, or continues it, as far as it can be driven. */
export async function runSubPlan(
  context: StepContext,
  plan: Plan,
  inputs: {
    secrets: SecretPlace[];
    /** Whether they may hold the user's own data. */
    arePrivate: boolean;
    /** What a new run of the plan is started with. */
    read: () => Promise<Got<Record<string, Json>>>;
  },
): Promise<StepOutcome> {
  const { store, recorder } = context;
  const id = subRunId(recorder.run.id, context.path);
  const isNew = await isUnknown(store, id);
  const given = isNew ? await inputs.read() : undefined;
  if (given?.ok === false) return given.stop;
  const { log, past } = isNew
    ? { log: await store.createRun(id), past: new RunPast(context) }
    : await openWithPast(id, context);
  return withLog(log, async () => {
    context.budget.take(past.spent);
    if (!isNew) await context.consents.check(log, (body) => void log.append(body, context.listener));
    const privateInputs = inputs.arePrivate ? namesOfInputs(plan) : [];
    const inner = { ...contextInside(context, plan, { log, past }), privateInputs };
    if (given !== undefined) {
      const parent = { id: recorder.run.id, path: context.path };
      await recordCreation(inner, {
        id,
        endUserId: recorder.run.end_user_id,
        inputs: given.value,
        agent: recorder.run.agent ?? DEFAULT_AGENT,
        parent,
        by: recorder.run.started_by,
        secretNames: new Map(passedOn(inputs.secrets).map(([name, use]) => [name, use.name])),
      });
    } else {
      passSecrets(context, id, inputs.secrets);
      await passAnswers(context, inner);
    }
    if (!isFinal(inner.recorder.run)) await context.driveSubRun(inner);
    closeExpiredHere(context, inner.recorder.run);
    return outcomeOf(context, inner);
  });
}

/** Secrets that this process holds for the run around it serve as those of its inputs, too. */
function passSecrets({ secrets }: StepContext, id: RunId, places: SecretPlace[]): void {
  for (const [name, use] of passedOn(places)) {
    const held = secrets.find(use.handle);
    if (held !== undefined) secrets.hold(inputHandle(id, name), { ...held, name: use.name });
  }
}

/** Inputs that are a secret of the plan around and nothing else. */
function passedOn(places: SecretPlace[]): [input: string, use: SecretUse][] {
  return places.flatMap(({ path, parts }): [string, SecretUse][] => {
    const [name = '', ...deeper] = path;
    const [use, ...others] = parts;
    return typeof use === 'object' && others.length + deeper.length === 0 ? [[name, use]] : [];
  });
}

/** A run of which nothing was recorded does not count. */
async function isUnknown(store: Store, id: RunId): Promise<boolean> {
  try {
    return (await store.readEvents(id)).length === 0;
  } catch (error) {
    if (error instanceof PortiaError && error.code === 'not-found') return true;
    throw error;
  }
}

/** Nobody is asked inside: the questions are asked by the run around it. */
function contextInside(
  context: StepContext,
  plan: Plan,
  { log, past }: { log: RunLog; past: RunPast },
): Omit<RunContext, 'privateInputs'> {
  const { store, services, secrets, consents, listener, onProgress, driveSubRun, readyTools, endUser, takeOver } =
    context;
  const { staying, onText } = context;
  const { jobs, next, budget } = context;
  // What makes this process lose the inner run ends the calls in it.
  const signal = AbortSignal.any([context.signal, log.lost]);
  const runSignal = AbortSignal.any([context.runSignal, log.lost]);
  const recorder = createRecorder(log, past, context);
  const subPlans = subPlansOf(plan, context.subPlans);
  const common = {
    subPlans,
    store,
    services,
    secrets,
    consents,
    listener,
    onProgress,
    onText,
    driveSubRun,
    readyTools,
    endUser,
    takeOver,
    staying,
  };
  return {
    ...common,
    jobs,
    catcher: undefined,
    budget,
    signal,
    runSignal,
    plan,
    recorder,
    next,
    answering: {},
    // Those of the run around it stay until its own step ends.
    sealed: new SealedAnswers(store),
    keepToHost() {
      keepToHost(recorder, services);
      context.keepToHost();
    },
  };
}

/** Answers that this run got for questions of the other. */
async function passAnswers(context: StepContext, inner: RunContext): Promise<void> {
  const { recorder } = context;
  for (const question of openClarifications(inner.recorder.run)) {
    const { id } = question;
    const asked = questionHere(context, question);
    if (asked?.resolved !== true || isWithdrawn(asked) || asked.expired === true) continue;
    // A log that somebody wrote may ask something harmless under the same id: the answer would become a consent inside.
    if (isConsent(question) && !isConsent(asked)) throw otherQuestion(id, recorder.run.id, inner.recorder.run.id);
    const channel = (asked.channel ?? 'api') as Channel;
    const isSame = asked.id === id;
    const given = { id, response: asked.response, channel, by: asked.answered_by };
    const answer = answerEvent(given, [isSame ? asked : question]);
    for (const { at: _at, ...yes } of asked.approvals ?? []) {
      inner.recorder.append({ type: 'approval.given', id, response: true, ...yes, channel: yes.channel as Channel });
    }
    // What counts is what was asked when the answer came.
    inner.recorder.append({ ...answer, ...(isSame && asked.asked !== undefined && { asked: asked.asked }) });
  }
  await inner.recorder.flush();
}

function otherQuestion(id: string, runId: RunId, innerId: RunId): PortiaError {
  return new PortiaError('log-edited', `The question ${id} of ${runId} is not the one that ${innerId} asked.`, {
    why: `Its answer would count in ${innerId} for something that nobody was asked.`,
    fix: advice`Restore the logs of both runs from a backup; nothing was done.\n${portia('verify', runId)}   # says what holds`,
    runId,
  });
}

async function outcomeOf(context: StepContext, { plan, recorder }: RunContext): Promise<StepOutcome> {
  const { run } = recorder;
  switch (run.state) {
    case 'COMPLETE': {
      const { final_output } = run.outputs;
      const value = final_output === null ? null : await recorder.fromOutput(final_output);
      return { kind: 'completed', value, usage: run.usage };
    }
    case 'FAILED':
      return failedInside(context, plan, run);
    case 'NOT_STARTED':
    case 'IN_PROGRESS':
    case 'READY_TO_RESUME':
    case 'NEED_CLARIFICATION':
      if (run.pause?.reason === 'unavailable') return failedInside(context, plan, run);
      return {
        kind: 'suspended',
        clarifications: [...raiseHere(context, run), ...context.readyTools.open],
        wait: waitIn(run),
      };
  }
}

/** What nobody answered in time there is closed here, too. */
function closeExpiredHere(context: StepContext, { outputs }: Run): void {
  for (const question of outputs.clarifications) {
    if (question.channel !== 'expiry') continue;
    const here = questionHere(context, question);
    if (here?.resolved === false) context.recorder.append(expiryOf({ ...here, on_expiry: question.on_expiry }));
  }
}

/** What it waits for beside questions. */
function waitIn({ pause }: Run): Wait | undefined {
  if (pause?.reason !== 'time' && pause?.waits_for === undefined) return undefined;
  return { until: pause.wake_at, waits_for: pause.waits_for };
}

function failedInside(context: StepContext, plan: Plan, run: Run): StepOutcome {
  const { id, error } = run;
  if (error === null) throw new Error(`${id} failed without an error`);
  const { code, message, why, fix, step, retryable } = error;
  const where = step === null ? '' : ` at its step ${stepNumber(step)}`;
  const said = `${plan.id} failed${where}: ${message}`;
  const byExit = isEndedByExit(run) && { by_exit: true as const };
  return failed(context, { code, message: said, ...(why && { why }), ...(fix && { fix }), retryable, ...byExit });
}

/** The open questions of the other run as questions of this one: same id, and the path in both. */
function raiseHere(context: StepContext, inner: Run): Clarification[] {
  const { recorder, index, path } = context;
  const own = () => recorder.run.outputs.clarifications;
  const open = openClarifications(inner);
  for (const { joined: _inside, ...question } of open) {
    if (questionHere(context, question) !== undefined) continue;
    const key = keyHere(context, question);
    const same = openSameAction(own(), question);
    if (same !== undefined) {
      recorder.append({ type: 'clarification.joined', id: same.id, key, path });
      continue;
    }
    const place = { plan_run_id: recorder.run.id, step: index, path: `${path}.plan.${question.path ?? ''}`, key };
    const sources = question.category === 'User Verification' ? question.sources : undefined;
    const inside = sources && { sources: sourcesInside(sources, path) };
    recorder.append({ type: 'clarification.raised', clarification: { ...question, ...place, ...inside } });
  }
  return open.flatMap((question) => questionHere(context, question) ?? []);
}

/** The question of this run that stands for one of the other: the same, or one about the same action. */
function questionHere(context: StepContext, question: Clarification): Clarification | undefined {
  const { run, questions } = context.recorder;
  const joined = questions.under(keyHere(context, question)).findLast((each) => !isWithdrawn(each));
  return run.outputs.clarifications.find(({ id }) => id === question.id) ?? joined;
}

/** The key in this run of a question of the other: it says what a yes may hold for. */
function keyHere({ path }: StepContext, question: Clarification): string {
  return `${path}/${question.id}${asksAboutCall(question) ? APPROVAL_KEY : ''}`;
}
