import { inputsError } from '../../app/inputs/check-inputs.js';
import type { Json } from '../../domain/values/json.js';
import { readNamedValue } from '../../documents/named-value.js';
import { PortiaError } from '../../domain/errors.js';
import { bareName } from '../../domain/values/names.js';
import type { Plan } from '../../domain/plan/plan.js';
import type { ModelUsage } from '../../domain/run/events.js';
import type { Run } from '../../domain/run/run.js';
import { refuseUnpriced } from '../../executor/prices.js';
import { resumeRun } from '../../executor/resume-run.js';
import type { InputCheck } from '../../app/plans/runnable-plan.js';
import { prepareRun, type FoundPlan, type PreparedRun } from '../../app/prepare-run.js';
import { drive } from './drive.js';
import { exposedSecret } from '../input/given-answers.js';
import { readGivenInputs } from '../input/given-inputs.js';
import type { DriveOptions } from '../../executor/open-run.js';
import { checkNamedTools } from './named-tools.js';
import { requireTrustForRun } from '../trust/require-trust.js';
import type { DriveFlags, InputOptions, StartOptions } from '../session/options.js';
import type { Session } from '../session/session.js';
import { queueOf, refuseSecretInputs, submit } from './submit.js';
import { refuseOtherStart, runOfKey, startKey } from './start-key.js';

/** The input that takes what is piped in. Standard input is read only when a plan has this input. */
const PIPED = 'stdin';

/**
 * The same, and what is piped in when the plan takes it. Rejects with a PortiaError `missing-input` for an empty pipe,
 * unless the input has a default.
 */
export async function readAllInputs(
  session: Session<StartOptions>,
  planInputs: readonly { name: string; default?: Json | undefined }[],
): Promise<Record<string, Json>> {
  const given = await readGivenInputs(session);
  const piped = planInputs.find(({ name }) => bareName(name) === PIPED);
  if (piped === undefined || Object.hasOwn(given, PIPED)) return given;
  const { answers, answer = [] } = session.options;
  if (answers === '-' || answer.some((flag) => flag.endsWith('=@-'))) return given;
  const text = await session.readPiped();
  if (text === '' && piped.default === undefined) throw emptyPipe();
  return text === undefined || text === '' ? given : { ...given, [PIPED]: text };
}

function emptyPipe(): PortiaError {
  return new PortiaError('missing-input', 'The plan needs its input stdin, and standard input was empty.', {
    why: 'The command before the | printed nothing, or nothing was piped in.',
    fix: 'echo text | portia …\n-i stdin=…',
  });
}

/** Refuses a limit of cost that cannot be kept, before a model is paid for a plan. */
export async function requirePrices({ options, services }: Session<DriveFlags>): Promise<void> {
  if (options.maxCost === undefined || services.planner() === 'offline' || !services.trust.isTrusted) return;
  refuseUnpriced([{ role: 'execution' }], await services.executor());
}

/** Runs an approved plan from its first step. */
export async function startPlan(
  session: Session<StartOptions>,
  // `request`: what a person asked for, when it was planned for this start, and `planning`: what that used.
  found: FoundPlan & { request?: string; planning?: ModelUsage[] },
  given: Record<string, Json>,
): Promise<number> {
  const key = startKey(session);
  const queue = await queueOf(session);
  const { check, keep, start } = await prepareRunHere(session, found);
  if (queue !== undefined) refuseSecretInputs(check.secrets);
  const inputs = await completeInputs(session, check, given);
  const { store, newId } = session.services;
  /** `again`: what is done with the run that the key of this start has made before. */
  const begin = async (options: DriveOptions, again: (run: Run) => Promise<Run>) => {
    const known = { ...options, planning: found.planning, queue };
    if (key === undefined) return start(inputs, known);
    const id = await store.claimKey(key, newId('prun'));
    const run = await runOfKey(session, id);
    if (run === undefined) return start(inputs, { ...known, id });
    await refuseOther(session, run, { request: found.request, plan: await keep(), inputs });
    return again(run);
  };
  if (queue !== undefined) return submit(session, async (options) => begin(options, async (run) => run));
  return drive(session, { plan: found.plan }, async (options, answers) =>
    begin(options, async ({ id }) => resumeRun(id, { ...options, answers: (current) => answers.forRun(current) })),
  );
}

/** Continues the run that this key of the start belongs to; undefined when there is none yet. */
export async function continueStart(
  session: Session<StartOptions>,
  request: string,
  given: Record<string, Json>,
): Promise<number | undefined> {
  const key = startKey(session);
  if (key === undefined) return undefined;
  const { store } = session.services;
  const run = await runOfKey(session, await store.findKey(key));
  const plan = run && (await store.readPlan(run.plan_id));
  if (run === undefined || plan === undefined) return undefined;
  return startPlan(session, { plan, name: plan.id, keep: async () => plan, request }, given);
}

async function refuseOther(
  session: Session,
  run: Run,
  wanted: { plan: Plan; request: string | undefined; inputs: Record<string, Json> },
): Promise<void> {
  const { request, ...other } = wanted;
  if (request === undefined) return refuseOtherStart(session, run, other);
  const before = (await session.services.store.readPlan(run.plan_id))?.plan_context.query;
  refuseOtherStart(session, run, { ...other, request: { asked: request, before } });
}

/** Refuses a plan that cannot be run here, or whose tools the flags call by other names. */
export async function prepareRunHere(session: Session<DriveFlags>, found: FoundPlan): Promise<PreparedRun> {
  return prepareRun(found, session.services, {
    endUser: session.options.endUser,
    async review(plans) {
      await requireTrustForRun(session, plans);
      await checkNamedTools(session, plans);
    },
  });
}

/** Names of secrets whose values are in flags. */
function secretsOnCommandLine(
  { options: { input = [] } }: Session<InputOptions>,
  secrets: ReadonlySet<string>,
): string[] {
  return input.flatMap((flag) => {
    const named = readNamedValue(flag);
    const name = bareName(named?.name ?? '');
    return named?.isFile === false && secrets.has(name) ? [name] : [];
  });
}

/** The checked inputs. What is missing is asked for on a terminal. Rejects with what is wrong with them. */
export async function completeInputs(
  session: Session<InputOptions>,
  check: InputCheck,
  given: Record<string, Json>,
): Promise<Record<string, Json>> {
  let checked = check(given);
  if (checked.missing.length > 0 && session.prompting.yes) {
    const { askInputs } = await import('../input/ask-inputs.js');
    checked = check({ ...given, ...(await askInputs(session, checked.missing, check.validate)) });
  }
  for (const problem of checked.problems) {
    if (problem.severity === 'warning') await session.warn(problem.message);
  }
  for (const name of secretsOnCommandLine(session, check.secrets)) await session.warn(exposedSecret(`-i ${name}`));
  const error = inputsError(checked);
  if (error !== undefined) throw error;
  return checked.values;
}
